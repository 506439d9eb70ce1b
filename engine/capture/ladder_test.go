package capture_test

import (
	"context"
	"errors"
	"image"
	"regexp"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"cpos/engine/capture"
	"cpos/engine/capture/capturetest"
)

// line is a POS's display, control or printer: what it tells changes with each question.
type line struct {
	lock  sync.Mutex
	says  [][]string // one after the other; the last one stays
	err   error
	asked int
}

func saysAlways(lines ...string) *line { return &line{says: [][]string{lines}} }

func (l *line) Said(ctx context.Context) (capture.Told, error) {
	l.lock.Lock()
	defer l.lock.Unlock()
	l.asked++
	if l.err != nil || ctx.Err() != nil {
		return capture.Told{}, errors.Join(l.err, ctx.Err())
	}
	now := l.says[0]
	if len(l.says) > 1 {
		l.says = l.says[1:]
	}
	return capture.Told{Lines: now, At: time.Now(), Serial: uint64(1000 - len(l.says))}, nil
}

var errBroken = errors.New("broken")

func TestTheLadderOfSources(t *testing.T) {
	display := func(l *line) capture.Source { return capture.Source{Kind: capture.Display, Line: l} }
	text := func(l *line) capture.Source { return capture.Source{Kind: capture.WindowText, Line: l} }
	pixels := capture.Source{Kind: capture.Pixels}
	silent, lost := &line{err: capture.ErrSilent}, &line{err: errBroken}
	many := regexp.MustCompile(`^TOTAL\s+(\S+)$`)
	for _, row := range []struct {
		name    string
		sources []capture.Source
		agree   int
		screen  string // what both preparations of the pixels are read as
		want    capture.Reading
		failed  bool
	}{
		{"the first that tells an amount is enough", []capture.Source{display(saysAlways("12.50")), pixels}, 1, "99.00",
			capture.Reading{Amount: 1250, Sure: true, By: capture.Display}, false},
		{"a silent one hands on to the next", []capture.Source{display(silent), pixels}, 1, "12.50",
			capture.Reading{Amount: 1250, Sure: true, By: capture.Pixels}, false},
		{"a broken one hands on to the next", []capture.Source{display(lost), pixels}, 1, "12.50",
			capture.Reading{Amount: 1250, Sure: true, By: capture.Pixels}, false},
		{"two agree", []capture.Source{display(saysAlways("12.50")), pixels}, 2, "12.50",
			capture.Reading{Amount: 1250, Sure: true, By: capture.Display}, false},
		{"two differ", []capture.Source{display(saysAlways("12.50")), pixels}, 2, "13.50",
			capture.Reading{Why: capture.Disagree, By: capture.Pixels}, false},
		{"two exact ones differ before a third is asked", []capture.Source{display(saysAlways("12.50")), text(saysAlways("2.50")), pixels}, 2, "12.50",
			capture.Reading{Why: capture.Disagree, By: capture.Display}, false},
		{"one of two tells it", []capture.Source{display(saysAlways("12.50")), text(silent)}, 2, "",
			capture.Reading{Amount: 1250, Sure: true, By: capture.Display, Hold: capture.OneSource}, false},
		{"a third stands in for the second", []capture.Source{display(saysAlways("12.50")), text(silent), pixels}, 2, "12.50",
			capture.Reading{Amount: 1250, Sure: true, By: capture.Display}, false},
		{"nobody tells anything", []capture.Source{display(silent), text(silent)}, 2, "",
			capture.Reading{Why: capture.Silent, By: capture.Display}, false},
		{"every device failed", []capture.Source{display(lost)}, 1, "",
			capture.Reading{Why: capture.SourceLost, By: capture.Display}, true},
		{"words on the display", []capture.Source{display(saysAlways("WELCOME", "NEXT PLEASE"))}, 1, "",
			capture.Reading{Why: capture.Blank, By: capture.Display}, false},
		{"words and the amount", []capture.Source{display(saysAlways("WELCOME", " 12.50 "))}, 1, "",
			capture.Reading{Amount: 1250, Sure: true, By: capture.Display}, false},
		{"two amounts on the display", []capture.Source{display(saysAlways("12.50", "2.50"))}, 1, "",
			capture.Reading{Why: capture.TwoAmounts, By: capture.Display}, false},
		{"an amount and another number", []capture.Source{display(saysAlways("ITEM 7", "12.50"))}, 1, "",
			capture.Reading{Why: capture.TwoAmounts, By: capture.Display}, false},
		{"the form picks it", []capture.Source{{Kind: capture.Display, Line: saysAlways("ITEM 7 3.00", "TOTAL 12.50"), Form: many}}, 1, "",
			capture.Reading{Amount: 1250, Sure: true, By: capture.Display}, false},
		{"the form fits nothing", []capture.Source{{Kind: capture.Display, Line: saysAlways("CHANGE 12.50"), Form: many}}, 1, "",
			capture.Reading{Why: capture.Blank, By: capture.Display}, false},
		{"a refund on the display", []capture.Source{display(saysAlways("-12.50"))}, 1, "",
			capture.Reading{Why: capture.Negative, By: capture.Display}, false},
		{"more than is paid without Enter", []capture.Source{display(saysAlways("123.45"))}, 1, "",
			capture.Reading{Amount: 12345, Sure: true, By: capture.Display, Hold: capture.TooLarge}, false},
		{"a display that keeps changing", []capture.Source{display(&line{says: [][]string{{"1.00"}, {"2.00"}, {"3.00"}, {"4.00"}, {"5.00"}}})}, 1, "",
			capture.Reading{Why: capture.Unstable, By: capture.Display}, false},
		{"a display that settles", []capture.Source{display(&line{says: [][]string{{"1.00"}, {"12.50"}}})}, 1, "",
			capture.Reading{Amount: 1250, Sure: true, By: capture.Display}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				j := judge(newDesk(total("12.50")), both(row.screen))
				j.Grammar.Most = 10000
				j.Sources, j.Agree = row.sources, row.agree
				got, err := j.Amount(t.Context())
				if got.Amount != row.want.Amount || got.Sure != row.want.Sure || got.Why != row.want.Why || got.By != row.want.By ||
					got.Hold != row.want.Hold || (err != nil) != row.failed {
					t.Errorf("%+v, %v", got, err)
				}
				if got.Why == capture.Disagree && len(got.Against) != 2 {
					t.Errorf("who said what is not told: %+v", got.Against)
				}
			})
		})
	}
}

