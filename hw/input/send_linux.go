package input

import (
	"context"
	"errors"
	"fmt"
	"image"
	"slices"
	"time"

	"github.com/jezek/xgb/xproto"
	"github.com/jezek/xgb/xtest"

	"cpos/engine/keys"
	"cpos/hw/desktop"
)

// send sends the first tap if guard has the keyboard and no modifier is held. Looking and pressing happen while
// the server listens to nobody else, so no other window can come to the front between the two.
func (k *keyboard) send(ctx context.Context, guard uintptr, all []tap) (sent int, err error) {
	if guard != 0 {
		k.ime.close(guard)
	}
	if failed := k.call(ctx, func() { err = k.sendNow(guard, all[0]) }); failed != nil {
		return 0, failed
	}
	if err != nil {
		return 0, err
	}
	return 1, nil
}

// arrived has nothing to wait for: what was sent while nobody else was served has arrived.
func (k *keyboard) arrived(context.Context) error { return nil }

func (k *keyboard) sendNow(guard uintptr, t tap) error {
	return k.alone(guard, heldMods, func(state uint16) error {
		strokes, group, err := k.strokes(t, state)
		if err != nil {
			return err
		}
		k.line.Together(func() {
			defer k.groups.put(k.x, group, state)()
			k.inject(strokes)
		})
		return nil
	})
}

// alone does something while the server listens to nobody else, if guard has the keyboard and nothing of
// busy is held down. It is told the state of modifiers and buttons.
func (k *keyboard) alone(guard uintptr, busy uint16, do func(state uint16) error) error {
	k.watchdog.Reset(hungAfter) // nobody else is served while we hold the server
	defer k.watchdog.Stop()
	xproto.GrabServer(k.x)
	defer k.x.Sync() // all is sent when this returns
	defer xproto.UngrabServer(k.x)
	pointer, err := xproto.QueryPointer(k.x, k.root).Reply()
	switch {
	case err != nil:
		return fmt.Errorf("ask the display for its keys: %w", err)
	case pointer.Mask&busy != 0:
		return keys.ErrModifiers
	case guard != 0 && !slices.Contains(desktop.FocusPath(k.x), xproto.Window(guard)):
		return keys.ErrNotInFront
	case guard != 0 && k.heldOver(xproto.Window(guard)):
		return keys.ErrLocked
	}
	return do(pointer.Mask)
}

// heldOver says that another program holds the whole keyboard and lies over a window, as a locked screen does:
// the window still has the focus then, and the keys go to the other program. A menu of the window's own program
// holds the keyboard too; its keys are meant for it.
func (k *keyboard) heldOver(w xproto.Window) bool {
	g, err := xproto.GetGeometry(k.x, xproto.Drawable(w)).Reply()
	if err != nil {
		return false // it is gone, and the press finds nobody
	}
	middle, err := xproto.TranslateCoordinates(k.x, w, k.root, int16(g.Width/2), int16(g.Height/2)).Reply()
	if err != nil || k.grabbed || desktop.Shows(k.x, k.root, uintptr(w), image.Pt(int(middle.DstX), int(middle.DstY))) {
		return false
	}
	top, err := xproto.TranslateCoordinates(k.x, k.root, k.root, middle.DstX, middle.DstY).Reply()
	if owner := ^xproto.Setup(k.x).ResourceIdMask; err != nil || uint32(top.Child)&owner == uint32(w)&owner {
		return false
	}
	got, err := xproto.GrabKeyboard(k.x, false, k.root, xproto.TimeCurrentTime, xproto.GrabModeAsync, xproto.GrabModeAsync).Reply()
	if err == nil && got.Status == xproto.GrabStatusSuccess {
		xproto.UngrabKeyboard(k.x, xproto.TimeCurrentTime)
		return false
	}
	return err == nil && got.Status == xproto.GrabStatusAlreadyGrabbed
}

