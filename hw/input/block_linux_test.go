package input_test

import (
	"context"
	"errors"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jezek/xgb/xproto"
	"github.com/jezek/xgb/xtest"

	"cpos/engine/keys"
)

// click is the cashier's own mouse.
func (h *hand) click(x, y int) {
	for _, one := range []struct{ kind, detail byte }{{xproto.MotionNotify, 0}, {xproto.ButtonPress, 1}, {xproto.ButtonRelease, 1}} {
		must(h.t, xtest.FakeInputChecked(h.c, one.kind, one.detail, 0, xproto.Setup(h.c).DefaultScreen(h.c).Root, int16(x), int16(y), 0).Check())
	}
}

func TestBlockedInputReachesNobodyButOwnKeysDo(t *testing.T) {
	r := newRig(t, patient)
	must(t, r.Arm(t.Context(), keys.Armed{Scan: true, When: thePOS, Hotkeys: map[string]keys.Chord{"window": keys.MustChord("~")}}))
	front, err := r.desk.Find(t.Context(), thePOS)
	must(t, err)
	at := front.Client.Min
	release, err := r.Block(t.Context(), 10*time.Second)
	must(t, err)
	r.hand.scan("abc12\n", time.Millisecond)
	r.hand.click(at.X+20, at.Y+20)
	must(t, r.PressIn(t.Context(), thePOS, keys.MustChord("f6")))
	must(t, r.TypeIn(t.Context(), thePOS, "12.50"))
	r.hand.click(at.X+30, at.Y+30)
	must(t, r.Click(t.Context(), thePOS, 40, 40))
	r.hand.scan("xyz", time.Millisecond)
	r.hand.scan(code(1)+"\n", time.Millisecond) // is heard
	r.hand.tap('`', time.Millisecond)           // so is a hot-key
	eventually(t, "the scan and the hot-key", func() bool { return len(r.scans()) == 1 && len(r.hotkeys()) == 1 })
	if _, err := r.Block(t.Context(), time.Second); err == nil {
		t.Error("blocked twice")
	}
	release()
	release()
	r.hand.tap('k', time.Millisecond)
	eventually(t, "a key afterwards", func() bool { return strings.HasSuffix(r.pos.typed(), "k") })
	if got := r.pos.typed(); got != "12.50k" {
		t.Errorf("the POS got %q", got)
	}
	r.hand.click(at.X+50, at.Y+50)
	eventually(t, "a click afterwards", func() bool { return strings.Contains(strings.Join(r.pos.events(), " "), "click 50,50") })
	if got := strings.Join(r.pos.events(), " "); strings.Count(got, "click") != 2 || !strings.Contains(got, "+<ffc3> -<ffc3>") || !strings.Contains(got, "click 40,40") {
		t.Errorf("the POS got %s", got)
	}
}

func TestABlockEndsByItself(t *testing.T) {
	r := newRig(t, patient)
	begin := time.Now()
	_, err := r.Block(t.Context(), 200*time.Millisecond)
	must(t, err)
	eventually(t, "the keyboard is free", func() bool {
		r.hand.tap('a', time.Millisecond)
		time.Sleep(5 * time.Millisecond)
		return r.pos.typed() != ""
	})
	if took := time.Since(begin); took < 190*time.Millisecond {
		t.Errorf("free after %v", took)
	}
}

func TestAKeyboardThatAnotherProgramHoldsIsNotBlocked(t *testing.T) {
	r := newRig(t, patient)
	c := r.hand.c
	got, err := xproto.GrabKeyboard(c, false, xproto.Setup(c).DefaultScreen(c).Root, xproto.TimeCurrentTime,
		xproto.GrabModeAsync, xproto.GrabModeAsync).Reply()
	if must(t, err); got.Status != xproto.GrabStatusSuccess {
		t.Fatalf("grab: %d", got.Status)
	}
	if _, err := r.Block(t.Context(), time.Second); !errors.Is(err, keys.ErrModifiers) {
		t.Errorf("Block says %v", err)
	}
}