func TestSourcesAreAskedAtTheSameTimeAndNoMoreThanNeeded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, second, third := saysAlways("12.50"), saysAlways("12.50"), saysAlways("12.50")
		j := judge(newDesk(total("12.50")), both("12.50"))
		j.Agree = 2
		j.Sources = []capture.Source{{Kind: capture.Display, Line: first}, {Kind: capture.WindowText, Line: second}, {Kind: capture.PrintJob, Line: third}}
		began := time.Now()
		if got, err := j.Amount(t.Context()); err != nil || !got.Sure {
			t.Fatalf("%+v, %v", got, err)
		}
		if took := time.Since(began); took != capture.DefaultPause {
			t.Errorf("took %v", took)
		}
		if first.asked != 2 || second.asked != 2 || third.asked != 0 {
			t.Errorf("asked %d, %d and %d times", first.asked, second.asked, third.asked)
		}
	})
}

func TestJustBeforeSendingEverySourceIsAskedAgain(t *testing.T) {
	for _, row := range []struct {
		name   string
		change func(*line, *desk)
		want   bool
	}{
		{"nothing changed", func(*line, *desk) {}, true},
		{"the display was written anew with the same", func(l *line, _ *desk) { l.says = [][]string{{"￥12.50"}} }, true},
		{"the display tells another amount", func(l *line, _ *desk) { l.says = [][]string{{"13.50"}} }, false},
		{"the display was wiped", func(l *line, _ *desk) { l.says = [][]string{{""}} }, false},
		{"the display is away", func(l *line, _ *desk) { l.err = capture.ErrSilent }, false},
		{"the screen shows another amount", func(_ *line, d *desk) { d.shows = []*image.RGBA{total("88.88")} }, false},
		{"the POS is behind another window", func(_ *line, d *desk) { d.place.InFront = false }, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, l := newDesk(total("12.50")), saysAlways("12.50")
				r := both("12.50")
				j := judge(d, r)
				j.Grammar.Prefix = []string{"￥"}
				j.Agree, j.Sources = 2, []capture.Source{{Kind: capture.Display, Line: l}, {Kind: capture.Pixels}}
				read, err := j.Amount(t.Context())
				if err != nil || !read.Sure || read.Hold != "" {
					t.Fatalf("%+v, %v", read, err)
				}
				r.grey, r.otsu = "88.88", "88.88"
				row.change(l, d)
				if got, _ := j.Same(t.Context(), read); got != row.want {
					t.Errorf("same: %v", got)
				}
			})
		})
	}
}

