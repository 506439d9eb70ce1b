package main

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/urfave/cli/v2"

	"cpos/engine/capture"
	"cpos/engine/capture/trial"
	"cpos/engine/keys"
	"cpos/engine/lesson"
	"cpos/engine/profile"
	"cpos/engine/store"
	"cpos/engine/words"
	"cpos/hw/control"
	"cpos/hw/desktop"
	"cpos/hw/screen"
)

// recordingName ends the name of a recording that is one file: a zip archive of the folder.
const recordingName = ".cposrec"

func (d door) captureRecordCommand() *cli.Command {
	return d.command("capture.record", "record", "OUT", []cli.Flag{
		&cli.DurationFlag{Name: "for", Value: 10 * time.Second, Usage: d.word("cli.capture.flag.for")},
	}, d.captureRecord)
}

// A recording looks so often, and ends by itself after so long.
const (
	recordEvery = 100 * time.Millisecond
	recordMost  = time.Hour
)

// recorder writes what the POS shows, masked, and which window is in front.
type recorder struct {
	profile *profile.Profile
	desktop *desktop.Desktop
	dir     string
	began   time.Time

	mu     sync.Mutex
	events []recordedEvent

	last   *image.RGBA // the masked client area as it was written last
	frames int
	crops  map[string]*image.RGBA // the last picture of each region
	rows   [][]string
}

// recordedEvent is one line of events.jsonl. Titles are masked.
type recordedEvent struct {
	At    int64  `json:"at_ms"`
	Kind  string `json:"kind"` // frame, front or away
	File  string `json:"file,omitempty"`
	Exe   string `json:"exe,omitempty"`
	Title string `json:"title,omitempty"`
	POS   bool   `json:"pos,omitempty"`
	Rect  string `json:"rect,omitempty"`
	DPI   int    `json:"dpi,omitempty"`
}

func (d door) captureRecord(ctx context.Context, c *cli.Context) error {
	if err := wantArgs(c, 1, 1); err != nil {
		return err
	}
	out, long := c.Args().First(), c.Duration("for")
	if long <= 0 || long > recordMost {
		return words.Fail(errUsage, "cli.capture.record.long").Advise("cli.wrong_use.hint")
	}
	t, err := openTill(ctx, d.globals(c), looking)
	if err != nil {
		return err
	}
	r := &recorder{profile: t.profile, began: time.Now(), crops: map[string]*image.RGBA{}}
	if r.desktop, err = desktop.Open(); err != nil {
		return words.Fail(keys.ErrNoDisplay, "input.no_display").Advise("input.no_display.hint").Because(err)
	}
	defer r.desktop.Close()
	if _, err := r.desktop.Find(ctx, t.profile.Window()); err != nil {
		return words.Fail(errNoWindowFound, "cli.capture.no_pos", "title", t.profile.ProductTitle()).Advise("cli.capture.no_pos.hint").Because(err)
	}
	end, err := r.open(out)
	if err != nil {
		return err
	}
	d.say("cli.capture.record.begun", "for", long)
	if err := errors.Join(r.run(ctx, long), r.finish(), end()); err != nil {
		return err
	}
	fmt.Fprintln(d.out, out)
	d.say("cli.capture.record.done", "frames", r.frames, "pictures", len(r.rows), "file", trial.ManifestName)
	return nil
}

// open makes the folder. end packs it where one file is wanted.
func (r *recorder) open(out string) (end func() error, err error) {
	if !strings.HasSuffix(out, recordingName) {
		r.dir = out
		if err := emptyFolder(out); err != nil {
			return nil, err
		}
		if err := os.MkdirAll(out, 0o755); err != nil {
			return nil, words.Fail(store.ErrNoWrite, "cli.capture.cannot_write", "dir", out).Because(err)
		}
		return func() error { return nil }, nil
	}
	if r.dir, err = os.MkdirTemp("", "cpos-record-"); err != nil {
		return nil, err
	}
	return func() error {
		packed, err := pack(os.DirFS(r.dir))
		if err == nil {
			err = writeWhole(out, packed)
		}
		return errors.Join(err, os.RemoveAll(r.dir))
	}, nil
}

func pack(folder fs.FS) ([]byte, error) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	err := errors.Join(w.AddFS(folder), w.Close()) // closing writes the list of files
	return b.Bytes(), err
}

