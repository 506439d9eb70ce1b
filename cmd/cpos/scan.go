package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/urfave/cli/v2"

	"cpos/engine/keys"
	"cpos/engine/profile"
	"cpos/engine/profile/amend"
	"cpos/engine/words"
	"cpos/hw/desktop"
	"cpos/hw/input"
)

func (d door) scanCommand() *cli.Command {
	return d.group("scan", d.command("scan.monitor", "monitor", "", []cli.Flag{
		&cli.IntFlag{Name: "count", Value: keys.EnoughScans, Usage: d.word("cli.flag.scan_count")},
		&cli.BoolFlag{Name: "save", Usage: d.word("cli.flag.scan_save")},
		d.outputFlag()}, d.scanMonitor))
}

// scanJSON is one scan as programs read it. What was scanned is masked: it may be a customer's payment code.
type scanJSON struct {
	Schema string  `json:"schema"`
	Text   string  `json:"text"`
	Length int     `json:"length"`
	Ours   bool    `json:"ours"` // else it goes to the POS
	Enter  bool    `json:"enter"`
	GapsMS []int64 `json:"gaps_ms,omitempty"` // between its keys; none where the scanner has a line of its own
}

// monitorGap is the longest pause between two keys while a scanner's pace is not known yet.
const monitorGap = 120 * time.Millisecond

// scanMonitor shows what the scanner sends until enough was heard, and says what to set.
func (d door) scanMonitor(ctx context.Context, c *cli.Context) error {
	format, t, err := d.toList(ctx, c)
	if err != nil {
		return err
	}
	if _, err := askDesk(ctx, t.data, deskAsk{Do: deskView}); !errors.Is(err, errNoEngine) {
		return errors.Join(err, words.Fail(errConflict, "cli.scan.engine").Advise("cli.scan.engine.hint"))
	}
	count := c.Int("count")
	if d.say("cli.scan.begin", "count", count); count == 0 {
		d.say("cli.scan.begin_open")
	}
	heard, err := hearScans(ctx, t, count)
	if err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	if err := d.listScans(format, t, heard); err != nil {
		return err
	}
	return d.adviseGap(c, t, heard)
}

// hearScans listens until so many scans were heard, or ctx ends.
func hearScans(ctx context.Context, t *till, count int) ([]keys.Event, error) {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	var mu sync.Mutex
	var heard []keys.Event
	sink := func(e keys.Event) {
		mu.Lock()
		defer mu.Unlock()
		if heard = append(heard, e); len(heard) == count {
			end(errHeardEnough)
		}
	}
	err := listenFor(ctx, t.profile.Scanner, sink)
	if errors.Is(context.Cause(ctx), errHeardEnough) {
		err = nil
	}
	mu.Lock()
	defer mu.Unlock()
	return heard, err
}

var errHeardEnough = errors.New("heard enough")

// listenFor listens to the scanner however it is connected. On the keyboard everything is taken that looks
// like a scan at all.
func listenFor(ctx context.Context, s profile.Scanner, sink func(keys.Event)) error {
	if open := scannerPort(s); open != nil {
		failed := make(chan error, 1)
		ctx, end := context.WithCancel(ctx)
		defer end()
		line := input.Scanner{Open: open, Accept: func(string) bool { return true }, Turned: func(err error) {
			if err != nil {
				failed <- words.Fail(errScannerAway, "input.scanner_away", "which", s.Port+s.Device).Advise("input.scanner_away.hint").Because(err)
				end()
			}
		}}
		err := line.Listen(ctx, sink)
		select {
		case away := <-failed:
			return away
		default:
			return err
		}
	}
	desk, err := desktop.Open()
	if err != nil {
		return err
	}
	defer desk.Close()
	const shortest = 6 // characters; a hand that is quick for once types fewer
	device, err := input.Open(desk, input.Options{Gap: monitorGap, Accept: func(text string) bool { return len(text) >= shortest }})
	if err != nil {
		return err
	}
	defer device.Close()
	if err := device.Arm(ctx, keys.Armed{Scan: true}); err != nil {
		return err
	}
	return device.Listen(ctx, sink)
}