// signs teaches the total's signs once.
var signs = sync.OnceValues(func() (*capture.Glyphs, error) {
	var lessons []capture.Lesson
	for _, text := range []string{"123.45", "678.90", "1,234.50", "6,789.01"} {
		lessons = append(lessons, capture.Lesson{Picture: total(text), Text: text})
	}
	return capture.Teach(lessons)
})

// slow says what it is told, late.
type slow struct {
	says string
	late time.Duration
	err  error
}

func (s slow) Read(ctx context.Context, _ *image.Gray) (string, error) {
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case <-time.After(s.late):
		return s.says, s.err
	}
}

func taughtJudge(t *testing.T, d *desk, second capture.Reader) *capture.Judge {
	t.Helper()
	g, err := signs()
	if err != nil {
		t.Fatal(err)
	}
	j := judge(d, nil)
	j.Glyphs, j.Reader = g, second
	return j
}

func TestTheSecondOpinionNeverHoldsUpTheWindow(t *testing.T) {
	for _, row := range []struct {
		name    string
		second  slow
		at      capture.Opinion // when the amount is shown
		then    capture.Opinion // after a quarter of a second
		hold    capture.Reason
		amount  int
		against int
	}{
		{"there during the pause", slow{says: "12.50", late: 5 * time.Millisecond}, capture.Confirmed, capture.Confirmed, "", 1250, 0},
		{"a moment later", slow{says: "12.50", late: 60 * time.Millisecond}, capture.Pending, capture.Confirmed, "", 1250, 0},
		{"against it", slow{says: "72.50", late: 60 * time.Millisecond}, capture.Pending, capture.Vetoed, "", 0, 2},
		{"cannot read these signs", slow{says: "l2.5O", late: 60 * time.Millisecond}, capture.Pending, capture.Mute, "", 1250, 0},
		{"too late", slow{says: "12.50", late: time.Second}, capture.Pending, capture.Late, capture.NoSecond, 1250, 0},
		{"failed", slow{err: errBroken, late: time.Millisecond}, capture.Late, capture.Late, capture.NoSecond, 1250, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				j := taughtJudge(t, newDesk(total("12.50")), row.second)
				defer j.Wait()
				began := time.Now()
				got, err := j.Amount(t.Context())
				if took := time.Since(began); err != nil || took > capture.DefaultPause {
					t.Fatalf("shown after %v, %v", took, err)
				}
				if got.Opinion != row.at {
					t.Errorf("when shown: %+v", got)
				}
				ctx, cancel := context.WithTimeout(t.Context(), 250*time.Millisecond)
				defer cancel()
				got = j.Opinion(ctx, got)
				if got.Opinion != row.then || got.Hold != row.hold || int(got.Amount) != row.amount || got.Sure != (row.amount > 0) || len(got.Against) != row.against {
					t.Errorf("a quarter of a second later: %+v", got)
				}
			})
		})
	}
}

func TestALateVetoIsStillHeard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := taughtJudge(t, newDesk(total("12.50")), slow{says: "72.50", late: 300 * time.Millisecond})
		defer j.Wait()
		got, err := j.Amount(t.Context())
		ctx, cancel := context.WithTimeout(t.Context(), 250*time.Millisecond)
		defer cancel()
		if got = j.Opinion(ctx, got); err != nil || got.Opinion != capture.Late || !got.Sure {
			t.Fatalf("%+v, %v", got, err)
		}
		if got = j.Opinion(t.Context(), got); got.Opinion != capture.Vetoed || got.Sure || got.Amount != 0 || got.Why != capture.Disagree {
			t.Errorf("%+v", got)
		}
	})
}

