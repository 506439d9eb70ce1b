package main

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"io/fs"
	"maps"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/urfave/cli/v2"

	"cpos/engine/capture"
	"cpos/engine/capture/trial"
	"cpos/engine/pay"
	"cpos/engine/words"
	"cpos/hw/screen"
)

func (d door) captureBenchCommand() *cli.Command {
	return d.command("capture.bench", "bench", "DIR", []cli.Flag{
		d.outputFlag(),
		&cli.BoolFlag{Name: "no-veto", Usage: d.word("cli.capture.flag.no-veto")},
		&cli.StringSliceFlag{Name: "only", Usage: d.word("cli.capture.flag.only")},
		&cli.StringFlag{Name: "show-refused", Usage: d.word("cli.capture.flag.show-refused")},
		&cli.IntFlag{Name: "workers", Usage: d.word("cli.capture.flag.workers"), Value: runtime.NumCPU()},
	}, d.captureBench)
}

// benchJSON is a whole trial as programs read it.
type benchJSON struct {
	Schema     string                  `json:"schema"`
	Total      *trial.Tally            `json:"total"`
	Categories map[string]*trial.Tally `json:"categories"`
	Styles     int                     `json:"styles"`
	Untaught   int                     `json:"untaught"` // styles that could not be taught
	Veto       bool                    `json:"veto"`     // the second opinion took part
}

// captureBench teaches and reads a labelled folder.
func (d door) captureBench(ctx context.Context, c *cli.Context) error {
	format, err := outputOf(c, 1)
	if err != nil {
		return err
	}
	b := &bench{door: d, dir: c.Args().First(), sheets: c.String("show-refused"), workers: min(max(c.Int("workers"), 1), 64)}
	defer b.close()
	if err := b.open(c.StringSlice("only")); err != nil {
		return err
	}
	if !c.Bool("no-veto") {
		if err := b.openVeto(ctx); err != nil {
			return err
		}
	}
	if err := b.readAll(ctx); err != nil {
		return err
	}
	if err := b.timeAll(ctx); err != nil {
		return err
	}
	if err := b.drawRefused(); err != nil {
		return err
	}
	return b.report(format)
}

// bench is one trial.
type bench struct {
	door
	dir     string
	sheets  string // folder for pictures of what was not read; empty draws none
	workers int
	folder  fs.FS
	packed  io.Closer // the recording, where it is one file
	styles  []trial.Style
	glyphs  []*capture.Glyphs // one for each style; nil where it cannot be taught
	refusal []error           // why it cannot be taught
	veto    []capture.Reader  // one for each worker; nil without a second opinion

	mu         sync.Mutex
	categories map[string]*trial.Tally
	refused    []shownRefusal
	lost       int // pictures that could not be opened
}

func (b *bench) open(only []string) error {
	b.folder = os.DirFS(b.dir)
	if strings.HasSuffix(b.dir, recordingName) {
		packed, err := zip.OpenReader(b.dir)
		if err != nil {
			return words.Fail(errUsage, "cli.capture.manifest", "dir", b.dir, "file", trial.ManifestName).Advise("cli.capture.manifest.hint").Because(err)
		}
		b.packed, b.folder = packed, packed
	}
	rows, err := trial.ReadManifest(b.folder)
	if err != nil {
		return words.Fail(errUsage, "cli.capture.manifest", "dir", b.dir, "file", trial.ManifestName).Advise("cli.capture.manifest.hint").Because(err)
	}
	if len(only) > 0 {
		rows = slices.DeleteFunc(rows, func(r trial.Row) bool { return !r.Lesson && !slices.Contains(only, r.Category) })
	}
	b.styles = trial.Styles(rows)
	if len(b.styles) == 0 {
		return words.Fail(errUsage, "cli.capture.no_tests", "dir", b.dir).Advise("cli.capture.manifest.hint")
	}
	b.glyphs, b.refusal = make([]*capture.Glyphs, len(b.styles)), make([]error, len(b.styles))
	b.categories = map[string]*trial.Tally{}
	for _, s := range b.styles {
		for _, r := range s.Tests {
			if b.categories[r.Category] == nil {
				b.categories[r.Category] = &trial.Tally{}
			}
		}
	}
	return nil
}

