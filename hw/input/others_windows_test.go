package input_test

import (
	"os/exec"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	"cpos/engine/keys"
)

// Beside Notepad, which nobody here wrote: a cashier types, a scanner scans, and a plan is played into it.
func TestOnWindowsBesideNotepad(t *testing.T) {
	window := keys.Window{Exe: "notepad", Class: "Notepad"}
	c := exec.Command("notepad.exe")
	must(t, c.Start())
	t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
	r := &rig{}
	r.open(t)
	eventually(t, "its window in front", func() bool { return r.Focus(t.Context(), window) == nil })
	field := fieldOf(t, "Notepad")
	shows := func(want string) {
		t.Helper()
		eventually(t, "the field shows "+want, func() bool { return textOf(field) == want })
	}
	must(t, r.Arm(t.Context(), keys.Armed{Scan: true, When: window, Hotkeys: map[string]keys.Chord{"pay": keys.MustChord("f8")}}))
	eventually(t, "scans are waited for", r.Scans)

	tap(t, 'A', 'B', '1', '2')
	shows("ab12")
	scan(t, oneCode+"\n", 8*time.Millisecond)
	eventually(t, "the scan is heard", func() bool { return len(r.scans()) == 1 })
	tap(t, 'C')
	shows("ab12c")
	scan(t, "6901234567892", 8*time.Millisecond) // an article
	shows("ab12c6901234567892")
	tap(t, 0x77) // F8
	eventually(t, "the hot-key is heard", func() bool { return r.hotkeys() == "pay" })

	plan := keys.Plan{{Op: keys.OpFocus}, {Op: keys.OpKey, Chord: keys.MustChord("ctrl+a")},
		{Op: keys.OpText, Text: "收款 Aa1￥99.90"}, {Op: keys.OpKey, Chord: keys.MustChord("shift+left"), Times: 5},
		{Op: keys.OpText, Text: "1.00"}, {Op: keys.OpKey, Chord: keys.MustChord("home")}, {Op: keys.OpText, Text: "¥"}}
	must(t, keys.Play(t.Context(), plan, keys.Player{Hands: r, POS: window}))
	shows("¥收款 Aa1￥1.00")
	if n := len(r.scans()); n != 1 {
		t.Errorf("heard %d scans: own keys were taken for one", n)
	}
}

// fieldOf gives the text field of the window of a class.
func fieldOf(t *testing.T, class string) (field uintptr) {
	t.Helper()
	find := user32.NewProc("FindWindowExW")
	name := func(s string) uintptr { return uintptr(unsafe.Pointer(windows.StringToUTF16Ptr(s))) }
	eventually(t, "a text field", func() bool {
		window, _, _ := find.Call(0, 0, name(class), 0)
		field, _, _ = find.Call(window, 0, name("Edit"), 0)
		return window != 0 && field != 0
	})
	return field
}

// textOf asks a field of another program for its text.
func textOf(field uintptr) string {
	const getText = 0x000D // WM_GETTEXT
	var text [256]uint16
	n, _, _ := user32.NewProc("SendMessageW").Call(field, getText, uintptr(len(text)), uintptr(unsafe.Pointer(&text[0])))
	return windows.UTF16ToString(text[:min(int(n), len(text))])
}
