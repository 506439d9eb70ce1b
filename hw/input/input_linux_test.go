package input_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jezek/xgb/xproto"

	"cpos/engine/keys"
	"cpos/hw/desktop"
	"cpos/hw/input"
)

// patient is a gap that a loaded machine does not break; what the tests prove does not depend on it.
const patient = 5 * time.Second

func isCode(s string) bool {
	s = strings.TrimPrefix(s, "]C0")
	return len(s) == 18 && strings.Trim(s, "0123456789") == "" && s[0] == '1'
}

type rig struct {
	*input.Device
	pos  *pos
	hand *hand
	desk *desktop.Desktop

	mu    sync.Mutex
	heard []keys.Event
}

func newRig(t testing.TB, gap time.Duration) *rig {
	t.Helper()
	p := openPOS(t, "练习收银 till")
	desk, err := desktop.Open()
	must(t, err)
	t.Cleanup(desk.Close)
	dev, err := input.Open(desk, input.Options{Accept: isCode, Gap: gap})
	must(t, err)
	r := &rig{Device: dev, pos: p, hand: newHand(t), desk: desk}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = dev.Listen(ctx, func(e keys.Event) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.heard = append(r.heard, e)
		})
	}()
	t.Cleanup(func() { dev.Close(); cancel(); <-ended })
	return r
}

func (r *rig) scans() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []string
	for _, e := range r.heard {
		if e.Kind == keys.HeardScan {
			all = append(all, e.Text)
		}
	}
	return all
}

func (r *rig) hotkeys() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []string
	for _, e := range r.heard {
		if e.Kind == keys.HeardHotkey {
			all = append(all, e.Name)
		}
	}
	return all
}

var thePOS = keys.Window{Title: "^练习收银"}

func TestAHundredScansReachTheTillAndNothingOfThemThePOS(t *testing.T) {
	r := newRig(t, patient)
	must(t, r.Arm(t.Context(), keys.Armed{Scan: true, When: thePOS}))
	var want []string
	for i := range 100 {
		text := code(i)
		if i%10 == 0 {
			text = "]C0" + text
		}
		r.hand.scan(text+"\n", time.Duration(5+i%20)*time.Millisecond/4)
		want = append(want, text)
	}
	eventually(t, "100 scans; the POS got "+r.pos.typed(), func() bool { return len(r.scans()) >= 100 })
	r.hand.tap('x', time.Millisecond) // what came before it has arrived once it has
	eventually(t, "the key after the scans", func() bool { return strings.Contains(strings.Join(r.pos.events(), " "), "-x") })
	if got := r.scans(); strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("heard %v", got)
	}
	if got := r.pos.events(); strings.Join(got, " ") != "+x -x" {
		t.Errorf("the POS got %v", got)
	}
}

func TestAScannerAtEveryPaceIsHeard(t *testing.T) {
	r := newRig(t, 0) // the gap of the shop
	must(t, r.Arm(t.Context(), keys.Armed{Scan: true, When: thePOS}))
	const wanted, most = 21, 1000
	for good, tried := 0, 0; good < wanted; tried++ {
		if tried == most {
			t.Fatalf("the display of this machine let only %d of %d scans through at a scanner's pace", good, tried)
		}
		before, leaked := len(r.scans()), r.pos.typed()
		slowest := r.hand.scanAtPace(code(tried)+"\n", time.Duration(5+good%21)*time.Millisecond)
		r.hand.tap('x', time.Millisecond) // what came before it has arrived once it has
		eventually(t, "the key after a scan", func() bool { return strings.Count(r.pos.typed(), "x") == tried+1 })
		if slowest > keys.DefaultGap {
			continue // no scanner of ours
		}
		good++
		if got := r.scans()[before:]; len(got) != 1 || got[0] != code(tried) || r.pos.typed() != leaked+"x" {
			t.Errorf("scan %d, keys at most %v apart: heard %d scans, %d keys reached the POS", tried, slowest, len(got),
				len(r.pos.typed())-len(leaked)-1)
		}
	}
}