// openVeto starts one tesseract for each worker: one serves one picture at a time.
func (b *bench) openVeto(ctx context.Context) error {
	started := make([]*screen.Reader, b.workers)
	errs := make([]error, b.workers)
	var all sync.WaitGroup
	for i := range started {
		all.Go(func() { started[i], errs[i] = screen.OpenReader(ctx, screen.ReaderOptions{}) })
	}
	all.Wait()
	for _, r := range started {
		if r != nil {
			b.veto = append(b.veto, r)
		}
	}
	if err := errors.Join(errs...); err != nil {
		b.close()
		return errs[slices.IndexFunc(errs, func(err error) bool { return err != nil })]
	}
	return nil
}

func (b *bench) close() {
	for _, r := range b.veto {
		_ = r.(*screen.Reader).Close() // nothing is read any more
	}
	b.veto = nil
	if b.packed != nil {
		_ = b.packed.Close() // it was only read
	}
}

// readAll teaches every style and reads its pictures, on all cores.
func (b *bench) readAll(ctx context.Context) error {
	work := make(chan int)
	progress := b.meter()
	of := uint64(b.count())
	var done atomic.Int64
	var all sync.WaitGroup
	for n := range b.workers {
		var second capture.Reader
		if b.veto != nil {
			second = b.veto[n]
		}
		all.Go(func() {
			for i := range work {
				b.readStyle(ctx, i, second, func() { done.Add(1) })
			}
		})
	}
	for i := 0; i < len(b.styles) && ctx.Err() == nil; {
		select {
		case work <- i:
			i++
		case <-time.After(meterEvery):
		case <-ctx.Done():
		}
		progress.show(int(done.Load()), of)
	}
	close(work)
	all.Wait()
	progress.end()
	return ctx.Err()
}

func (b *bench) count() (tests int) {
	for _, s := range b.styles {
		tests += len(s.Tests)
	}
	return tests
}

// readStyle teaches one style and reads its pictures.
func (b *bench) readStyle(ctx context.Context, i int, second capture.Reader, told func()) {
	style := b.styles[i]
	b.glyphs[i], b.refusal[i] = b.teach(style)
	judge := &capture.Judge{Grammar: style.Grammar(), Glyphs: b.glyphs[i], Reader: second}
	for _, row := range style.Tests {
		if ctx.Err() != nil {
			return
		}
		crop, err := trial.Picture(b.folder, row.File)
		if err != nil {
			b.keep(row, capture.Reading{Why: capture.Unread}, fmt.Errorf("%s: %w", row.File, err))
			told()
			continue
		}
		b.keep(row, b.readOne(ctx, judge, crop), nil)
		told()
	}
}

// teach makes the taught reader of a style.
func (b *bench) teach(style trial.Style) (*capture.Glyphs, error) {
	var lessons []capture.Lesson
	for _, row := range style.Lessons {
		crop, err := trial.Picture(b.folder, row.File)
		if err != nil {
			return nil, err
		}
		lessons = append(lessons, capture.Lesson{Picture: crop, Text: row.Shown()})
	}
	return capture.Teach(lessons)
}

// readOne reads a picture as the till would. A style that was not taught is never accepted: what tesseract
// alone reads may stand in the box, no more.
func (b *bench) readOne(ctx context.Context, judge *capture.Judge, crop *image.RGBA) capture.Reading {
	if judge.Glyphs == nil && judge.Reader == nil {
		return capture.Reading{Why: capture.Unread, Crop: crop}
	}
	read, err := judge.Picture(ctx, crop)
	if err != nil {
		return capture.Reading{Why: capture.Unread, Crop: crop}
	}
	if judge.Glyphs == nil {
		read.Sure = false
	}
	return read
}

// keep counts one reading.
func (b *bench) keep(row trial.Row, read capture.Reading, failed error) {
	verdict := row.Judge(read)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.categories[row.Category].Count(verdict)
	if failed != nil {
		b.lost++
		if b.lost <= mostLost {
			b.door.say("cli.capture.lost", "why", failed)
		}
	}
	if verdict == trial.Wrong || verdict == trial.HazardWrong {
		b.door.say("cli.capture.wrong", "file", row.File, "want", wanted(row), "got", read.Amount, "text", strconv.Quote(read.Text))
	}
	if b.sheets != "" && verdict != trial.Right && verdict != trial.HazardRefused && verdict != trial.HazardRight {
		b.refused = append(b.refused, shownRefusal{row, verdict, read})
	}
}

// mostLost is how many pictures that cannot be opened are named.
const mostLost = 10

func wanted(row trial.Row) string {
	if row.Want == pay.Money(0) {
		return "-"
	}
	return row.Want.String()
}

// mostTimed is how many readings of one category are timed.
const mostTimed = 400

