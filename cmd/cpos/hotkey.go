package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"cpos/engine/keys"
	"cpos/engine/profile"
	"cpos/engine/words"
	"cpos/hw/desktop"
	"cpos/hw/input"
)

func (d door) hotkeyCommand() *cli.Command {
	return d.group("hotkey",
		d.command("hotkey.list", "list", "", []cli.Flag{d.outputFlag()}, d.hotkeyList),
		d.command("hotkey.check", "check", "", []cli.Flag{d.outputFlag()}, d.hotkeyCheck),
		d.command("hotkey.record", "record", "[NAME]", nil, d.hotkeyRecord))
}

// hotkeyJSON is one hot-key as programs read it.
type hotkeyJSON struct {
	Schema string `json:"schema"`
	Name   string `json:"name"` // below "hotkeys" in the profile
	Chord  string `json:"chord"`
	When   string `json:"when"`            // always, pos_focused
	State  string `json:"state,omitempty"` // free, held, taken; only where it was tried
}

// listHotkeys lists the hot-keys; state says how one was found, nil where none was tried.
func (d door) listHotkeys(format string, t *till, state func(name string) string) error {
	l := listing{schema: "cpos.hotkeys.v1", head: []string{d.word("cli.column.hotkey"), d.word("cli.column.chord"), d.word("cli.column.does"), d.word("cli.column.when")}}
	if state != nil {
		l.head = append(l.head, d.word("cli.column.state"))
	}
	chords := t.profile.Chords()
	for _, name := range slices.Sorted(maps.Keys(chords)) {
		row := hotkeyJSON{Schema: "cpos.hotkey.v1", Name: name, Chord: chords[name].String(), When: t.profile.Hotkeys.When}
		cells := []string{name, chords[name].Label(), d.word("cli.hotkey.does." + name), d.word("cli.hotkey.when." + row.When)}
		if state != nil {
			row.State = state(name)
			cells = append(cells, d.word("cli.hotkey.state."+row.State))
		}
		l.rows, l.cells = append(l.rows, row), append(l.cells, cells)
	}
	return d.write(format, l)
}

func (d door) hotkeyList(ctx context.Context, c *cli.Context) error {
	format, t, err := d.toList(ctx, c)
	if err != nil {
		return err
	}
	return d.listHotkeys(format, t, nil)
}

// hotkeyCheck takes every hot-key for a moment. A profile whose keys clash with each other or with the POS's
// does not even open.
func (d door) hotkeyCheck(ctx context.Context, c *cli.Context) error {
	format, t, err := d.toList(ctx, c)
	if err != nil {
		return err
	}
	taken, held, err := takenHotkeys(ctx, t)
	if err != nil {
		return err
	}
	err = d.listHotkeys(format, t, func(name string) string {
		switch chord := t.profile.Chords()[name]; {
		case slices.Contains(taken, chord):
			return "taken"
		case held:
			return "held"
		}
		return "free"
	})
	switch {
	case err != nil:
		return err
	case len(taken) > 0:
		d.say("cli.hotkey.bad", "count", len(taken))
		return verdict{exitConflict}
	case held:
		d.say("cli.hotkey.engine")
	default:
		d.say("cli.hotkey.good")
	}
	return nil
}

// takenHotkeys finds the hot-keys that other programs own. A running engine holds the others, and knows.
func takenHotkeys(ctx context.Context, t *till) (taken []keys.Chord, held bool, err error) {
	say, err := askDesk(ctx, t.data, deskAsk{Do: deskView})
	if err == nil && say.Engine != nil {
		for _, chord := range t.profile.Chords() {
			if slices.Contains(say.Engine.Taken, chord.String()) {
				taken = append(taken, chord)
			}
		}
		return taken, true, nil
	}
	if !errors.Is(err, errNoEngine) {
		return nil, false, err
	}
	desk, err := desktop.Open()
	if err != nil {
		return nil, false, err
	}
	defer desk.Close()
	err = tryHotkeys(ctx, desk, t.profile)
	if errors.Is(err, keys.ErrKeyTaken) {
		return takenOf(err, t.profile.Chords()), false, nil
	}
	return nil, false, err
}

// recordFor is how long somebody has to press a key.
const recordFor = 10 * time.Second

// hotkeyRecord writes the profile's line for a key that is pressed now, and says where it would clash.
func (d door) hotkeyRecord(ctx context.Context, c *cli.Context) error {
	if err := wantArgs(c, 0, 1); err != nil {
		return err
	}
	name := c.Args().First()
	if name == "" {
		name = "payment_window"
	}
	known := []string{"main_window", "payment_window", "pay.wechat", "pay.alipay", "teach_amount", "relogin"}
	if !slices.Contains(known, name) {
		return words.Fail(errUsage, "cli.hotkey.name", "name", clip(name)).Advise("cli.hotkey.name.hint", "known", strings.Join(known, " "))
	}
	t, err := openTill(ctx, d.globals(c), looking)
	if err != nil {
		return err
	}
	chord, err := d.pressed(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintln(d.out, hotkeyLine(name, chord))
	if faults := profile.KeyFaults(name, chord); len(faults) > 0 {
		d.say(faults[0].Key, "chord", chord.Label(), "name", name)
		return verdict{exitConflict}
	}
	if slices.Contains(t.profile.PosKeys, chord) {
		d.say("cli.hotkey.pos_key", "chord", chord.Label())
		return verdict{exitConflict}
	}
	for other, has := range t.profile.Chords() {
		if has == chord && other != name {
			d.say("cli.hotkey.double", "chord", chord.Label(), "name", other)
			return verdict{exitConflict}
		}
	}
	return nil
}

// hotkeyLine is a chord as it stands in a profile.
func hotkeyLine(name string, chord keys.Chord) string {
	if group, one, nested := strings.Cut(name, "."); nested {
		return fmt.Sprintf("hotkeys: {%s: {%s: %s}}", group, one, chord)
	}
	return fmt.Sprintf("hotkeys: {%s: %s}", name, chord)
}

// pressed waits for a key.
func (d door) pressed(ctx context.Context) (keys.Chord, error) {
	desk, err := desktop.Open()
	if err != nil {
		return keys.Chord{}, err
	}
	defer desk.Close()
	device, err := input.Open(desk, input.Options{})
	if err != nil {
		return keys.Chord{}, err
	}
	defer device.Close()
	d.say("cli.hotkey.press")
	ctx, cancel := context.WithTimeoutCause(ctx, recordFor, errNothingPressed)
	defer cancel()
	chord, err := device.Record(ctx)
	if errors.Is(err, errNothingPressed) {
		err = words.Fail(errNothingPressed, "cli.hotkey.nothing")
	}
	return chord, err
}

var errNothingPressed = errors.New("no key was pressed")