// gaveBack waits until the POS has got what it must, and looks that nothing more comes.
func (r *rig) gaveBack(t *testing.T, want string) {
	t.Helper()
	eventually(t, "the POS gets "+want+", it has "+r.pos.typed(), func() bool { return len(r.pos.typed()) >= len(want) })
	if got := r.pos.typed(); got != want {
		t.Errorf("the POS got %q, want %q", got, want)
	}
	eventually(t, "every key is let up", func() bool {
		down := map[string]int{}
		for _, e := range r.pos.events() {
			if e[0] == '+' {
				down[e[1:]]++
			} else {
				down[e[1:]]--
			}
		}
		for _, n := range down {
			if n > 0 {
				return false
			}
		}
		return true
	})
}

func TestWhatIsNoScanComesBackInOrder(t *testing.T) {
	r := newRig(t, 60*time.Millisecond)
	must(t, r.Arm(t.Context(), keys.Armed{Scan: true, When: thePOS}))
	for _, row := range []struct {
		name, typed string
		pause       time.Duration
		want        string
	}{
		{"one digit", "7", 0, "7"},
		{"a price by hand", "12.50\n", 90 * time.Millisecond, "12.50⏎"},
		{"a price in a hurry", "12.50\n", 2 * time.Millisecond, "12.50⏎"},
		{"letters and digits rolled over", "a1b2c3d\n", time.Millisecond, "a1b2c3d⏎"},
		{"capital letters after a digit", "1Ab2C", time.Millisecond, "1Ab2C"},
		{"a goods code from the scanner", "6901234567892\n", 3 * time.Millisecond, "6901234567892⏎"},
		{"a code too long", strings.Repeat("123", 40) + "\n", time.Millisecond, strings.Repeat("123", 40) + "⏎"},
		{"only Enter", "\n", 0, "⏎"},
	} {
		t.Run(row.name, func(t *testing.T) {
			r.pos.clear()
			r.hand.scan(row.typed, row.pause)
			r.gaveBack(t, row.want)
		})
	}
	if s := r.scans(); len(s) > 0 {
		t.Errorf("heard %v", s)
	}
}

func TestAHeldDigitAndAHeldShift(t *testing.T) {
	r := newRig(t, 40*time.Millisecond)
	must(t, r.Arm(t.Context(), keys.Armed{Scan: true, When: thePOS}))
	r.hand.down('5')
	time.Sleep(150 * time.Millisecond)
	r.hand.up('5')
	r.gaveBack(t, "5")
	r.pos.clear()
	r.hand.down('5') // Shift comes down before the 5 is given back
	r.hand.down(symShift)
	r.hand.tap('a', time.Millisecond)
	r.hand.up('5')
	r.hand.up(symShift)
	r.hand.tap('z', time.Millisecond)
	r.gaveBack(t, "5Az")
}

func TestOtherChordsPassAtOnce(t *testing.T) {
	r := newRig(t, patient)
	must(t, r.Arm(t.Context(), keys.Armed{Scan: true, When: thePOS, Hotkeys: map[string]keys.Chord{"window": keys.MustChord("~")}}))
	r.hand.down(symCtrl)
	r.hand.tap('c', time.Millisecond)
	r.hand.tap('1', time.Millisecond)
	r.hand.up(symCtrl)
	r.hand.tap('~', time.Millisecond) // Shift and the key left of 1 is the POS's
	r.gaveBack(t, "^c^1~")
	if len(r.hotkeys()) > 0 || len(r.scans()) > 0 {
		t.Errorf("heard %v %v", r.hotkeys(), r.scans())
	}
}

func TestHotkeysWorkUnderEveryLock(t *testing.T) {
	r := newRig(t, patient)
	must(t, r.Arm(t.Context(), keys.Armed{Hotkeys: map[string]keys.Chord{
		"window": keys.MustChord("~"), "main": keys.MustChord("ctrl+e"), "teach": keys.MustChord("ctrl+shift+p")}}))
	var want []string
	for _, locks := range [][]xproto.Keysym{nil, {symCaps}, {symNum}, {symCaps, symNum}} {
		for _, s := range locks {
			r.hand.tap(s, time.Millisecond)
		}
		r.hand.tap('`', time.Millisecond)
		r.hand.down(symCtrl)
		r.hand.tap('e', time.Millisecond)
		r.hand.down(symShift)
		r.hand.tap('p', time.Millisecond)
		r.hand.up(symShift)
		r.hand.up(symCtrl)
		for _, s := range locks {
			r.hand.tap(s, time.Millisecond)
		}
		want = append(want, "window", "main", "teach")
	}
	eventually(t, "12 hot-keys", func() bool { return len(r.hotkeys()) >= 12 })
	if got := r.hotkeys(); strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("heard %v", got)
	}
	if got := r.pos.typed(); got != "" {
		t.Errorf("the POS got %q", got)
	}
}