// errScannerAway says that the scanner does not answer.
var errScannerAway = errors.New("the scanner is away")

func (d door) listScans(format string, t *till, heard []keys.Event) error {
	l := listing{schema: "cpos.scans.v1", right: map[int]bool{1: true}, head: []string{d.word("cli.column.heard"), d.word("cli.column.length"),
		d.word("cli.column.does"), d.word("cli.column.enter"), d.word("cli.column.gaps")}}
	for _, e := range heard {
		row := scanJSON{Schema: "cpos.scan.v1", Text: maskScan(e.Text), Length: len(e.Text), Ours: t.ours(e.Text), Enter: e.Ends}
		for _, g := range e.Gaps {
			row.GapsMS = append(row.GapsMS, g.Milliseconds())
		}
		kind, enter, gaps := "cli.scan.kind.other", "-", "-"
		if row.Ours {
			kind = "cli.scan.kind.ours"
		}
		if e.Ends {
			enter = "✓"
		}
		if len(e.Gaps) > 0 {
			p := keys.Learn([][]time.Duration{e.Gaps})
			gaps = fmt.Sprintf("%d / %d / %d ms", p.Least.Milliseconds(), p.Median.Milliseconds(), slices.Max(e.Gaps).Milliseconds())
		}
		l.rows = append(l.rows, row)
		l.cells = append(l.cells, []string{row.Text, fmt.Sprint(row.Length), d.word(kind), enter, gaps})
	}
	return d.write(format, l)
}

// maskScan keeps what tells kinds of codes apart.
func maskScan(text string) string {
	const open = 2
	if len(text) <= open {
		return text
	}
	return text[:open] + strings.Repeat("*", min(len(text)-open, 30))
}

// adviseGap says what the scans teach, and writes it down if asked to.
func (d door) adviseGap(c *cli.Context, t *till, heard []keys.Event) error {
	var gaps [][]time.Duration
	for _, e := range heard {
		if len(e.Gaps) > 0 {
			gaps = append(gaps, e.Gaps)
		}
	}
	if len(gaps) == 0 && len(heard) > 0 {
		return nil // a line of its own has no pace
	}
	if len(gaps) < keys.EnoughScans {
		d.say("cli.scan.more", "count", keys.EnoughScans)
		return nil
	}
	p := keys.Learn(gaps)
	if p.Slow {
		d.say("cli.scan.slow")
		return verdict{exitDoctor}
	}
	d.say("cli.scan.learned", "least", p.Least, "most", p.Most, "gap", p.Gap)
	if !c.Bool("save") {
		return nil
	}
	return d.saveGap(d.globals(c), t, p.Gap)
}

// saveGap writes the gap into the till's own layer, and leaves everything else there as it stands.
func (d door) saveGap(g globals, t *till, gap time.Duration) error {
	src, err := g.source()
	if err != nil {
		return err
	}
	store, device, both := strings.Cut(t.profile.TillName(), "/")
	file := filepath.Join(src.Root, "stores", store, "store.yaml")
	if both {
		file = filepath.Join(src.Root, "stores", store, "devices", device+".yaml")
	}
	text, err := os.ReadFile(file)
	if src.Root == "" || errors.Is(err, fs.ErrNotExist) {
		return words.Fail(errUsage, "cli.scan.not_saved")
	}
	if err != nil {
		return err
	}
	text, err = amend.Set(text, []amend.Step{amend.Key("scanner"), amend.Key("gap")}, gap.String())
	if err != nil {
		return err
	}
	if err := os.WriteFile(file, text, 0o644); err != nil {
		return err
	}
	d.say("cli.scan.saved", "file", file)
	return nil
}
