package station_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/rogpeppe/go-internal/testscript"
)

// stories are the files of testdata/script that this room plays; the ones about commands are the door's.
const stories = "../../testdata/script"

// TestStories plays every story in a bubble of its own, so that waits cost nothing. The words of a story:
//
//	till [KEY=VALUE...]     open the shop: a till with its book in $WORK, before the practice service. KEY is any
//	                        key of a profile (payment.confirm=3s), or hooks=FILE, auth_key=TEXT, sign_key=FILE,
//	                        reverse=yes (unfinished payments are undone), signs=taught (the total is written in a
//	                        font that was taught, and text recognition is the second reader), anchor=taught
//	screen TEXT             the POS's total now reads TEXT; also: blank, gone (no POS), behind (another window
//	                        is in front), serial=TEXT, covered=yes (the payment window stands over the total),
//	                        display=LINE|LINE (the customer display), moved=X,Y (all in the window, with the
//	                        anchor), anchor=gone
//	second TEXT [after=D]   what the second reader says of the total from now on (nothing: no amount); it says the
//	                        truth after 20 ms when the total changes
//	read K=V...             what is remembered of reading the newest order's amount: amount by text opinion second
//	                        why hold confirmed picture
//	scan CODE               the scanner types CODE and Enter, 10 ms a key
//	press CHORD             a key goes down: hot-keys and the window's own keys are heard while they are
//	                        armed; others reach the payment window if it has the keyboard, else the POS
//	type TEXT               text goes into the amount box of the payment window, which must have the keyboard
//	edit TEXT               another amount is put in on the window's number pad, whoever has the keyboard
//	shows MOOD [K=V...]     the window comes to show this, within three minutes. Views are taken in order and a mood
//	                        that has passed counts, but none from before the last key, scan or restart. K: amount code tender serial order left
//	                        suggested note step (note~ and step~ take a regular expression over either language)
//	stays MOOD DURATION     the window shows this and nothing else for so long
//	pressed STROKES...      exactly these were pressed in the POS since last asked (focus, f6, text:12.50);
//	                        `pressed nothing`: none
//	heard NOISES...         exactly these did a script make the cashier hear or read since last asked (beep:3,
//	                        toast:TEXT); `heard nothing`: none
//	given TEXT...           exactly these texts were handed to the POS as they were typed; `given nothing`
//	paper TEXT...           one more slip comes out of the printer, with these texts on it; `paper nothing`: none
//	bank K=V...             the payment service's own truth: orders paid amount refunds refunded asked
//	book [N] K=V...         what the book says of the newest order, or of the N-th: status amount refunded source
//	                        why serial slips remark tender; of all: orders halted
//	refund N AMOUNT [status=S]   give back money of the N-th order; AMOUNT may be `all`. `! refund N AMOUNT REASON`:
//	                        it is refused: remainder, not_paid, not_allowed or halted
//	resolve N [status=S]    ask about the N-th order from another command
//	reconcile [CODE...]     compare the day with the service; exactly these differences are found
//	release                 somebody who may opens the halt latch
//	inject FAULT [K=V...]   the service misbehaves (engine/sandbox's faults: interface count delay amount), or
//	                        stop=POINT (the till loses its power at a fault point), network=cut|back,
//	                        paper=out|back, hands=stuck|slow|back (the POS does not come to the front; takes
//	                        a second for each key)
//	advance DURATION        time passes
//	shutdown                the till is closed in order
//	restart                 power off, wherever the till is, and on again with the same disk
//
// In the end the book's chain is verified, the bank is asked whether it has taken money that the book does
// not know, and no payment code or key may stand in the log.
func TestStories(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(stories, "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	files = slices.DeleteFunc(files, func(f string) bool { return strings.HasPrefix(filepath.Base(f), "cli_") })
	if len(files) == 0 {
		t.Fatal("no stories in ", stories)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				testscript.RunT(inBubble{t}, testscript.Params{
					Files: []string{file}, Cmds: verbs, RequireUniqueNames: true,
					Setup: func(e *testscript.Env) error {
						s := newShop(e.WorkDir)
						e.Values[shopKey{}] = s
						e.Defer(func() { s.close(t) })
						return nil
					},
				})
			})
		})
	}
}

// inBubble lets testscript run its one script in the goroutine and the bubble that it was given.
type inBubble struct{ *testing.T }

func (b inBubble) Run(_ string, f func(testscript.T)) { f(b) }
func (inBubble) Parallel()                            {}
func (inBubble) Verbose() bool                        { return testing.Verbose() }

type shopKey struct{}

type verb = func(ts *testscript.TestScript, neg bool, args []string)

// must makes a verb of a method that fails with an error and cannot be negated.
func must(do func(s *shop, args []string) error) verb {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if neg {
			ts.Fatalf("this cannot be denied with !")
		}
		ts.Check(do(ts.Value(shopKey{}).(*shop), args))
	}
}

var verbs = map[string]verb{
	"till":      must((*shop).verbTill),
	"screen":    must((*shop).verbScreen),
	"scan":      must((*shop).verbScan),
	"second":    must((*shop).verbSecond),
	"read":      must((*shop).verbRead),
	"press":     must((*shop).verbPress),
	"type":      must((*shop).verbType),
	"edit":      must((*shop).verbEdit),
	"shows":     must((*shop).verbShows),
	"stays":     must((*shop).verbStays),
	"pressed":   must((*shop).verbPressed),
	"heard":     must((*shop).verbHeard),
	"given":     must((*shop).verbGiven),
	"paper":     must((*shop).verbPaper),
	"bank":      must((*shop).verbBank),
	"book":      must((*shop).verbBook),
	"reconcile": must((*shop).verbReconcile),
	"release":   must((*shop).verbRelease),
	"resolve":   must((*shop).verbResolve),
	"inject":    must((*shop).verbInject),
	"advance":   must((*shop).verbAdvance),
	"shutdown":  must((*shop).verbShutdown),
	"restart":   must((*shop).verbRestart),
	"refund": func(ts *testscript.TestScript, neg bool, args []string) {
		ts.Check(ts.Value(shopKey{}).(*shop).refund(neg, args))
	},
}

// fact is one KEY=VALUE of a story; pattern says that it was written KEY~=VALUE.
type fact struct {
	key, value string
	pattern    bool
}

func facts(args []string) ([]fact, error) {
	var all []fact
	for _, a := range args {
		k, v, ok := strings.Cut(a, "=")
		if !ok {
			return nil, fmt.Errorf("%q is not KEY=VALUE", a)
		}
		key, pattern := strings.CutSuffix(k, "~")
		all = append(all, fact{key, v, pattern})
	}
	return all, nil
}

// compare holds what is against what a story says.
func compare(want []fact, is map[string]string) error {
	var wrong []string
	for _, f := range want {
		v, known := is[f.key]
		if !known {
			return fmt.Errorf("nothing is known as %q", f.key)
		}
		if v != f.value {
			wrong = append(wrong, fmt.Sprintf("%s is %s, not %s", f.key, v, f.value))
		}
	}
	if len(wrong) > 0 {
		return fmt.Errorf("%s", strings.Join(wrong, "; "))
	}
	return nil
}
