package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jezek/xgb/xproto"
	"github.com/jezek/xgb/xtest"

	"cpos/hw/desktop"
	"cpos/hw/desktop/desktoptest"
)

// counter is a display with the practice POS on it, and the program beside it.
type counter struct {
	t       *testing.T
	journal string
	dir     string
	hand    *hand
}

func openCounter(t *testing.T) *counter {
	t.Helper()
	desktoptest.Display(t, 1280, 800)
	b := &counter{t: t, dir: t.TempDir()}
	b.journal = filepath.Join(b.dir, "journal.jsonl")
	desktoptest.StartPOS(t, buildPOS(t), "--journal", b.journal, "--cart", "12.50")
	var err error
	if b.hand, err = newHand(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.hand.close)
	return b
}

func (b *counter) command(args ...string) *exec.Cmd {
	c := exec.Command("cpos", args...)
	c.Env = append(os.Environ(), "CPOS_LANG=en", "XDG_DATA_HOME="+b.dir)
	return c
}

// run gives what a command said on both streams, and its exit code.
func (b *counter) run(args ...string) (out, talk string, code int) {
	b.t.Helper()
	var o, e bytes.Buffer
	c := b.command(args...)
	c.Stdout, c.Stderr = &o, &e
	err := c.Run()
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		b.t.Fatal(err)
	}
	return o.String(), e.String(), c.ProcessState.ExitCode()
}

// pressed gives the names and texts of the keys that reached the POS.
func (b *counter) pressed() []string {
	b.t.Helper()
	text, err := os.ReadFile(b.journal)
	if err != nil {
		b.t.Fatal(err)
	}
	var all []string
	for line := range strings.Lines(string(text)) {
		var e struct{ Kind, Name, Text string }
		if json.Unmarshal([]byte(line), &e) == nil && e.Kind == "key" {
			if e.Text != "" {
				e.Name = e.Text
			}
			all = append(all, e.Name)
		}
	}
	return all
}

// arrives waits until the POS has got these keys and no others.
func (b *counter) arrives(want string) {
	b.t.Helper()
	for end := time.Now().Add(2 * time.Minute); strings.Join(b.pressed(), " ") != want; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			b.t.Fatalf("the POS got %v, want %s", b.pressed(), want)
		}
	}
}

// during runs a command, waits until it says that it is ready on the talk stream, and does something.
func (b *counter) during(ready string, do func(), args ...string) (out string, code int) {
	b.t.Helper()
	c := b.command(args...)
	var o bytes.Buffer
	c.Stdout = &o
	talk, err := c.StderrPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		b.t.Fatal(err)
	}
	said := ""
	for lines := bufio.NewScanner(talk); lines.Scan(); {
		said += lines.Text() + "\n"
		if strings.Contains(lines.Text(), ready) {
			time.Sleep(300 * time.Millisecond) // it says so a moment before it listens
			do()
		}
	}
	_ = c.Wait() // its exit code is looked at
	return o.String() + said, c.ProcessState.ExitCode()
}

func TestAPlanIsPlayedTracedAndGoesOn(t *testing.T) {
	b := openCounter(t)
	out, talk, code := b.run("macro", "play", "post_payment", "--kind", "alipay", "--amount", "12.50", "-o", "json")
	var trace struct {
		Schema string
		Rows   []struct {
			Step int
			What string
		}
	}
	if err := json.Unmarshal([]byte(out), &trace); err != nil || code != exitDone {
		t.Fatalf("exit %d, %v\n%s%s", code, err, out, talk)
	}
	var what []string
	for _, r := range trace.Rows {
		what = append(what, r.What)
	}
	if got := strings.Join(what, "|"); !strings.HasSuffix(got, `|key f7|text "12.50"|key f10`) || !strings.HasPrefix(got, "focus ") {
		t.Errorf("the trace says %s", got)
	}
	b.arrives("f7 1 2 . 5 0 f10")
	if _, talk, code = b.run("macro", "play", "post_payment", "--from", "4"); code != exitDone {
		t.Errorf("from step 4: exit %d\n%s", code, talk)
	}
	b.arrives("f7 1 2 . 5 0 f10 f10")
	before := len(b.pressed())
	if out, _, code = b.run("macro", "play", "post_payment", "--dry-run", "--from", "3"); code != exitDone || strings.Contains(out, "F6") || !strings.Contains(out, "F10") || len(b.pressed()) != before {
		t.Errorf("a dry run: exit %d\n%s", code, out)
	}
	if _, talk, code = b.run("macro", "play", "post_payment", "--from", "9"); code != exitUsage || !strings.Contains(talk, "there is no step 9") {
		t.Errorf("a step that is not there: exit %d\n%s", code, talk)
	}
}