// run records until the time is over or somebody interrupts, which is a fine end too.
func (r *recorder) run(ctx context.Context, long time.Duration) error {
	ctx, stop := context.WithTimeout(ctx, long)
	defer stop()
	var watching sync.WaitGroup
	defer watching.Wait()
	matches, err := desktop.Matcher(r.profile.Window())
	if err != nil {
		return err
	}
	var lost error
	watching.Go(func() {
		err := r.desktop.Watch(ctx, func(w desktop.Window) {
			e := recordedEvent{Kind: "front", Exe: w.Exe, Title: control.Shape(w.Title), POS: matches(w), Rect: showRect(w.Client), DPI: w.DPI}
			if w.ID == 0 {
				e = recordedEvent{Kind: "away"}
			}
			r.note(e)
		})
		if ctx.Err() == nil {
			lost = err
			stop()
		}
	})
	for {
		select {
		case <-ctx.Done():
			watching.Wait()
			return lost
		case <-time.After(recordEvery):
		}
		if err := r.look(ctx); err != nil && ctx.Err() == nil {
			return err
		}
	}
}

func (r *recorder) note(e recordedEvent) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e.At = time.Since(r.began).Milliseconds()
	r.events = append(r.events, e)
}

// look writes the client area, where it shows something new in what was taught, and each region.
func (r *recorder) look(ctx context.Context) error {
	place, err := (desktop.Scene{Desktop: r.desktop, Window: r.profile.Window()}).POS(ctx)
	if err != nil || !place.InFront {
		return nil // what stands before it is nobody's business
	}
	frame, err := (screen.Eye{}).Grab(ctx, place.Client)
	if err != nil {
		return nil // the window is partly off the screen, or being moved
	}
	keep := []image.Rectangle{}
	a := r.profile.Taught().Anchor
	if a.Image != "" {
		keep = append(keep, image.Rect(a.X, a.Y, a.X+a.W, a.Y+a.H))
	}
	for _, region := range r.profile.Regions() {
		if region.Name == capture.RegionAmount || region.Name == capture.RegionSerial {
			keep = append(keep, region.Rect(image.Rectangle{}))
		}
	}
	masked := lesson.Mask(frame, keep)
	if r.last != nil && samePixels(masked, r.last) {
		return nil
	}
	r.last = masked
	r.frames++
	name := fmt.Sprintf("frame-%04d.png", r.frames)
	r.note(recordedEvent{Kind: "frame", File: name, Rect: showRect(place.Client), DPI: place.DPI})
	if err := r.write(name, masked); err != nil {
		return err
	}
	return r.writeAmount(frame)
}

// writeAmount keeps each new picture of the amount for a person to label.
func (r *recorder) writeAmount(frame *image.RGBA) error {
	for _, region := range r.profile.Regions() {
		at := region.Rect(image.Rectangle{})
		if region.Name != capture.RegionAmount || !at.In(frame.Rect) {
			continue
		}
		crop := lesson.Cut(frame, at)
		if last := r.crops[region.Name]; last != nil && samePixels(last, crop) {
			continue
		}
		r.crops[region.Name] = crop
		name := fmt.Sprintf("amount-%04d.png", len(r.rows)+1)
		r.rows = append(r.rows, []string{name, "recording", r.profile.Taught().ID, "unlabelled", "read", "", ""})
		if err := r.write(name, crop); err != nil {
			return err
		}
	}
	return nil
}

func (r *recorder) write(name string, picture image.Image) error {
	var b bytes.Buffer
	if err := png.Encode(&b, picture); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(r.dir, name), b.Bytes(), 0o644)
}

// finish writes the events and the labels that are to be filled in.
func (r *recorder) finish() error {
	var events bytes.Buffer
	out := json.NewEncoder(&events)
	for _, e := range r.events {
		if err := out.Encode(e); err != nil {
			return err
		}
	}
	var manifest bytes.Buffer
	w := csv.NewWriter(&manifest)
	head := []string{"file", "cat", "style", "role", "must", "want", "text"}
	return errors.Join(w.WriteAll(append([][]string{head}, r.rows...)),
		os.WriteFile(filepath.Join(r.dir, "events.jsonl"), events.Bytes(), 0o644),
		os.WriteFile(filepath.Join(r.dir, trial.ManifestName), manifest.Bytes(), 0o644))
}
