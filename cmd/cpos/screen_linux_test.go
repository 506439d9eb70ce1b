package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"cpos/engine/ledger"
	"cpos/engine/pay"
	"cpos/engine/words"
)

// TestStoriesOnScreen plays the stories that a till lives by once more, with nothing in virtual time: a
// display, the practice POS, the real engine with its window, a bank on loopback and a scanner that types.
func TestStoriesOnScreen(t *testing.T) {
	pos := buildPOS(t)
	for _, name := range []string{"pay_scan", "pay_hotkey", "pay_password", "pay_declined", "code_not_ours"} {
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile("../../testdata/script/" + name + ".txtar")
			if err != nil {
				t.Fatal(err)
			}
			playOnScreen(t, pos, string(text))
		})
	}
}

func playOnScreen(t *testing.T, pos, text string) {
	t.Helper()
	p := &screenStory{t: t, stage: openTestStage(t, pos, storyTotals(text), storySerial(text))}
	for i, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(line, "#")
		if args := strings.Fields(line); len(args) > 0 {
			if err := p.do(args); err != nil {
				t.Fatalf("line %d, %s: %v", i+1, line, err)
			}
		}
	}
	_ = sleep(t.Context(), thought)
	if err := p.arrived(t.Context(), []string{"nothing"}); err != nil {
		t.Errorf("after the end: %v", err)
	}
}

// buildPOS builds the practice POS beside the tests.
func buildPOS(t testing.TB) string {
	t.Helper()
	for _, program := range []string{"Xvfb", "openbox"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not installed, and a story on the screen needs it (make deps)", program)
		}
	}
	pos := filepath.Join(t.TempDir(), "practice-pos")
	if out, err := exec.Command("go", "build", "-tags", "x11 nowayland", "-o", pos, "../practice-pos").CombinedOutput(); err != nil {
		t.Fatalf("build the practice POS: %v\n%s", err, out)
	}
	return pos
}

// openTestStage opens a shop on a display of its own.
func openTestStage(t testing.TB, pos, totals, serial string) *stage {
	t.Helper()
	return openTestStageOn(t, "", pos, totals, serial)
}

// openTestStageOn is openTestStage on a display of that name.
func openTestStageOn(t testing.TB, display, pos, totals, serial string) *stage {
	t.Helper()
	t.Setenv("DISPLAY", "")
	voice := &strings.Builder{}
	s, err := openStage(t.Context(), stageOptions{Dir: t.TempDir(), POS: pos, Totals: totals, Serial: serial, Lang: string(words.English),
		Own: true, Display: display, Voice: voice})
	if err != nil {
		t.Fatalf("%v\n%s", err, voice)
	}
	t.Cleanup(func() {
		s.Close()
		if t.Failed() {
			log, _ := os.ReadFile(filepath.Join(s.data, "cpos.log"))
			t.Logf("engine: %s\n%s", voice, log)
		}
	})
	return s
}

// storyTotals gives the totals that the POS of a story shows, in turn; a last one for what comes after.
func storyTotals(text string) string {
	var all []string
	for line := range strings.SplitSeq(text, "\n") {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "screen" {
			all = append(all, strings.NewReplacer("¥", "", ",", "").Replace(f[1]))
		}
	}
	return strings.Join(append(all, "12.50"), ",")
}

// storySerial gives the POS's first number of a sale, empty when the story does not say.
func storySerial(text string) string {
	_, after, found := strings.Cut(text, "serial=")
	if !found || len(strings.Fields(after)) == 0 {
		return ""
	}
	return strings.Fields(after)[0]
}

// screenStory is one story on its way. What was looked at once is not looked at again.
type screenStory struct {
	t *testing.T
	*stage
	shown   int      // views
	keys    int      // keys in the practice POS's journal
	printed []string // slips
}

