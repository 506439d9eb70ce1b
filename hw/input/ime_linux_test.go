package input_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/jezek/xgb/xproto"

	"cpos/engine/keys"
	"cpos/hw/desktop/desktoptest"
)

// pinyin is fcitx with its input method for Chinese, as on a cashier's desk.
type pinyin struct {
	t   *testing.T
	bus *dbus.Conn
	at  dbus.BusObject
}

// openPinyin starts fcitx on a bus of its own, for programs that are started after it.
func openPinyin(t *testing.T) *pinyin {
	t.Helper()
	desktoptest.Need(t)
	for _, program := range []string{"dbus-daemon", "fcitx"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not installed (.ci/deps test)", program)
		}
	}
	home := desktoptest.Folder(t)
	config := filepath.Join(home, ".config", "fcitx")
	must(t, os.MkdirAll(config, 0o700))
	must(t, os.WriteFile(filepath.Join(config, "profile"), []byte("[Profile]\nIMName=pinyin\nEnabledIMList=fcitx-keyboard-us:True,pinyin:True\n"), 0o600))
	bus := exec.Command("dbus-daemon", "--session", "--nofork", "--print-address")
	out, err := bus.StdoutPipe()
	must(t, err)
	must(t, bus.Start())
	t.Cleanup(func() { _ = bus.Process.Kill(); _ = bus.Wait() })
	address, err := bufio.NewReader(out).ReadString('\n')
	must(t, err)
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", strings.TrimSpace(address))
	t.Setenv("XMODIFIERS", "@im=fcitx")
	f := exec.Command("fcitx", "-D")
	f.Env = append(os.Environ(), "HOME="+home, "LC_ALL=C.UTF-8")
	must(t, f.Start())
	t.Cleanup(func() { _ = f.Process.Kill(); _ = f.Wait() })
	p := &pinyin{t: t}
	p.bus, err = dbus.Connect(strings.TrimSpace(address))
	must(t, err)
	t.Cleanup(func() { p.bus.Close() })
	display, _, _ := strings.Cut(strings.TrimPrefix(os.Getenv("DISPLAY"), ":"), ".")
	p.at = p.bus.Object("org.fcitx.Fcitx-"+display, "/inputmethod")
	eventually(t, "fcitx is there", func() bool { return p.state() >= 0 })
	return p
}

// state is 2 where keys become Chinese, 1 where they do not.
func (p *pinyin) state() int {
	var n int32
	if p.at.Call("org.fcitx.Fcitx.InputMethod.GetCurrentState", dbus.FlagNoAutoStart).Store(&n) != nil {
		return -1
	}
	return int(n)
}

func (p *pinyin) opened() {
	p.t.Helper()
	eventually(p.t, "the input method is open", func() bool { return p.state() == 2 })
}

// word types 你好 as a hand does, up to what ends the word: the key that chooses, or none.
func (h *hand) word(end ...xproto.Keysym) {
	for _, sym := range append(scanned("nihao"), end...) {
		h.tap(sym, 5*ms)
		time.Sleep(60 * ms)
	}
	time.Sleep(500 * ms) // the program and the method have seen them, or wait in their queues in order
}

// A real input method stands between the keys and a program that nobody here wrote: what a hand types becomes
// Chinese, a scan does not reach it, and a plan arrives as it is written, after which the method is open again.
func TestBesideAnInputMethod(t *testing.T) {
	im := openPinyin(t)
	t.Setenv("LC_ALL", "C.UTF-8")
	t.Setenv("GTK_IM_MODULE", "fcitx")
	file := filepath.Join(t.TempDir(), "till.txt")
	must(t, os.WriteFile(file, nil, 0o600))
	w := keys.Window{Class: "l3afpad"}
	r := besideAt(t, 2*time.Second, w, "l3afpad", file)
	shown := ""
	adds := func(any ...string) { // one of these to what was there
		t.Helper()
		before := shown
		eventually(t, fmt.Sprintf("one of %q behind %q", any, before), func() bool {
			must(t, r.PressIn(t.Context(), w, keys.MustChord("ctrl+s")))
			time.Sleep(100 * ms)
			text, err := os.ReadFile(file)
			must(t, err)
			shown = strings.TrimSuffix(string(text), "\n")
			added, more := strings.CutPrefix(shown, before)
			return more && slices.Contains(any, added)
		})
		im.opened() // again, after the keys
	}
	eventually(t, "the cashier opens her input method", func() bool {
		r.hand.down(symCtrl)
		r.hand.tap(' ', 5*ms)
		r.hand.up(symCtrl)
		time.Sleep(500 * ms)
		return im.state() == 2
	})
	r.hand.word(' ')
	adds("你好")
	r.hand.word('2') // the display takes the focus away for each digit that is waited with, which ends the word
	time.Sleep(2 * time.Second)
	adds("你好2", "你好")
	r.hand.word()
	r.hand.scan(code(1)+"\n", 8*ms)
	eventually(t, "a scan in the middle of a word", func() bool { return slices.Equal(r.scans(), []string{code(1)}) })
	r.hand.tap(' ', 5*ms)
	time.Sleep(500 * ms)
	adds("你好 ", "你好")
	must(t, r.TypeIn(t.Context(), w, "Aa1 nihao 12.50"))
	adds("Aa1 nihao 12.50")
	r.hand.scan("6901234567892-", 8*ms) // no code of ours
	time.Sleep(500 * ms)
	adds("6901234567892-", "6901234567892－", "6901234567892—")

	const kills = 3
	for range kills {
		self, err := os.Executable()
		must(t, err)
		c := exec.Command(self)
		c.Env = append(os.Environ(), typesOn+"="+w.Class)
		must(t, c.Start())
		eventually(t, "a plan that types", func() bool { return im.state() == 1 })
		time.Sleep(100 * ms)
		must(t, c.Process.Kill())
		_ = c.Wait() // it was killed
		im.opened()
	}
	must(t, r.TypeIn(t.Context(), w, "z"))
	r.Close()
	im.opened()
	t.Logf("engines killed while the input method was closed: %d; it was open again after each", kills)
}
