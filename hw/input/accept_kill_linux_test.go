package input_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jezek/xgb/xproto"

	"cpos/engine/keys"
	"cpos/hw/desktop/desktoptest"
	"cpos/hw/input"
)

// Variables that make this test program one of the programs that the tests kill.
const (
	holdsGrab   = "CPOS_TEST_HOLD_GRAB"   // it swallows a scan and never decides
	playsMacros = "CPOS_TEST_PLAY_MACROS" // it plays plans without end, with the input blocked
)

// playMacros presses, types Chinese and clicks while input is blocked, as a plan after a payment does.
func playMacros() {
	dev := openPart(input.Options{Accept: isCode})
	if err := dev.Arm(context.Background(), keys.Armed{Scan: true, Hotkeys: map[string]keys.Chord{"window": keys.MustChord("~")}}); err != nil {
		panic(err)
	}
	plan := keys.Plan{{Op: keys.OpBlock, For: 2 * time.Second, Then: []keys.Step{
		{Op: keys.OpKey, Chord: keys.MustChord("ctrl+shift+a"), Times: 20}, {Op: keys.OpText, Text: "ABC收款abc"},
		{Op: keys.OpKey, Chord: keys.MustChord("alt+b"), Times: 20}}}}
	os.Stdout.WriteString("armed\n")
	for {
		_ = keys.Play(context.Background(), plan, keys.Player{Hands: dev, POS: thePOS})
	}
}

func TestAnEngineThatIsKilledFreesTheKeyboardAtOnce(t *testing.T) {
	p := openPOS(t, "练习收银 till")
	h := newHand(t)
	random := rand.New(rand.NewPCG(3, 0))
	var all []time.Duration
	runs := times(6, 100)
	for run := range runs {
		role := holdsGrab
		if run%2 == 1 {
			role = playsMacros
		}
		all = append(all, killOnce(t, p, h, role, time.Duration(random.IntN(60000))*time.Microsecond))
	}
	slices.Sort(all)
	t.Logf("engines killed: %d, half in a scan and half in a plan; the keyboard was everybody's again after %v, at most %v, with no key left down",
		runs, all[runs/2].Round(ms), all[runs-1].Round(ms))
}

// killOnce starts an engine, kills it after a while, and gives how long the cashier then waited for her keys.
func killOnce(t *testing.T, p *pos, h *hand, role string, after time.Duration) time.Duration {
	t.Helper()
	self, err := os.Executable()
	must(t, err)
	c := exec.Command(self)
	c.Env = append(os.Environ(), role+"=1")
	out, err := c.StdoutPipe()
	must(t, err)
	must(t, c.Start())
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	if role == holdsGrab {
		h.tap('1', ms)
		h.tap('a', ms)
	}
	time.Sleep(after)
	must(t, c.Process.Kill())
	begin := time.Now()
	_ = c.Wait() // it was killed
	h.t = t
	for n := 0; ; n++ {
		p.clear()
		h.tap('k', ms)
		h.tap('m', ms)
		time.Sleep(2 * ms)
		if strings.Contains(p.typed(), "k") || strings.Contains(p.typed(), "m") {
			break
		}
		if n > 1000 {
			t.Fatalf("the keyboard is not free: killed in %s after %v", role, after)
		}
	}
	took := time.Since(begin)
	h.click(p.at(t).X+10, p.at(t).Y+10)
	eventually(t, "the mouse is free", func() bool { return slices.Contains(p.events(), "click 10,10") })
	must(t, noKeyDown(h))
	eventually(t, "plain keys", func() bool { p.clear(); h.tap('w', ms); time.Sleep(2 * ms); return p.typed() == "w" })
	return took
}

// at gives where the window stands.
func (p *pos) at(t *testing.T) (at struct{ X, Y int }) {
	t.Helper()
	to, err := xproto.TranslateCoordinates(p.x.Conn(), p.id, p.x.RootWin(), 0, 0).Reply()
	must(t, err)
	at.X, at.Y = int(to.DstX), int(to.DstY)
	return at
}

// noKeyDown says which key the display believes to be down.
func noKeyDown(h *hand) error {
	keymap, err := xproto.QueryKeymap(h.c).Reply()
	if err != nil {
		return err
	}
	for i, bits := range keymap.Keys {
		for b := range 8 {
			if code := xproto.Keycode(8*i + b); bits>>b&1 != 0 {
				return fmt.Errorf("key %d is still down", code)
			}
		}
	}
	return nil
}

// TestMain gives the package one virtual display, since DISPLAY belongs to the process.
func TestMain(m *testing.M) {
	switch {
	case os.Getenv(holdsGrab) != "":
		holdGrab()
	case os.Getenv(keysGuard) != "":
		input.StandGuard(os.Stdin)
	case os.Getenv(typesOn) != "":
		typeOn(keys.Window{Class: os.Getenv(typesOn)})
	case os.Getenv(playsMacros) != "":
		playMacros()
	default:
		os.Exit(desktoptest.Run(m, 1280, 800))
	}
}
