package input

import (
	"fmt"
	"io"
	"os/exec"
	"sync"
	"unsafe"
)

// guard is a child program that outlives this one by a moment. A chord goes to the system key by key, and a
// program that is killed between two of them would leave Ctrl down for everybody. It is started with the
// first chord that has a modifier, for most tills never press one.
type guard struct {
	command func() *exec.Cmd

	mu    sync.Mutex
	child *exec.Cmd
	pipe  io.Closer
}

// post has the guard at its post.
func (g *guard) post() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.command == nil || g.child != nil {
		return nil
	}
	c := g.command()
	pipe, err := c.StdinPipe()
	if err != nil {
		return fmt.Errorf("start the guard of the keys: %w", err)
	}
	if err := c.Start(); err != nil {
		return fmt.Errorf("start the guard of the keys: %w", err)
	}
	g.child, g.pipe = c, pipe
	return nil
}

// end sends the guard home and waits for it.
func (g *guard) end() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.child == nil {
		return
	}
	_ = g.pipe.Close()
	_ = g.child.Wait()
	g.child = nil
}

func (k *keyboard) guardOf(command func() *exec.Cmd) { k.guard.command = command }

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