func TestAPlanThatStopsNamesItsStepAndWhatToPressByHand(t *testing.T) {
	desktoptest.Display(t, 800, 600) // without a POS
	b := &counter{t: t, dir: t.TempDir()}
	out, talk, code := b.run("macro", "play", "post_payment", "--kind", "wechat")
	if code != exitDevice || !strings.Contains(talk, "stopped at step 1: the POS window is not there. By hand: bring the POS to the front") ||
		!strings.Contains(talk, "cpos macro play post_payment --from 1") || !strings.Contains(out, "focus") {
		t.Errorf("exit %d\n%s%s", code, out, talk)
	}
}

// withScript gives the arguments that mean the practice till with another script.
func (b *counter) withScript(text string) []string {
	b.t.Helper()
	root := b.t.TempDir()
	for _, folder := range []string{"profiles", "scripts"} {
		if err := os.CopyFS(filepath.Join(root, folder), os.DirFS(filepath.Join("../..", folder))); err != nil {
			b.t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(root, "scripts", "practice.star"), []byte(text), 0o600); err != nil {
		b.t.Fatal(err)
	}
	return []string{"--profile", filepath.Join(root, "profiles"), "--store", "practice", "--device", "till1"}
}

// everyStep is a script with every kind of step, and a hook that waits for what never comes.
const everyStep = `
def pre_payment(ctx):
    return [
        focus(), key("esc", 2), keys("f12"), wait("20ms"),
        wait_for(region_amount("due", "12.50"), timeout = "20s"),
        expect(all_of([region_matches("due", "12"), not_(region_amount("due", "99.00"))]), or_else = [beep(1)]),
        when(region_amount("due", "12.50"), then = [key("f6")], otherwise = [key("f7")]),
        retry(3, [fill("received", "12.50")]),
        expect(image("practice-pos/anchor-standard.png", 0.1)),
        block_input([key("backspace"), text("0"), click("done")], max = "5s"),
        wait_for(window(title = "收款$")),
        beep(1), toast("好了"),
    ]

def post_payment(ctx, result):
    return [focus(), key("esc"), wait_for(region_amount("amount", "99.00"), timeout = "200ms"), key("f6")]
`

func TestEveryStepIsPlayedWithoutAnEngine(t *testing.T) {
	b := openCounter(t)
	till := b.withScript(everyStep)
	out, talk, code := b.run(append(till, "macro", "play", "pre_payment")...)
	if code != exitDone {
		t.Fatalf("exit %d\n%s%s", code, out, talk)
	}
	b.arrives("esc esc f12 f6 a backspace 1 2 . 5 0 backspace 0")
	for end := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		journal, err := os.ReadFile(b.journal)
		if err == nil && strings.Contains(string(journal), `"kind":"sale"`) && strings.Contains(string(journal), `"received":"12.50"`) {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("the sale was not booked: %v\n%s", err, journal)
		}
	}
	out, talk, code = b.run(append(till, "macro", "play", "post_payment", "--kind", "alipay", "--trigger", "hotkey", "--amount", "9.90")...)
	if code != exitDevice || !strings.Contains(talk, "stopped at step 3: the time is up. By hand: wait (at most 200ms) until \"amount\" shows 99.00") || strings.Contains(out, "f6") ||
		!strings.Contains(talk, "--from 3 --kind alipay --trigger hotkey --amount 9.90") {
		t.Errorf("a wait in vain: exit %d\n%s%s", code, out, talk)
	}
}