// click presses the left button at a point of a window's client area, if the window has the keyboard and
// nothing lies over it there. As with keys, looking and clicking are one: a window that moves is hit.
func (k *keyboard) click(ctx context.Context, w desktop.Window, p image.Point) error {
	const buttons = xproto.ButtonMask1 | xproto.ButtonMask2 | xproto.ButtonMask3
	var err error
	var at image.Point
	failed := k.call(ctx, func() {
		err = k.alone(w.ID, heldMods|buttons, func(uint16) error {
			to, err := xproto.TranslateCoordinates(k.x, xproto.Window(w.ID), k.root, int16(p.X), int16(p.Y)).Reply()
			if err != nil {
				return keys.ErrNoWindow
			}
			at = image.Pt(int(to.DstX), int(to.DstY))
			if !desktop.Shows(k.x, k.root, w.ID, at) {
				return fmt.Errorf("another window lies over it: %w", keys.ErrNotInFront)
			}
			k.line.Together(func() { k.clickAt(at) })
			return nil
		})
	})
	if failed != nil || err != nil {
		return errors.Join(failed, err)
	}
	return k.clicked(ctx, w, p, at)
}

// clicked waits until the click has gone through. A window manager may take every click first and pass it
// on after a look (ICCCM has no word against it); where the window is then, or is not, the click goes.
func (k *keyboard) clicked(ctx context.Context, w desktop.Window, p, at image.Point) error {
	const patience, again = 500 * time.Millisecond, 2 * time.Millisecond
	for begin := time.Now(); time.Since(begin) < patience; {
		var held, there bool
		failed := k.call(ctx, func() {
			pointer, err := xproto.QueryPointer(k.x, k.root).Reply()
			held = err == nil && pointer.Mask&xproto.ButtonMask1 != 0
			to, err := xproto.TranslateCoordinates(k.x, xproto.Window(w.ID), k.root, int16(p.X), int16(p.Y)).Reply()
			there = err == nil && image.Pt(int(to.DstX), int(to.DstY)) == at
		})
		if failed != nil {
			return failed
		}
		if !there {
			return keys.ErrMoved
		}
		if !held {
			return nil
		}
		if err := sleep(ctx, again); err != nil {
			return err
		}
	}
	return nil // the cashier holds the button
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}

func (k *keyboard) clickAt(at image.Point) {
	if !k.blocked.IsZero() {
		xproto.UngrabPointer(k.x, xproto.TimeCurrentTime)
		defer k.grabPointer()
	}
	const left = 1
	xtest.FakeInput(k.x, xproto.MotionNotify, 0, 0, k.root, int16(at.X), int16(at.Y), 0)
	xtest.FakeInput(k.x, xproto.ButtonPress, left, 0, k.root, 0, 0, 0)
	xtest.FakeInput(k.x, xproto.ButtonRelease, left, 0, k.root, 0, 0, 0)
}

// strokes turns a tap into keys of one layout under the present state of CapsLock and NumLock.
func (k *keyboard) strokes(t tap, state uint16) (all []rawKey, group byte, err error) {
	sym := symbols[t.chord.Key]
	mods := t.chord.Mods
	if t.char != 0 {
		sym = symbolOf(t.char)
	}
	at, ok := k.keymap.places[sym]
	if code, spare := k.spare.lookup(t.char); spare && t.char != 0 {
		at, ok = place{code: code}, true
	}
	if !ok || sym == 0 {
		return nil, 0, fmt.Errorf("press %s: this keyboard has no such key", t)
	}
	shift := at.shifted
	switch letter := t.char >= 'a' && t.char <= 'z' || t.char >= 'A' && t.char <= 'Z'; {
	case sym >= symKP0 && sym <= symKP0+9 || sym == symbols["kp_decimal"]:
		shift = state&k.keymap.numLock == 0 // Shift stands in for NumLock
	case letter && state&xproto.ModMaskLock != 0:
		shift = !shift
	}
	if shift {
		mods |= keys.Shift
	}
	var down []rawKey
	for _, m := range []struct {
		mod keys.Mods
		sym xproto.Keysym
	}{{keys.Ctrl, symCtrlL}, {keys.Alt, symAltL}, {keys.Super, symSuperL}, {keys.Shift, symShiftL}} {
		if mods&m.mod == 0 {
			continue
		}
		mod, ok := k.keymap.places[m.sym]
		if !ok {
			return nil, 0, fmt.Errorf("press %s: this keyboard has no such modifier", t)
		}
		down = append(down, rawKey{code: uint16(mod.code), down: true})
	}
	down = append(down, rawKey{code: uint16(at.code), down: true})
	all = slices.Clone(down)
	for i := len(down) - 1; i >= 0; i-- {
		all = append(all, rawKey{code: down[i].code})
	}
	return all, at.group, nil
}

