package main

import (
	"context"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"time"

	"cpos/hw/screen"
)

// frame is about as long as drawing takes.
const frame = 50 * time.Millisecond

// patience is how long a change on the screen is waited for.
const patience = 3 * time.Second

// photograph waits for a mood and keeps a picture of the whole screen. A mood that passes by itself is
// photographed at once, the others when a person would look.
func (p *performance) photograph(ctx context.Context, from int, mood string) (deskFace, error) {
	v, err := p.await(ctx, from, mood)
	if err != nil {
		return v, err
	}
	wait := thought
	if mood == "reading" || mood == "paying" {
		wait = frame
	}
	return v, p.picture(ctx, mood, wait)
}

// picture keeps what is on the screen after a while, once the mood is drawn. If it passes before that,
// there is no picture of it this time.
func (p *performance) picture(ctx context.Context, mood string, wait time.Duration) error {
	if err := sleep(ctx, wait); err != nil {
		return err
	}
	now, err := p.settledScreen(ctx, mood)
	if err != nil || now == nil {
		return err
	}
	p.before = now
	p.shots = append(p.shots, mood)
	return savePNG(filepath.Join(p.Dir, "screens", fmt.Sprintf("%02d-%s.png", len(p.shots), mood)), now)
}

// lookBefore waits until the payment window of the last sale is gone from the screen, and keeps that as
// what the next picture must differ from.
func (p *performance) lookBefore(ctx context.Context) error {
	now, err := p.settledScreen(ctx, "")
	p.before = now
	return err
}

// settledScreen waits until the screen has changed since p.before and stands still, and gives it; nil if
// the mood passes before that (an empty one never does). Only what lies outside the practice POS counts:
// what moves there is the payment window.
func (p *performance) settledScreen(ctx context.Context, mood string) (*image.RGBA, error) {
	pos, err := p.posWindow(ctx)
	if err != nil {
		return nil, err
	}
	const title, border = 40, 8 // of the POS's frame, at most
	except := image.Rect(pos.Client.Min.X-border, pos.Client.Min.Y-title, pos.Client.Max.X+border, pos.Client.Max.Y+border).
		Intersect(image.Rect(0, 0, stageW, stageH))
	last, drawnFirst := p.before, mood == "reading" // nothing of this sale can stand there before it
	for until := time.Now().Add(patience); ; {
		now, err := screen.Eye{}.Grab(ctx, image.Rect(0, 0, stageW, stageH))
		if err != nil || mood != "" && !p.nowShows(mood) {
			return nil, err
		}
		still := drawnFirst || last != nil && !differs(last, now, except)
		if still && differs(p.before, now, except) || time.Now().After(until) {
			return now, nil
		}
		last = now
		if err := sleep(ctx, frame); err != nil {
			return nil, err
		}
	}
}

// differs says that more than a blinking caret has changed between two screens, outside a rectangle.
func differs(a, b *image.RGBA, except image.Rectangle) bool {
	const most = 300 // px
	if a == nil || a.Rect != b.Rect {
		return true
	}
	changed := 0
	for y := a.Rect.Min.Y; y < a.Rect.Max.Y; y++ {
		for x := a.Rect.Min.X; x < a.Rect.Max.X; x++ {
			if y >= except.Min.Y && y < except.Max.Y && x == except.Min.X {
				x = except.Max.X
			}
			if at := a.PixOffset(x, y); x < a.Rect.Max.X && [4]byte(a.Pix[at:]) != [4]byte(b.Pix[at:]) {
				changed++
			}
		}
	}
	return changed > most
}

// savePNG writes a picture; small matters less than soon.
func savePNG(name string, picture image.Image) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return fmt.Errorf("save screen: %w", err)
	}
	f, err := os.Create(name)
	if err != nil {
		return fmt.Errorf("save screen: %w", err)
	}
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(f, picture); err != nil {
		_ = f.Close()
		return fmt.Errorf("save screen: %w", err)
	}
	return f.Close()
}

// compareShots says which states were not photographed.
func (p *performance) compareShots() {
	right := true
	for _, mood := range demoMoods() {
		if mood == "counting" && p.lateOpinion {
			continue // it stood there for a moment only
		}
		right = p.expect(slices.Contains(p.shots, mood), "there is no picture of %s", mood) && right
	}
	if right {
		p.saw("demo.saw.screens", "count", len(p.shots), "moods", len(demoMoods()))
	}
}