func TestAHotkeyIsRecordedByPressingIt(t *testing.T) {
	b := openCounter(t)
	key := func(sym rune, with ...rune) func() {
		return func() {
			for _, m := range with {
				b.fake(xproto.KeyPress, m)
			}
			b.fake(xproto.KeyPress, sym)
			b.fake(xproto.KeyRelease, sym)
			for _, m := range with {
				b.fake(xproto.KeyRelease, m)
			}
		}
	}
	const f8, f6, ctrl = 0xffc5, 0xffc3, 0xffe3
	for _, row := range []struct {
		name string
		do   func()
		args []string
		want string
		code int
	}{
		{"a function key", key(f8), nil, "hotkeys: {payment_window: f8}", exitDone},
		{"a chord for one kind of payment", key('w', ctrl), []string{"pay.wechat"}, "hotkeys: {pay: {wechat: ctrl+w}}", exitDone},
		{"a key that people type", key('5'), nil, "5) is a key that people type", exitConflict},
		{"a key of the POS's", key(f6), nil, "F6 is a key that the POS uses itself", exitConflict},
		{"a key that is another one", key('e', ctrl), nil, "Ctrl+E is main_window already", exitConflict},
	} {
		out, code := b.during("press the key", row.do, append([]string{"hotkey", "record"}, row.args...)...)
		if code != row.code || !strings.Contains(out, row.want) {
			t.Errorf("%s: exit %d\n%s", row.name, code, out)
		}
	}
	if got := b.pressed(); len(got) > 0 {
		t.Errorf("the POS got %v", got)
	}
}

func (b *counter) fake(kind byte, sym rune) {
	code := b.hand.codes[sym]
	if err := xtest.FakeInputChecked(b.hand.x, kind, byte(code), 0, 0, 0, 0, 0).Check(); err != nil {
		b.t.Fatal(err)
	}
}

func TestATakenHotkeyIsFoundByItsName(t *testing.T) {
	b := openCounter(t)
	if out, talk, code := b.run("hotkey", "check"); code != exitDone || !strings.Contains(talk, "every hot-key works") {
		t.Fatalf("exit %d\n%s%s", code, out, talk)
	}
	other, err := desktop.Dial()
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	root := xproto.Setup(other).DefaultScreen(other).Root
	if err := xproto.GrabKeyChecked(other, false, root, 0, b.hand.codes['`'], xproto.GrabModeAsync, xproto.GrabModeAsync).Check(); err != nil {
		t.Fatal(err)
	}
	out, talk, code := b.run("hotkey", "check", "-o", "json")
	var list struct {
		Rows []struct{ Name, State string }
	}
	if err := json.Unmarshal([]byte(out), &list); err != nil {
		t.Fatal(err)
	}
	for _, row := range list.Rows {
		if want := map[bool]string{true: "taken", false: "free"}[row.Name == "payment_window"]; row.State != want {
			t.Errorf("%s is said to be %s", row.Name, row.State)
		}
	}
	if code != exitConflict || !strings.Contains(talk, "hot-keys that do not work: 1") {
		t.Errorf("exit %d\n%s", code, talk)
	}
}

func TestAScannersPaceIsLearnedAndKept(t *testing.T) {
	b := openCounter(t)
	repository := filepath.Join(b.dir, "profiles")
	if err := os.CopyFS(repository, os.DirFS("../../profiles")); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(repository, "stores", "practice", "devices", "till1.yaml")
	scans := func() {
		for n := range 5 {
			for i, r := range "13468042316308940" + string(rune('0'+n)) + "\r" {
				if r == '\r' {
					r = 0xff0d
				}
				wait := uint32(12)
				if i == 0 {
					wait = 400
				}
				xtest.FakeInput(b.hand.x, xproto.KeyPress, byte(b.hand.codes[r]), wait, 0, 0, 0, 0)
				xtest.FakeInput(b.hand.x, xproto.KeyRelease, byte(b.hand.codes[r]), 1, 0, 0, 0, 0)
			}
		}
		b.hand.x.Sync()
	}
	out, code := b.during("scan 5 codes", scans, "--profile", repository, "--store", "practice", "--device", "till1", "scan", "monitor", "--count", "5", "--save")
	if code != exitDone || !strings.Contains(out, "payment code") || !strings.Contains(out, "set scanner.gap to") || strings.Contains(out, "13468") {
		t.Fatalf("exit %d\n%s", code, out)
	}
	text, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(text), "gap:") || !strings.Contains(string(text), "screen: standard") {
		t.Errorf("the till's layer reads\n%s%v", text, err)
	}
	if _, talk, code := b.run("--profile", repository, "profile", "check"); code != exitDone {
		t.Errorf("the profile is not valid any more: %s", talk)
	}
	if got := b.pressed(); len(got) > 0 {
		t.Errorf("the POS got %v", got)
	}
}