func TestATakenKeyIsNamedAndTheOthersWork(t *testing.T) {
	r := newRig(t, patient)
	other := newHand(t)
	must(t, xproto.GrabKeyChecked(other.c, false, xproto.Setup(other.c).DefaultScreen(other.c).Root, 0,
		other.codes[0xffc3], xproto.GrabModeAsync, xproto.GrabModeAsync).Check()) // F6
	err := r.Arm(t.Context(), keys.Armed{Hotkeys: map[string]keys.Chord{"pay": keys.MustChord("f6"), "window": keys.MustChord("~")}})
	if !errors.Is(err, keys.ErrKeyTaken) || !strings.Contains(err.Error(), `"pay" (f6)`) || strings.Contains(err.Error(), "window") {
		t.Fatalf("Arm says %v", err)
	}
	r.hand.tap('`', time.Millisecond)
	eventually(t, "the other hot-key", func() bool { return len(r.hotkeys()) == 1 })
}

func TestModalKeysOnlyWhileThePOSIsInFront(t *testing.T) {
	r := newRig(t, patient)
	other := openPOS(t, "mail")
	r.pos.focus(t)
	must(t, r.Arm(t.Context(), keys.Armed{Scan: true, When: thePOS, Modal: map[string]keys.Chord{"confirm": keys.MustChord("enter")}}))
	r.hand.tap(symEnter, time.Millisecond)
	eventually(t, "the modal key", func() bool { return len(r.hotkeys()) == 1 })
	r.hand.scan(code(1)+"\n", time.Millisecond) // its Enter is the scan's, not the window's
	eventually(t, "a scan", func() bool { return len(r.scans()) == 1 })
	other.focus(t)
	eventually(t, "the other window gets its keys untouched", func() bool {
		other.clear()
		r.hand.scan(code(2)+"\n", 0)
		time.Sleep(20 * time.Millisecond)
		return other.typed() == code(2)+"⏎"
	})
	if n := len(r.hotkeys()); n != 1 {
		t.Errorf("%d modal keys heard", n)
	}
	if got := r.pos.typed(); got != "" {
		t.Errorf("the POS got %q", got)
	}
}

func TestALateEnterBelongsToItsScan(t *testing.T) {
	r := newRig(t, time.Second) // long enough that the machine's load never splits a scan
	must(t, r.Arm(t.Context(), keys.Armed{Scan: true, When: thePOS, Modal: map[string]keys.Chord{"confirm": keys.MustChord("enter")}}))
	inTime := false
	for try := 0; !inTime && try < 10; try++ {
		scans, confirmed := len(r.scans()), len(r.hotkeys())
		r.hand.scan(code(3), time.Millisecond)
		eventually(t, "the scan without its Enter", func() bool { return len(r.scans()) > scans })
		begin := time.Now()
		r.hand.tap(symEnter, time.Millisecond)
		inTime = time.Since(begin) < keys.DefaultLate/4 // else this machine was no scanner, and the Enter a cashier's
		r.hand.tap('x', time.Millisecond)
		eventually(t, "the next key", func() bool { return r.pos.typed() == strings.Repeat("x", try+1) })
		if inTime && len(r.hotkeys()) != confirmed {
			t.Error("the scanner's Enter confirmed the payment window")
		}
	}
	confirmed := len(r.hotkeys())
	time.Sleep(keys.DefaultLate + 50*time.Millisecond)
	r.hand.tap(symEnter, time.Millisecond)
	eventually(t, "an Enter of the cashier's", func() bool { return len(r.hotkeys()) == confirmed+1 })
}