func (p *screenStory) do(args []string) error {
	ctx := p.t.Context()
	switch verb, rest := args[0], args[1:]; verb {
	case "till", "screen":
		return nil // the stage was opened with them
	case "scan":
		_ = sleep(ctx, thought)
		return p.scan(ctx, rest[0])
	case "press":
		_ = sleep(ctx, thought)
		return p.tap(ctx, map[string]rune{"enter": handEnter, "esc": handEsc, "grave": handGrave}[rest[0]])
	case "shows":
		return p.shows(ctx, rest)
	case "stays":
		return p.stays(ctx, rest)
	case "pressed", "given":
		return p.arrived(ctx, rest)
	case "bank":
		return p.bankHas(rest)
	case "book":
		return p.bookHas(ctx, rest)
	case "paper":
		return p.paper(ctx, rest)
	case "!":
		return p.refused(ctx, rest)
	default:
		return fmt.Errorf("no such verb on the screen: %s", verb)
	}
}

// shows waits for a view with this mood and these facts.
func (p *screenStory) shows(ctx context.Context, args []string) error {
	ctx, cancel := context.WithTimeout(ctx, moodLimit)
	defer cancel()
	var why error
	for {
		p.mu.Lock()
		views, fresh := p.views[p.shown:], p.fresh
		p.mu.Unlock()
		for i, v := range views {
			if v.Mood != args[0] {
				continue
			}
			if why = viewHas(v, args[1:]); why == nil {
				p.shown += i + 1
				return nil
			}
		}
		select {
		case <-fresh:
		case <-ctx.Done():
			var moods []string
			for _, v := range views {
				moods = append(moods, v.Mood)
			}
			return fmt.Errorf("the window showed %v: %w", moods, errors.Join(why, ctx.Err()))
		}
	}
}

func viewHas(v deskFace, facts []string) error {
	note := ""
	if v.Note != nil {
		note = v.Note.Key
	}
	has := map[string]string{"amount": v.Amount.String(), "code": v.Code, "tender": v.Tender.String(), "serial": v.Serial,
		"suggested": strconv.FormatBool(v.Suggested), "note": note, "order": v.Order}
	return compareFacts(has, facts)
}

// compareFacts holds name=value pairs against what there is; the value "given" means any but none.
func compareFacts(has map[string]string, facts []string) error {
	for _, f := range facts {
		name, want, _ := strings.Cut(f, "=")
		got, known := has[name]
		if !known || want == "given" && got == "" || want != "given" && got != want {
			return fmt.Errorf("%s is %q, not %q", name, got, want)
		}
	}
	return nil
}

// stays watches for a while, at most as long as a person would, that nothing else is shown.
func (p *screenStory) stays(ctx context.Context, args []string) error {
	d, err := time.ParseDuration(args[1])
	if err != nil {
		return err
	}
	_ = sleep(ctx, min(d, time.Second))
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, v := range p.views[p.shown:] {
		if v.Mood != args[0] {
			return fmt.Errorf("the window shows %s", v.Mood)
		}
	}
	return nil
}

// arrived waits until the practice POS has got the keys of a plan or of a scan that is not ours, and holds
// all that came since the last time against them.
func (p *screenStory) arrived(ctx context.Context, args []string) error {
	var want []string
	for _, a := range args {
		text, isText := strings.CutPrefix(a, "text:")
		scan, isScan := strings.CutSuffix(a, "<enter>")
		switch {
		case a == "focus" || a == "nothing": // focus presses nothing
		case isText:
			want = append(want, strings.Split(text, "")...)
		case isScan:
			want = append(append(want, strings.Split(scan, "")...), "enter")
		default:
			want = append(want, a)
		}
	}
	var got []string
	for end := time.Now().Add(moodLimit); ; {
		journal, err := p.readJournal()
		if err != nil {
			return err
		}
		got = keysPressed(journal)[p.keys:]
		if len(got) >= len(want) || time.Now().After(end) {
			break
		}
		_ = sleep(ctx, 20*time.Millisecond)
	}
	if !slices.Equal(got, want) {
		return fmt.Errorf("the practice POS got %v instead of %v", got, want)
	}
	p.keys += len(got)
	return nil
}

