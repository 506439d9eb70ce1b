package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"cpos/engine/face"
	"cpos/engine/keys"
	"cpos/engine/pay"
	"cpos/engine/profile"
	"cpos/engine/words"
	"cpos/hw/input"
	"cpos/hw/port"
)

// player is what plans are played with. trace may be nil; everything sent is in the log besides.
func (e *engine) player(trace func(keys.Sent)) keys.Player {
	p := e.till.profile
	return keys.Player{
		Hands: e.input, Watch: watch{e.desktop, e.looks, p}, POS: p.Window(), Regions: regionLookup(p.Taught().Regions),
		Beep:  func(times int) { e.all.Go(func() { beep(times) }) },
		Toast: func(text string) { e.toast(e.alive, text) },
		Trace: func(s keys.Sent) {
			e.till.log.Info("keys", "step", s.Number, "sent", s.What, "took", s.Took, "error", s.Err)
			if trace != nil {
				trace(s)
			}
		},
	}
}

// play plays a plan under the guards.
func (e *engine) play(ctx context.Context, plan keys.Plan) error {
	return keys.Play(ctx, plan, e.player(nil))
}

// resume plays what is left of a plan.
func (e *engine) resume(ctx context.Context, plan keys.Plan, from keys.Mark) error {
	p := e.player(nil)
	p.From, p.Sent = from.Number, from.Sent
	return keys.Play(ctx, plan, p)
}

// playFor plays a hook's plan for another command, while no sale is open.
func (e *engine) playFor(ctx context.Context, a macroAsk, told func(keys.Sent)) error {
	if mood := e.station.View().Mood; mood != face.Hidden && mood != face.Notice {
		return words.Fail(errConflict, "cli.macro.sale").Advise("cli.macro.sale.hint")
	}
	plan, err := a.plan(ctx, e.hooks, e.till)
	if err != nil {
		return err
	}
	p := e.player(told)
	p.From = a.From
	return keys.Play(ctx, plan, p)
}

// ears are the ears of the input device, and of a scanner with a line of its own, with somebody to tell when
// they fail.
type ears struct {
	*input.Device
	scanner *input.Scanner // nil: scans are looked for on the keyboard
	rules   earRules
	armed   *atomic.Bool // something is armed
	lost    func(error)
	taken   func(error)
	teach   func() // the hot-key for teaching was pressed
}

// earRules are what a profile says about listening, whatever the till is doing.
type earRules struct {
	ownLine bool          // the scanner is not heard on the keyboard
	local   bool          // hot-keys hold only while the POS is in front or a sale is open
	except  []keys.Window // scans pause before these
}

func earRulesOf(p *profile.Profile) earRules {
	return earRules{ownLine: ownLine(p.Scanner), local: p.Hotkeys.When == "pos_focused", except: p.Excluded()}
}

// ownLine says that what a scanner sends comes to us alone.
func ownLine(s profile.Scanner) bool { return s.Kind == "serial" || s.Kind == "device" && deviceAlone }

// apply changes what the till wants armed to what the profile allows.
func (r earRules) apply(a keys.Armed) keys.Armed {
	a.Except = r.except
	if r.ownLine {
		a.Scan = false
	}
	if r.local {
		a.Modal = maps.Clone(a.Modal)
		if a.Modal == nil {
			a.Modal = map[string]keys.Chord{}
		}
		maps.Copy(a.Modal, a.Hotkeys)
		a.Hotkeys = nil
	}
	return a
}

// Arm arms and tells of a key that another program owns.
func (e ears) Arm(ctx context.Context, a keys.Armed) error {
	err := e.Device.Arm(ctx, e.rules.apply(a))
	e.armed.Store(true)
	if errors.Is(err, keys.ErrKeyTaken) {
		e.taken(err)
	}
	return err
}