func TestOwnKeysNeverTriggerOwnGrabs(t *testing.T) {
	r := newRig(t, patient)
	must(t, r.Arm(t.Context(), keys.Armed{Scan: true, When: thePOS,
		Hotkeys: map[string]keys.Chord{"pay": keys.MustChord("f6")}, Modal: map[string]keys.Chord{"confirm": keys.MustChord("enter")}}))
	ctx := t.Context()
	must(t, r.TypeIn(ctx, thePOS, code(4)))
	must(t, r.PressIn(ctx, thePOS, keys.MustChord("enter")))
	must(t, r.PressIn(ctx, thePOS, keys.MustChord("f6")))
	must(t, r.Press(ctx, keys.MustChord("ctrl+a")))
	eventually(t, "all keys at the POS", func() bool { return strings.HasSuffix(r.pos.typed(), "^a") })
	if got, want := r.pos.typed(), code(4)+"⏎^a"; got != want {
		t.Errorf("the POS got %q, want %q", got, want)
	}
	if !strings.Contains(strings.Join(r.pos.events(), " "), "+<ffc3> -<ffc3>") {
		t.Errorf("F6 did not arrive: %v", r.pos.events())
	}
	if len(r.scans())+len(r.hotkeys()) > 0 {
		t.Errorf("heard own keys: %v %v", r.scans(), r.hotkeys())
	}
	r.hand.scan(code(5)+"\n", time.Millisecond) // the grabs are back
	eventually(t, "a scan afterwards", func() bool { return len(r.scans()) == 1 })
}

func TestTextArrivesExactly(t *testing.T) {
	r := newRig(t, patient)
	for _, text := range []string{
		"0123456789.00", `Hello, World! {}[]<>|\~@#$%^&*()_+-=:;"'?/`,
		"收款成功：微信支付￥12.50，谢谢惠顾", "Zoë café €",
		"一二三四五六七八九十百千万亿零甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥金木水火土天地玄黄宇宙洪荒日月盈昃",
	} {
		r.pos.clear()
		must(t, r.TypeIn(t.Context(), thePOS, text))
		eventually(t, text, func() bool { return len(r.pos.typed()) >= len(text) })
		if got := r.pos.typed(); got != text {
			t.Errorf("typed %q, the POS got %q", text, got)
		}
	}
	r.hand.tap(symCaps, time.Millisecond)
	defer r.hand.tap(symCaps, time.Millisecond)
	r.pos.clear()
	must(t, r.TypeIn(t.Context(), thePOS, "Aa1 收"))
	eventually(t, "text under CapsLock", func() bool { return len(r.pos.typed()) >= 7 })
	if got := r.pos.typed(); got != "Aa1 收" {
		t.Errorf("under CapsLock the POS got %q", got)
	}
}

func TestNoKeyGoesToAnotherWindow(t *testing.T) {
	r := newRig(t, patient)
	other := openPOS(t, "mail")
	other.focus(t)
	ctx := t.Context()
	for name, err := range map[string]error{
		"press": r.PressIn(ctx, thePOS, keys.MustChord("f6")),
		"type":  r.TypeIn(ctx, thePOS, "12.50"),
		"click": r.Click(ctx, thePOS, 10, 10),
	} {
		if !errors.Is(err, keys.ErrNotInFront) {
			t.Errorf("%s says %v", name, err)
		}
	}
	in, err := r.InFront(ctx, thePOS)
	if must(t, err); in {
		t.Error("the POS is said to be in front")
	}
	if err := r.Focus(ctx, keys.Window{Title: "no such window"}); !errors.Is(err, keys.ErrNoWindow) {
		t.Errorf("Focus says %v", err)
	}
	must(t, r.Focus(ctx, thePOS))
	must(t, r.PressIn(ctx, thePOS, keys.MustChord("a")))
	eventually(t, "the key at the POS", func() bool { return r.pos.typed() == "a" })
	if got := other.events(); len(got) > 0 {
		t.Errorf("the other window got %v", got)
	}
}

func TestClicksLandOnThePoint(t *testing.T) {
	r := newRig(t, patient)
	must(t, r.Click(t.Context(), thePOS, 120, 34))
	must(t, r.Click(t.Context(), thePOS, 0, 0))
	eventually(t, "two clicks", func() bool { return len(r.pos.events()) >= 2 })
	if got := strings.Join(r.pos.events(), " "); got != "click 120,34 click 0,0" {
		t.Errorf("the POS got %s", got)
	}
	if err := r.Click(t.Context(), thePOS, 300, 10); err == nil {
		t.Error("clicked outside the window")
	}
}

func TestAHeldModifierIsWaitedFor(t *testing.T) {
	r := newRig(t, patient)
	r.hand.down(symCtrl)
	done := make(chan error, 1)
	go func() { done <- r.PressIn(context.Background(), thePOS, keys.MustChord("a")) }()
	time.Sleep(50 * time.Millisecond)
	r.hand.up(symCtrl)
	must(t, <-done)
	eventually(t, "the key", func() bool { return r.pos.typed() != "" })
	if got := r.pos.typed(); got != "a" {
		t.Errorf("the POS got %q", got)
	}
	r.hand.down(symShift)
	defer r.hand.up(symShift)
	if err := r.PressIn(t.Context(), thePOS, keys.MustChord("a")); !errors.Is(err, keys.ErrModifiers) {
		t.Errorf("with Shift held for good: %v", err)
	}
}