func TestWithoutAnySecondReaderEnterIsWanted(t *testing.T) {
	j := taughtJudge(t, newDesk(total("12.50")), nil)
	for name, read := range map[string]func() (capture.Reading, error){
		"a look":    func() (capture.Reading, error) { return j.Amount(t.Context()) },
		"a picture": func() (capture.Reading, error) { return j.Picture(t.Context(), total("12.50")) },
	} {
		if got, err := read(); err != nil || !got.Sure || got.Amount != 1250 || got.Hold != capture.NoSecond {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestWhatTheTaughtSignsRefuseIsOnlyPrefilled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := taughtJudge(t, newDesk(total("12.5O")), slow{says: "12.50", late: 20 * time.Millisecond})
		defer j.Wait()
		if got, err := j.Amount(t.Context()); err != nil || got.Sure || got.Amount != 1250 || got.Why == "" || got.Why == capture.Disagree {
			t.Errorf("%+v, %v", got, err)
		}
		j.Reader = slow{says: "12.50", late: time.Minute}
		began := time.Now()
		got, err := j.Amount(t.Context())
		if took := time.Since(began); err != nil || got.Sure || got.Amount != 0 || took > 400*time.Millisecond {
			t.Errorf("%+v, %v after %v", got, err, took)
		}
	})
}

func TestAnExactSourceNeedsNoSecondOpinion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := taughtJudge(t, newDesk(total("12.50")), slow{says: "72.50", late: time.Minute})
		defer j.Wait()
		j.Agree = 2
		j.Sources = []capture.Source{{Kind: capture.Pixels}, {Kind: capture.WindowText, Line: saysAlways("12.50")}}
		if got, err := j.Amount(t.Context()); err != nil || !got.Sure || got.Opinion != capture.NoOpinion || got.Hold != "" {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

func TestExplainTellsWhatEveryReaderMadeOfIt(t *testing.T) {
	j := taughtJudge(t, newDesk(), both("72.50"))
	a := j.Explain(t.Context(), total("12.50"))
	if a.Reading.Opinion != capture.Vetoed || a.Reading.Sure || len(a.Voices) != 3 || a.Sight.Text != "12.50" {
		t.Fatalf("%+v", a)
	}
	for i, want := range []struct {
		reader string
		amount int
		drawn  bool
	}{{capture.VoiceGlyphs, 1250, false}, {capture.VoiceGrey, 7250, true}, {capture.VoiceOtsu, 7250, true}} {
		if v := a.Voices[i]; v.Reader != want.reader || int(v.Amount) != want.amount || (v.Picture != nil) != want.drawn {
			t.Errorf("%d: %+v", i, v)
		}
	}
	verdict, err := j.Picture(t.Context(), total("12.50"))
	if err != nil || verdict.Opinion != a.Reading.Opinion || verdict.Amount != a.Reading.Amount {
		t.Errorf("the verdict is another: %+v, %v", verdict, err)
	}
}

// page is a desk on which a whole window is painted.
type page struct {
	*desk
	picture *image.RGBA
	covered bool
}

func (p *page) Grab(_ context.Context, r image.Rectangle) (*image.RGBA, error) {
	out := image.NewRGBA(image.Rectangle{Max: r.Size()})
	at := r.Min.Sub(client.Min)
	for y := range r.Dy() {
		copy(out.Pix[y*out.Stride:y*out.Stride+4*r.Dx()], p.picture.Pix[(at.Y+y)*p.picture.Stride+4*at.X:])
	}
	return out, nil
}

func (p *page) Covered(context.Context, image.Rectangle) (bool, error) { return p.covered, nil }

// paintPage puts pictures into an empty window.
func paintPage(at map[image.Point]*image.RGBA) *image.RGBA {
	out := image.NewRGBA(image.Rectangle{Max: client.Size()})
	for i := range out.Pix {
		out.Pix[i] = 255
	}
	for p, what := range at {
		for y := range what.Bounds().Dy() {
			copy(out.Pix[(p.Y+y)*out.Stride+4*p.X:], what.Pix[y*what.Stride:y*what.Stride+4*what.Bounds().Dx()])
		}
	}
	return out
}

func TestTheRegionsMoveWithTheAnchor(t *testing.T) {
	style := capturetest.Ordinary
	style.Size = 20
	title := capturetest.DrawIn(style, image.Pt(90, 36), "SALES")
	faint := capturetest.DrawIn(style, image.Pt(90, 36), "SALES")
	for i := range faint.Pix {
		faint.Pix[i] = uint8(min(255, int(faint.Pix[i])+9)) // a remote desktop's shades
	}
	other := capturetest.DrawIn(style, image.Pt(90, 36), "STOCK")
	at, amount := image.Pt(20, 12), image.Pt(628, 92)
	for _, row := range []struct {
		name  string
		shows map[image.Point]*image.RGBA
		why   capture.Reason
	}{
		{"where it was taught", map[image.Point]*image.RGBA{at: title, amount: total("12.50")}, ""},
		{"in other shades", map[image.Point]*image.RGBA{at: faint, amount: total("12.50")}, ""},
		{"moved with the total", map[image.Point]*image.RGBA{at.Add(image.Pt(-7, 31)): title, amount.Add(image.Pt(-7, 31)): total("12.50")}, ""},
		{"missing", map[image.Point]*image.RGBA{amount: total("12.50")}, capture.NoAnchor},
		{"another page", map[image.Point]*image.RGBA{at: other, amount: total("12.50")}, capture.NoAnchor},
		{"twice", map[image.Point]*image.RGBA{{X: 300, Y: 300}: title, {X: 500, Y: 400}: title, amount: total("12.50")}, capture.TwoAnchors},
		{"moved so far that the region is cut off", map[image.Point]*image.RGBA{at.Add(image.Pt(200, 0)): title}, capture.Outside},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &page{desk: newDesk(), picture: paintPage(row.shows)}
				j := judge(p.desk, both("12.50"))
				j.Eye, j.Scene, j.Anchor = p, p, &capture.Anchor{Picture: title, At: at}
				got, err := j.Amount(t.Context())
				if err != nil || got.Why != row.why || got.Sure != (row.why == "") {
					t.Errorf("%+v, %v", got, err)
				}
			})
		})
	}
}