func (p *screenStory) bankHas(facts []string) error {
	paid, sum := 0, pay.Money(0)
	for _, o := range p.bank.Orders() {
		if o.Status() == pay.Paid {
			paid, sum = paid+1, sum+o.Amount
		}
	}
	return compareFacts(map[string]string{"orders": strconv.Itoa(len(p.bank.Orders())), "paid": strconv.Itoa(paid),
		"amount": sum.String(), "asked": strconv.Itoa(p.bank.Counts()["micro_pay"])}, facts)
}

// bookHas looks into the till's own book, beside the engine that writes it: at the newest order, or at the
// one that is counted from the first.
func (p *screenStory) bookHas(ctx context.Context, facts []string) error {
	t, err := openTill(ctx, p.globals(), reading)
	if err != nil {
		return err
	}
	defer t.close()
	rows, err := t.book.Orders(ctx, ledger.Filter{})
	if err != nil {
		return err
	}
	n := len(rows)
	if at, err := strconv.Atoi(facts[0]); err == nil {
		n, facts = at, facts[1:]
	}
	if n < 1 || n > len(rows) {
		return fmt.Errorf("the book has %d orders", len(rows))
	}
	r := rows[n-1]
	return compareFacts(map[string]string{"orders": strconv.Itoa(len(rows)), "status": r.Outcome.Status.String(),
		"amount": r.Order.Amount.String(), "source": r.Order.Source, "serial": r.Order.Serial, "tender": r.Order.Tender.String(),
		"slips": strconv.Itoa(r.Slips), "why": string(r.Outcome.Why)}, facts)
}

// paper waits for one more slip and looks for words on it.
func (p *screenStory) paper(ctx context.Context, want []string) error {
	folder := filepath.Join(p.data, "slips", "*.escpos")
	var fresh []string
	for end := time.Now().Add(moodLimit); ; {
		all, err := filepath.Glob(folder)
		if err != nil {
			return err
		}
		fresh = slices.DeleteFunc(all, func(name string) bool { return slices.Contains(p.printed, name) })
		if len(fresh) > 0 || want[0] == "nothing" || time.Now().After(end) {
			break
		}
		_ = sleep(ctx, 20*time.Millisecond)
	}
	p.printed = append(p.printed, fresh...)
	if want[0] == "nothing" {
		if len(fresh) > 0 {
			return fmt.Errorf("%d slips were printed", len(fresh))
		}
		return nil
	}
	if len(fresh) != 1 {
		return fmt.Errorf("%d slips were printed", len(fresh))
	}
	raw, err := os.ReadFile(fresh[0])
	if err != nil {
		return err
	}
	text, err := simplifiedchinese.GB18030.NewDecoder().String(string(raw))
	if err != nil {
		return err
	}
	for _, w := range want {
		if !strings.Contains(text, w) {
			return fmt.Errorf("the slip does not say %s", w)
		}
	}
	return nil
}

// refused asks at the desk for a refund that must not be given.
func (p *screenStory) refused(ctx context.Context, args []string) error {
	t, err := openTill(ctx, p.globals(), reading)
	if err != nil {
		return err
	}
	defer t.close()
	rows, err := t.book.Orders(ctx, ledger.Filter{})
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(args[1])
	if err != nil || args[0] != "refund" || n > len(rows) {
		return fmt.Errorf("not understood: %v", args)
	}
	_, err = askDesk(ctx, p.data, deskAsk{Do: deskRefund, Order: rows[n-1].Order.ID})
	var fault *deskFault
	if !errors.As(err, &fault) || args[3] != "not_paid" || fault.Exit != exitDeclined {
		return fmt.Errorf("the desk answered %v", err)
	}
	return nil
}