func TestPlanOnAScreen(t *testing.T) {
	r := newRig(t, patient)
	other := openPOS(t, "mail")
	other.focus(t)
	plan := keys.Plan{{Op: keys.OpKey, Chord: keys.MustChord("a")}}
	var at *keys.StepError
	if err := keys.Play(t.Context(), plan, keys.Player{Hands: r, POS: thePOS}); !errors.As(err, &at) || at.Index != 0 || !errors.Is(err, keys.ErrNotInFront) {
		t.Errorf("with another program in front: %v", err)
	}
	plan = append(keys.Plan{{Op: keys.OpFocus}}, plan...)
	must(t, keys.Play(t.Context(), plan, keys.Player{Hands: r, POS: thePOS}))
	eventually(t, "the key at the POS", func() bool { return r.pos.typed() == "a" })
	if got := other.events(); len(got) > 0 {
		t.Errorf("the other window got %v", got)
	}
}

// holdGrab is the program that TestAKilledTill kills: it swallows scans and stops answering.
func holdGrab() {
	desk, err := desktop.Open()
	if err != nil {
		panic(err)
	}
	dev, err := input.Open(desk, input.Options{Gap: time.Hour})
	if err != nil {
		panic(err)
	}
	if err := dev.Arm(context.Background(), keys.Armed{Scan: true}); err != nil {
		panic(err)
	}
	os.Stdout.WriteString("armed\n")
	select {}
}

func TestAKilledTillGivesTheKeyboardBack(t *testing.T) {
	p := openPOS(t, "练习收银 till")
	h := newHand(t)
	self, err := os.Executable()
	must(t, err)
	c := exec.Command(self)
	c.Env = append(os.Environ(), "CPOS_TEST_HOLD_GRAB=1")
	out, err := c.StdoutPipe()
	must(t, err)
	must(t, c.Start())
	if _, err := out.Read(make([]byte, 6)); err != nil {
		t.Fatal(err)
	}
	h.tap('1', time.Millisecond)
	h.tap('a', time.Millisecond)
	time.Sleep(50 * time.Millisecond)
	if got := p.typed(); got != "" {
		t.Errorf("the child swallowed nothing: %q", got)
	}
	must(t, c.Process.Kill())
	_ = c.Wait() // it was killed
	p.clear()
	eventually(t, "the keyboard is free", func() bool {
		h.tap('2', time.Millisecond)
		time.Sleep(5 * time.Millisecond)
		return strings.HasSuffix(p.typed(), "2")
	})
}

// A scanner that sends no Enter leaves the cashier's own Enter to the payment window, however long she thinks.
func TestAnEnterLongAfterAScanIsTheCashiers(t *testing.T) {
	r := newRig(t, 0)
	must(t, r.Arm(t.Context(), keys.Armed{Scan: true, When: thePOS, Modal: map[string]keys.Chord{"confirm": keys.MustChord("enter")}}))
	for n := range 3 {
		for heard := len(r.scans()); len(r.scans()) == heard; { // a slow display tears a scan
			r.pos.clear()
			r.hand.scanAtPace(code(n), 8*time.Millisecond)
			time.Sleep(keys.DefaultGap + keys.DefaultLate + 300*time.Millisecond)
		}
		r.hand.tap(symEnter, time.Millisecond)
		eventually(t, "the cashier's Enter; the POS has "+r.pos.typed(), func() bool { return len(r.hotkeys()) == n+1 })
		if got := r.pos.typed(); got != "" {
			t.Errorf("the POS got %q", got)
		}
	}
	r.pos.clear()
	r.hand.tap('5', time.Millisecond) // a digit of her own, and her Enter before the digit is given back
	time.Sleep(keys.DefaultGap + 20*time.Millisecond)
	r.hand.tap(symEnter, time.Millisecond)
	eventually(t, "Enter after a digit", func() bool { return len(r.hotkeys()) == 4 })
	eventually(t, "the digit", func() bool { return r.pos.typed() == "5" })
}