// Listen listens and tells when nothing can be heard any more.
func (e ears) Listen(ctx context.Context, sink func(keys.Event)) error {
	ctx, end := context.WithCancel(ctx)
	var beside sync.WaitGroup
	defer beside.Wait()
	defer end()
	if e.scanner != nil {
		both := twice{sink: sink}
		sink = both.from(byKeys)
		beside.Go(func() { _ = e.scanner.Listen(ctx, both.from(byLine)) }) // it ends with ctx alone
	}
	err := e.Device.Listen(ctx, func(heard keys.Event) {
		if heard.Kind == keys.HeardHotkey && heard.Name == hotkeyTeach {
			e.teach()
			return
		}
		sink(heard)
	})
	if err != nil && ctx.Err() == nil {
		e.lost(err)
	}
	return err
}

// ears makes the ears of this till.
func (e *engine) ears() ears {
	return ears{e.input, e.scannerLine(), earRulesOf(e.till.profile), &e.armed, e.heardNoMore, e.keyTaken, e.teachAmount}
}

// scannerLine gives the scanner with a line of its own, nil where it types on the keyboard.
func (e *engine) scannerLine() *input.Scanner {
	s := e.till.profile.Scanner
	open := scannerPort(s)
	if open == nil {
		return nil
	}
	line := &input.Scanner{Open: open, Accept: e.till.ours, Type: e.typeScan, Turned: func(err error) {
		if err == nil {
			e.till.log.Info("scanner is there")
			return
		}
		e.trouble(words.Fail(err, "input.scanner_away", "which", s.Port+s.Device).Advise("input.scanner_away.hint"))
	}}
	if !ownLine(s) {
		line.Type = nil // the POS has it already
	}
	return line
}

func scannerPort(s profile.Scanner) port.Opener {
	switch s.Kind {
	case "serial":
		return port.Serial(s.Port, port.SerialSettings{Baud: s.Serial.Baud, DataBits: s.Serial.DataBits, Parity: s.Serial.Parity, StopBits: s.Serial.StopBits})
	case "device":
		return deviceScanner(s.Device)
	}
	return nil
}

// ours says which scans are for the till; all others are the POS's.
func (t *till) ours(text string) bool { return t.codes.rules().Classify(text).Kind() != pay.KindOther }

// scanTyped is how long typing a scan into the POS may take.
const scanTyped = 3 * time.Second

// typeScan types a scan that is not ours into the POS, as its scanner would have. Where the POS is not in
// front nothing is typed: nobody knows what it would do there.
func (e *engine) typeScan(ctx context.Context, text string) error {
	ctx, cancel := context.WithTimeout(ctx, scanTyped)
	defer cancel()
	pos := e.till.profile.Window()
	err := e.input.TypeIn(ctx, pos, text)
	if err == nil {
		err = e.input.PressIn(ctx, pos, keys.Chord{Key: "enter"})
	}
	if err != nil {
		e.till.log.Warn("scan not typed", "length", len(text), "error", err)
	}
	return err
}

// heardNoMore ends a till that has lost its keyboard. A display that went away takes every window with it, the
// POS's too; whoever comes back finds a new desktop, and so does a till that is started again.
func (e *engine) heardNoMore(err error) {
	e.end(words.Fail(input.ErrGone, "input.gone").Advise("input.gone.hint").Because(err))
}

// keyTaken tells once of each hot-key that belongs to another program; the others and the scanner go on
// working.
func (e *engine) keyTaken(err error) {
	for _, chord := range takenOf(err, e.till.profile.Chords()) {
		e.mu.Lock()
		if !slices.Contains(e.taken, chord.String()) {
			e.taken = append(e.taken, chord.String())
		}
		e.mu.Unlock()
		told := words.Fail(err, "input.key_taken", "chord", chord.Label()).Advise("input.key_taken.hint")
		if !e.toldOf(told.In(e.lang)) {
			e.trouble(told)
		}
	}
}

func (e *engine) toldOf(what string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.ContainsFunc(e.troubles, func(t string) bool { return strings.Contains(t, what) })
}

// takenOf picks the hot-keys that an error of Arm names.
func takenOf(err error, chords map[string]keys.Chord) []keys.Chord {
	var all []keys.Chord
	for _, name := range slices.Sorted(maps.Keys(chords)) {
		if strings.Contains(err.Error(), fmt.Sprintf("%q (%s)", name, chords[name])) {
			all = append(all, chords[name])
		}
	}
	return all
}