// timeOne times one reading.
func timeOne(glyphs *capture.Glyphs, grammar capture.Grammar, crop *image.RGBA) time.Duration {
	return onOneCore(func() {
		if sight := glyphs.Read(crop); sight.Why == "" {
			grammar.Parse(sight.Text)
		}
	})
}

// timeAll times the taught reader alone, one reading after the other, when nothing else runs here any more. Of
// two readings of a picture the shorter counts: the other one may have waited for memory.
func (b *bench) timeAll(ctx context.Context) error {
	for category, tally := range b.categories {
		type one struct {
			style int
			row   trial.Row
		}
		var rows []one
		for i, s := range b.styles {
			for _, r := range s.Tests {
				if r.Category == category && b.glyphs[i] != nil {
					rows = append(rows, one{i, r})
				}
			}
		}
		step := max(1, len(rows)/mostTimed)
		for n := 0; n < len(rows); n += step {
			if err := ctx.Err(); err != nil {
				return err
			}
			crop, err := trial.Picture(b.folder, rows[n].row.File)
			if err != nil {
				continue // counted as lost before
			}
			glyphs, grammar := b.glyphs[rows[n].style], b.styles[rows[n].style].Grammar()
			tally.Time(min(timeOne(glyphs, grammar, crop), timeOne(glyphs, grammar, crop)))
		}
	}
	return nil
}

// report writes the counts, and fails when an amount was handed out that does not stand there.
func (b *bench) report(format string) error {
	total, names := &trial.Tally{}, make([]string, 0, len(b.categories))
	for name, t := range b.categories {
		t.Finish()
		total.Add(*t)
		names = append(names, name)
	}
	total.Finish()
	slices.Sort(names)
	untaught := 0
	for _, g := range b.glyphs {
		if g == nil {
			untaught++
		}
	}
	b.tellBound(total, untaught)
	var err error
	if format == asTable {
		err = writeGrid(b.out, b.grid(names, total))
	} else {
		err = writeJSON(b.out, benchJSON{"cpos.capture.bench.v1", total, b.categories, len(b.styles), untaught, b.veto != nil})
	}
	if err == nil && total.Wrong+total.HazardsWrong > 0 {
		return verdict{exitTests}
	}
	return err
}

// leastBound is from how many readings on a bound says something.
const leastBound = 300

// tellBound says what so many readings without a wrong one prove: with n of them the true share of wrong
// ones is below 3/n in 95 of 100 such trials.
func (b *bench) tellBound(total *trial.Tally, untaught int) {
	why := map[string]int{}
	for _, err := range b.refusal {
		var no *capture.TeachError
		switch {
		case errors.As(err, &no):
			why[b.word(no.Key())]++
		case err != nil:
			why[err.Error()]++
		}
	}
	b.say("cli.capture.bench.done", "styles", len(b.styles), "untaught", untaught, "accepted", total.Accepted)
	for _, text := range slices.Sorted(maps.Keys(why)) {
		b.say("cli.capture.bench.untaught", "count", why[text], "why", text)
	}
	if total.Wrong == 0 && total.Accepted >= leastBound {
		b.say("cli.capture.bench.bound", "share", fmt.Sprintf("%.3f %%", 300/float64(total.Accepted)))
	}
}

func (b *bench) grid(names []string, total *trial.Tally) listing {
	l := listing{right: map[int]bool{}}
	for i, key := range []string{"category", "tests", "accepted", "share", "right", "wrong", "refused", "prefilled", "filled",
		"hazards", "hazards_wrong", "median", "p99"} {
		l.head = append(l.head, b.word("cli.capture.column."+key))
		l.right[i] = i > 0
	}
	row := func(name string, t *trial.Tally) {
		percent := func(share float64) string {
			if t.Tests == 0 {
				return "-"
			}
			return fmt.Sprintf("%.1f %%", 100*share)
		}
		l.cells = append(l.cells, []string{name, strconv.Itoa(t.Tests), strconv.Itoa(t.Accepted), percent(t.Accept()), strconv.Itoa(t.Right),
			strconv.Itoa(t.Wrong), strconv.Itoa(t.Refused), strconv.Itoa(t.PrefilledRight), percent(t.Filled()),
			strconv.Itoa(t.Hazards), strconv.Itoa(t.HazardsWrong), fmt.Sprintf("%.2f", t.Median), fmt.Sprintf("%.2f", t.P99)})
	}
	for _, name := range names {
		row(name, b.categories[name])
	}
	row(b.word("cli.capture.total"), total)
	return l
}