func TestKeysArriveWhateverTheLayoutInUse(t *testing.T) {
	for _, layout := range [][]string{{"us,ru"}, {"ru,us"}, {"fr"}, {"de"}} {
		t.Run(layout[0], func(t *testing.T) {
			setLayout(t, layout[0])
			r := newRig(t, patient)
			r.pos.seeGroups()
			must(t, r.Arm(t.Context(), keys.Armed{Scan: true, When: thePOS, Hotkeys: map[string]keys.Chord{"pay": keys.MustChord("f6")}}))
			const text = "12.50 abcXYZ-_/@ 收款"
			for group := range 2 {
				lockGroup(t, r, group)
				r.pos.clear()
				must(t, r.TypeIn(t.Context(), thePOS, text))
				must(t, r.PressIn(t.Context(), thePOS, keys.MustChord("ctrl+a")))
				eventually(t, text+", it has "+r.pos.typed(), func() bool { return strings.HasSuffix(r.pos.typed(), "^a") })
				if got := r.pos.typed(); got != text+"^a" {
					t.Errorf("group %d: the POS got %q", group, got)
				}
				if strings.HasPrefix(layout[0], "fr") {
					continue // its digits want Shift: a scanner for another country's keyboard types no digits there
				}
				before := len(r.scans())
				r.hand.scan(code(group)+"\n", time.Millisecond)
				eventually(t, "a scan", func() bool { return len(r.scans()) == before+1 })
				if got := r.pos.typed(); got != text+"^a" {
					t.Errorf("group %d: after a scan the POS has %q", group, got)
				}
			}
		})
	}
}

func setLayout(t *testing.T, layout string) {
	t.Helper()
	if _, err := exec.LookPath("setxkbmap"); err != nil {
		t.Skip("setxkbmap is not installed (make deps)")
	}
	if out, err := exec.Command("setxkbmap", "-layout", layout).CombinedOutput(); err != nil {
		t.Fatalf("setxkbmap: %v\n%s", err, out)
	}
	t.Cleanup(func() { _ = exec.Command("setxkbmap", "-layout", "us").Run() }) // the next test sets its own
}

// lockGroup puts one of two layouts in force, as the user's own switch does.
func lockGroup(t *testing.T, r *rig, group int) {
	t.Helper()
	must(t, r.LockGroup(group))
}

func TestATextThatStopsSaysHowMuchArrived(t *testing.T) {
	r := newRig(t, patient)
	other := openPOS(t, "mail")
	r.pos.focus(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 1)
	text := strings.Repeat("1234567890", 40)
	go func() { done <- r.TypeIn(ctx, thePOS, text) }()
	eventually(t, "some of the text", func() bool { return len(r.pos.typed()) > 20 })
	other.focus(t)
	var part *keys.PartError
	if err := <-done; !errors.As(err, &part) || !errors.Is(err, keys.ErrNotInFront) {
		t.Fatalf("typing says %v", err)
	}
	eventually(t, "the rest of it", func() bool { return len(r.pos.typed()) == part.Sent })
	if got := r.pos.typed() + other.typed(); got != text[:part.Sent] || other.typed() != "" {
		t.Errorf("said %d, arrived %q and %q", part.Sent, r.pos.typed(), other.typed())
	}
}

func TestAClickOnAWindowThatMovesArrivesOrIsInDoubt(t *testing.T) {
	r := newRig(t, patient)
	mover := newHand(t)
	stop, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for n := uint32(0); ; n++ {
			select {
			case <-stop:
				return
			case <-time.After(time.Duration(1+n%20) * time.Millisecond):
				xproto.ConfigureWindow(mover.c, r.pos.id, xproto.ConfigWindowX|xproto.ConfigWindowY, []uint32{n * 37 % 500, n * 53 % 400})
			}
		}
	}()
	clicks, doubts := 0, 0
	for tries := 0; clicks < 20 && tries < 5000; tries++ {
		switch err := r.Click(t.Context(), thePOS, 120, 34); {
		case err == nil:
			clicks++
		case errors.Is(err, keys.ErrMoved):
			doubts++
		case !errors.Is(err, keys.ErrNotInFront):
			t.Fatal(err)
		}
	}
	close(stop)
	<-ended
	right := func() int { return strings.Count(strings.Join(r.pos.events(), " "), "click 120,34") }
	eventually(t, "every click that is not in doubt", func() bool { return right() >= clicks })
	if got := len(r.pos.events()) - right(); got > doubts {
		t.Errorf("%d clicks went astray, %d are in doubt", got, doubts)
	}
	if clicks == 0 {
		t.Errorf("no click found the window, %d are in doubt", doubts)
	}
}

