package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"

	"cpos/engine/capture"
	"cpos/engine/profile"
	"cpos/engine/witness"
	"cpos/engine/words"
	"cpos/hw/control"
	"cpos/hw/line"
	"cpos/hw/port"
	"cpos/hw/screen"
)

// judgeOf gives the judge of a profile, without the sources that are told elsewhere than in pixels. reader
// may be nil.
func judgeOf(p *profile.Profile, scene capture.Scene, reader capture.Reader) (*capture.Judge, error) {
	taught := p.Taught()
	j := &capture.Judge{Eye: screen.Eye{}, Scene: scene, Regions: p.Regions(), Taught: taught.Client(), DPI: taught.DPI,
		Grammar: p.Grammar(), SerialForm: p.SerialForm(), Pause: p.Amount.Pause, Agree: p.Amount.Agree,
		Preprocess: p.Amount.OCR.Preprocess, Zoom: p.Amount.OCR.Zoom}
	if reader != nil {
		j.Reader = reader
	}
	var err error
	if j.Anchor, err = p.Anchor(); err != nil {
		return nil, words.Fail(profile.ErrProfile, "run.anchor").Because(err)
	}
	if j.Glyphs, err = p.Glyphs(); err != nil {
		return nil, words.Fail(profile.ErrProfile, "run.glyphs").Because(err)
	}
	return j, nil
}

// openEyes makes what amounts are read with. Text recognition is warmed here, so that the first sale does not
// wait for it; where it is missing the taught signs and the other sources still read.
func (e *engine) openEyes(ctx context.Context) error {
	p := e.till.profile
	if err := e.openLines(); err != nil {
		return err
	}
	reads := p.Amount.Input != "manual" || p.Serial.Capture
	if !reads && len(p.Taught().Regions) == 0 {
		return nil
	}
	missing := e.trouble
	if !reads { // most plans ask nothing, and one that does says so
		missing = func(err error) { e.till.log.Warn("plans cannot look at the screen", "error", err) }
	}
	reader := e.openReader(ctx, missing)
	j, err := judgeOf(p, e.scene(), reader)
	if err != nil {
		return err
	}
	if e.looks = j; !reads {
		e.till.closers = append(e.till.closers, func() error { j.Wait(); return nil })
		return nil
	}
	if j.Sources, err = e.sources(); err != nil {
		return err
	}
	if j.Glyphs == nil && j.Reader == nil && len(e.lines) == 0 {
		return nil
	}
	if err := e.openWitness(); err != nil {
		return err
	}
	e.judge = j
	e.till.closers = append(e.till.closers, func() error { j.Wait(); return nil })
	return nil
}

// readingsFolder is where a till remembers what was read, inside its data.
const readingsFolder = "readings"

// openWitness takes up what is known of earlier readings.
func (e *engine) openWitness() error {
	p := e.till.profile
	way, err := p.WayOfReading()
	if err != nil {
		return words.Fail(profile.ErrProfile, "run.glyphs").Because(err)
	}
	e.witness, err = witness.Open(filepath.Join(e.till.data, readingsFolder), witness.Options{Profile: way,
		After: p.Payment.UnlockAfter, Pictures: p.Privacy.ScreenFrames, Log: e.till.log})
	return err
}

// openReader starts text recognition; nil when it is missing.
func (e *engine) openReader(ctx context.Context, missing func(error)) capture.Reader {
	r, err := screen.OpenReader(ctx, screen.ReaderOptions{Cache: filepath.Join(e.till.data, "cache")})
	if err != nil {
		missing(err)
		return nil
	}
	e.till.closers = append(e.till.closers, r.Close)
	return r
}

// lines are what the POS tells elsewhere than in pixels, by the kind of source.
type lines map[capture.Kind]interface {
	capture.Line
	Run(ctx context.Context) error
}

// openLines makes the lines that the profile has ports for, also where no amount is taken from them: what
// sits in between must pass everything on.
func (e *engine) openLines() error {
	p := e.till.profile
	e.lines = lines{}
	if d := p.Display; d.Port != "" {
		display, err := line.NewDisplay(line.DisplayOptions{Wire: e.wire(d.Port, d.Forward, d.Serial), Protocol: displayProtocol(p),
			Rows: d.Rows, Columns: d.Columns, CodePage: d.CodePage})
		if err != nil {
			return words.Fail(profile.ErrProfile, "run.display", "port", d.Port).Because(err)
		}
		e.lines[capture.Display] = display
	}
	if s := p.Print; s.Port != "" {
		e.lines[capture.PrintJob] = line.NewPrint(line.PrintOptions{Wire: e.wire(s.Port, s.Forward, s.Serial), Total: patternOf(p, capture.PrintJob)})
	}
	return nil
}

func (e *engine) wire(at, forward string, s profile.SerialPort) line.Wire {
	return line.Wire{Port: at, Forward: forward,
		Serial: port.SerialSettings{Baud: s.Baud, DataBits: s.DataBits, Parity: s.Parity, StopBits: s.StopBits},
		Trouble: func(err error) {
			if err == nil {
				e.till.log.Info("line is there again", "port", at)
				return
			}
			e.till.log.Warn("line is away", "port", at, "error", err)
		}}
}

// displayProtocol takes the source's own word for it before the port's.
func displayProtocol(p *profile.Profile) line.Protocol {
	chosen := p.Display.Protocol
	for _, s := range p.Amount.Sources {
		if s.Kind == string(capture.Display) && s.Protocol != "" {
			chosen = s.Protocol
		}
	}
	if chosen == "" {
		return line.Auto
	}
	return line.Protocol(chosen)
}

// patternOf gives what finds the amount in what a source tells; nil when the profile does not say.
func patternOf(p *profile.Profile, kind capture.Kind) *regexp.Regexp {
	for _, s := range p.Amount.Sources {
		if s.Kind == string(kind) && s.Pattern != "" {
			return regexp.MustCompile(string(s.Pattern)) // compiled once already when it was decoded
		}
	}
	return nil
}

// sources gives the ways to the amount in the profile's order.
func (e *engine) sources() ([]capture.Source, error) {
	p := e.till.profile
	var all []capture.Source
	for _, s := range p.Amount.Sources {
		one := capture.Source{Kind: capture.Kind(s.Kind), Region: s.Region}
		switch one.Kind {
		case capture.Display:
			one.Line, one.Form = e.lines[one.Kind], patternOf(p, one.Kind)
		case capture.PrintJob:
			one.Line = e.lines[one.Kind] // its pattern has found the amount already
		case capture.WindowText:
			text, err := e.controls().Line(e.desktop, p.Window(), s.Control)
			if err != nil {
				return nil, words.Fail(profile.ErrProfile, "run.control", "control", s.Control).Because(err)
			}
			one.Line = text
			if s.Pattern != "" {
				one.Form = regexp.MustCompile(string(s.Pattern))
			}
		}
		all = append(all, one)
	}
	return all, nil
}

// controls asks other programs' windows for their texts.
func (e *engine) controls() *control.Texts {
	if e.texts == nil {
		e.texts = control.New()
		texts := e.texts
		e.till.closers = append(e.till.closers, func() error { texts.Close(); return nil })
	}
	return e.texts
}

// listen hears the lines until ctx ends.
func (e *engine) listen(ctx context.Context) {
	for kind, one := range e.lines {
		e.all.Go(func() {
			if err := one.Run(ctx); err != nil && ctx.Err() == nil && !errors.Is(err, context.Canceled) {
				e.trouble(fmt.Errorf("listen to the %s: %w", kind, err))
			}
		})
	}
}
