package input

import (
	"os/exec"
	"unsafe"
)

func (k *keyboard) guardOf(command func() *exec.Cmd, _ func(uintptr) bool) {
	k.guard.command, k.ime.guard = command, &k.guard
}

// post has the guard at its post.
func (g *guard) post() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.start()
}

// letModifiersUp lets up what is down. A modifier that the cashier holds comes up too; the next press of it
// counts again.
func letModifiersUp() {
	for _, vk := range []uint16{0xA0, 0xA1, 0xA2, 0xA3, 0xA4, 0xA5, vkLeftWin, vkRightWin, vkShift, vkControl, vkMenu} {
		if state, _, _ := procGetAsyncKeyState.Call(uintptr(vk)); state&0x8000 == 0 {
			continue
		}
		up := keyInputOf(virtualKey{vk: vk, extended: vk == 0xA3 || vk == 0xA5 || vk == vkLeftWin || vk == vkRightWin})
		up.key.flags |= flagUp
		_, _, _ = procSendInput.Call(1, uintptr(unsafe.Pointer(&up)), unsafe.Sizeof(up))
	}
}