// inject presses keys with our own grabs of them out of the way. The caller holds the server.
func (k *keyboard) inject(all []rawKey) {
	xproto.UngrabKeyboard(k.x, xproto.TimeCurrentTime)
	k.grabbed = false
	if !k.blocked.IsZero() {
		defer k.grabAll(true)
	}
	var codes []xproto.Keycode
	for _, key := range all {
		if code := xproto.Keycode(key.code); !slices.Contains(codes, code) {
			codes = append(codes, code)
			xproto.UngrabKey(k.x, code, k.root, xproto.ModMaskAny)
		}
	}
	k.fake(all)
	for c, sync := range k.have {
		if slices.Contains(codes, c.code) {
			xproto.GrabKey(k.x, false, k.root, c.mods, c.code, xproto.GrabModeAsync, keyboardMode(sync))
		}
	}
}

// fake makes the server see keys. One that goes down twice comes up in between: the server drops a press of
// a key that is down, and its release may have gone elsewhere while the keyboard was in nobody's hand.
func (k *keyboard) fake(all []rawKey) {
	down := map[uint16]bool{}
	send := func(kind byte, code uint16) { xtest.FakeInput(k.x, kind, byte(code), 0, k.root, 0, 0, 0) }
	for _, key := range all {
		switch {
		case !key.down:
			send(xproto.KeyRelease, key.code)
		case down[key.code]:
			send(xproto.KeyRelease, key.code)
			fallthrough
		default:
			send(xproto.KeyPress, key.code)
		}
		down[key.code] = key.down
	}
}

// replay gives keys back to whatever is in front. A key that is still down would not go down again, so
// each is let up first, while the keyboard is ours and nobody sees it.
func (k *keyboard) replay(all []rawKey) {
	if !k.blocked.IsZero() {
		return // for nobody
	}
	const most = 128 // more requests at once than the connection counts would never leave
	for len(all) > 0 {
		if k.loose > most {
			k.x.Sync()
		}
		n := min(len(all), most)
		for n < len(all) && !all[n].down {
			n++ // a key stays whole
		}
		k.line.Together(func() { k.replayNow(all[:n]) })
		k.x.Sync()
		k.loose = 0
		all = all[n:]
	}
}

func (k *keyboard) replayNow(all []rawKey) {
	xproto.GrabServer(k.x)
	if !k.grabbed {
		k.grabAll(true)
	}
	for _, key := range all {
		if key.down {
			xtest.FakeInput(k.x, xproto.KeyRelease, byte(key.code), 0, k.root, 0, 0, 0)
		}
	}
	k.inject(all)
	xproto.UngrabServer(k.x)
}

// prepare puts characters that the layout does not have onto spare keys, as many as there is room for,
// and says how many taps from the first can now be sent.
func (k *keyboard) prepare(ctx context.Context, all []tap) (ready int, err error) {
	for evict := false; ; evict = true {
		var wait time.Duration
		if failed := k.call(ctx, func() { ready, wait, err = k.mapSpare(all, evict) }); failed != nil {
			return 0, failed
		}
		if err != nil || wait == 0 {
			return ready, err
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		}
		if ready > 0 {
			return ready, nil
		}
	}
}