func TestAWindowOverTheTotalIsSaid(t *testing.T) {
	p := &page{desk: newDesk(), picture: paintPage(map[image.Point]*image.RGBA{{X: 628, Y: 92}: total("12.50")}), covered: true}
	j := judge(p.desk, both("12.50"))
	j.Eye, j.Scene = p, p
	if got, err := j.Amount(t.Context()); err != nil || got.Why != capture.Covered {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestAnEmptyAnchorFitsNowhere(t *testing.T) {
	p := &page{desk: newDesk(), picture: paintPage(nil)}
	j := judge(p.desk, both("12.50"))
	j.Eye, j.Scene, j.Anchor = p, p, &capture.Anchor{Picture: capturetest.DrawIn(capturetest.Ordinary, image.Pt(90, 36), "")}
	if got, err := j.Amount(t.Context()); err != nil || got.Why != capture.NoAnchor {
		t.Errorf("%+v, %v", got, err)
	}
}

// BenchmarkAnchor prints what looking for an anchor costs that has moved.
func BenchmarkAnchor(b *testing.B) {
	style := capturetest.Ordinary
	style.Size = 20
	title := capturetest.DrawIn(style, image.Pt(90, 36), "SALES")
	pages := []*image.RGBA{paintPage(map[image.Point]*image.RGBA{{X: 20, Y: 12}: title}), paintPage(map[image.Point]*image.RGBA{{X: 300, Y: 400}: title})}
	p := &page{desk: newDesk()}
	j := judge(p.desk, both("12.50"))
	j.Eye, j.Scene, j.Anchor, j.Regions[0] = p, p, &capture.Anchor{Picture: title, At: image.Pt(300, 200)}, capture.Region{Name: "amount", X: 300, Y: 200, W: 9, H: 9}
	previous := capture.Reading{Amount: 1, Crop: image.NewRGBA(image.Rect(0, 0, 1, 1))}
	for n := 0; b.Loop(); n++ {
		p.picture = pages[n%2]
		_, _ = j.Same(b.Context(), previous) // that it differs is not what is measured
	}
}