func TestScansPauseBeforeAPasswordBox(t *testing.T) {
	r := newRig(t, patient)
	box := openPOS(t, "请输入密码")
	armed := keys.Armed{Scan: true, Except: []keys.Window{{Title: "(?i)密码|password"}}, Modal: map[string]keys.Chord{"confirm": keys.MustChord("enter")}}
	must(t, r.Arm(t.Context(), armed))
	eventually(t, "the box gets all that is typed", func() bool {
		box.clear()
		r.hand.scan(code(1)+"\n", 0)
		time.Sleep(20 * time.Millisecond)
		return box.typed() == code(1)+"⏎"
	})
	if n := len(r.scans()) + len(r.hotkeys()); n > 0 {
		t.Errorf("%d things of a password were heard", n)
	}
	r.pos.focus(t)
	eventually(t, "a scan at the POS", func() bool {
		r.hand.scan(code(2)+"\n", 0)
		time.Sleep(20 * time.Millisecond)
		return len(r.scans()) > 0
	})
}

func TestScanningThatIsOffTouchesNothing(t *testing.T) {
	r := newRig(t, 0)
	must(t, r.Arm(t.Context(), keys.Armed{Hotkeys: map[string]keys.Chord{"window": keys.MustChord("~")}}))
	r.hand.down('5') // held, rolled over, with Shift: as it is
	r.hand.tap('a', time.Millisecond)
	r.hand.up('5')
	r.hand.scan(code(1)+"\n", 0)
	eventually(t, "all keys", func() bool { return strings.HasSuffix(r.pos.typed(), "⏎") })
	if got := r.pos.typed(); got != "5a"+code(1)+"⏎" || strings.Join(r.pos.events()[:4], " ") != "+5 +a -a -5" {
		t.Errorf("the POS got %q", got)
	}
}

// A locked screen takes the whole keyboard and lies over everything; the POS keeps the focus beneath it.
func TestNoKeyGoesToALockedScreen(t *testing.T) {
	r := newRig(t, patient)
	locker := newHand(t)
	screen := xproto.Setup(locker.c).DefaultScreen(locker.c)
	id, err := xproto.NewWindowId(locker.c)
	must(t, err)
	must(t, xproto.CreateWindowChecked(locker.c, xproto.WindowClassCopyFromParent, id, screen.Root, 0, 0, screen.WidthInPixels, screen.HeightInPixels, 0,
		xproto.WindowClassInputOutput, 0, xproto.CwOverrideRedirect|xproto.CwEventMask, []uint32{1, xproto.EventMaskKeyPress}).Check())
	must(t, xproto.MapWindowChecked(locker.c, id).Check())
	grab := func() bool {
		got, err := xproto.GrabKeyboard(locker.c, false, id, xproto.TimeCurrentTime, xproto.GrabModeAsync, xproto.GrabModeAsync).Reply()
		return err == nil && got.Status == xproto.GrabStatusSuccess
	}
	must(t, r.PressIn(t.Context(), thePOS, keys.MustChord("a"))) // covered, and yet nobody else's
	eventually(t, "the locker has the keyboard", grab)
	for name, err := range map[string]error{"press": r.PressIn(t.Context(), thePOS, keys.MustChord("b")), "type": r.TypeIn(t.Context(), thePOS, "12.50")} {
		if !errors.Is(err, keys.ErrLocked) {
			t.Errorf("%s says %v", name, err)
		}
	}
	must(t, xproto.UngrabKeyboardChecked(locker.c, xproto.TimeCurrentTime).Check())
	must(t, r.PressIn(t.Context(), thePOS, keys.MustChord("c")))
	eventually(t, "the keys before and after", func() bool { return r.pos.typed() == "ac" })
	for ev, _ := locker.c.PollForEvent(); ev != nil; ev, _ = locker.c.PollForEvent() {
		if _, key := ev.(xproto.KeyPressEvent); key {
			t.Error("the locked screen got a key")
		}
	}
}

// A menu of the POS holds the keyboard, and a plan goes on in it.
func TestKeysGoIntoAMenuOfThePOS(t *testing.T) {
	r := newRig(t, patient)
	c := r.pos.x.Conn()
	got, err := xproto.GrabKeyboard(c, true, r.pos.id, xproto.TimeCurrentTime, xproto.GrabModeAsync, xproto.GrabModeAsync).Reply()
	if must(t, err); got.Status != xproto.GrabStatusSuccess {
		t.Fatalf("grab: %d", got.Status)
	}
	must(t, r.PressIn(t.Context(), thePOS, keys.MustChord("d")))
	eventually(t, "the key in the menu", func() bool { return r.pos.typed() == "d" })
}
