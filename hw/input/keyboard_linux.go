package input

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"sync"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
	"github.com/jezek/xgb/xtest"

	"cpos/engine/keys"
	"cpos/hw/desktop"
)

// keyboard is the X11 keyboard. One goroutine, run, owns everything below its line; others hand it work
// through do, which it takes only while no key is held back. So keys of ours never mix with a burst.
//
// Hearing works by passive grabs. The first key of a possible scan activates one, synchronously: the
// keyboard stands still until this loop takes it whole, which it keeps until the burst is decided. So not
// even a key pressed in that instant overtakes a digit. A loop that hangs meanwhile would freeze every
// keyboard of the desktop; therefore it is free of work, and a watchdog cuts the connection of one that
// stands still, which thaws the keyboard as the end of the process would. Hot-keys are asynchronous.
type keyboard struct {
	x       *xgb.Conn
	line    *desktop.Line // what of x has to go out in one piece
	news    *xgb.Conn     // tells of changes of the layout; the display tells x nothing of them, for it uses XKB
	root    xproto.Window
	tell    func(keys.Event)
	do      chan func()
	quit    chan struct{}
	closing sync.Once
	ended   chan struct{} // closed when run has returned

	ear      *ear
	keymap   *keymap
	armed    keys.Armed
	front    bool
	have     map[combo]bool   // passive grabs in force, true for synchronous ones
	names    map[combo]string // hot-keys by grab, without locks
	taken    map[combo]bool   // refused by the server: another program's
	grabbed  bool             // the whole keyboard
	lateOff  time.Time        // when the grab for a late Enter ends
	lastKey  xproto.Keycode   // the key that went down last
	lastUp   xproto.Timestamp // when it came up, 0 while it is down
	clock    displayClock
	now      time.Time // the display's, as of the newest event
	asked    bool      // for the display's time
	loose    int       // requests since the display last answered one, about
	bell     xproto.Window
	bellAtom xproto.Atom
	watchdog *time.Timer
	spare    *sparePool
	groups   layoutGroups
	record   chan<- keys.Chord // who wants to know the next chord; nil: nobody
	blocked  time.Time         // until when nobody gets the cashier's keys and clicks; zero: they do

	guard guard
	ime   imeGuard // of whoever sends
}

// combo is a key with the exact modifier state under which it is grabbed.
type combo struct {
	code xproto.Keycode
	mods uint16
}

// grab is a passive grab that is wanted: its name in an error, and whether the keyboard is to stand still
// from its key on.
type grab struct {
	label string
	sync  bool
}

func keyboardMode(sync bool) byte {
	if sync {
		return xproto.GrabModeSync
	}
	return xproto.GrabModeAsync
}

// hungAfter is how long the loop may stand still with the keyboard in its hand before the connection is
// cut, which gives the keyboard back.
const hungAfter = time.Second

func openKeyboard(e *ear, tell func(keys.Event)) (*keyboard, error) {
	x, line, err := desktop.DialLine()
	if err != nil {
		return nil, err
	}
	news, err := desktop.Dial()
	if err != nil {
		x.Close()
		return nil, err
	}
	k := &keyboard{x: x, line: line, news: news, root: xproto.Setup(x).DefaultScreen(x).Root, tell: tell, ear: e,
		do: make(chan func()), quit: make(chan struct{}), ended: make(chan struct{}),
		have: map[combo]bool{}, names: map[combo]string{}, taken: map[combo]bool{}}
	if err := k.prepareDisplay(); err != nil {
		x.Close()
		news.Close()
		return nil, err
	}
	return k, nil
}

func (k *keyboard) prepareDisplay() (err error) {
	if err := xtest.Init(k.x); err != nil {
		return fmt.Errorf("the display cannot be typed on (XTEST): %w", err)
	}
	if k.keymap, err = readKeymap(k.x); err != nil {
		return err
	}
	k.spare = newSparePool(k.keymap.spare)
	k.groups = useGroups(k.x)
	return k.hangBell()
}

// hangBell makes what askTime rings: a window that nobody sees, and a property of it.
func (k *keyboard) hangBell() error {
	const name = "CPOS_TIME"
	atom, err := xproto.InternAtom(k.x, false, uint16(len(name)), name).Reply()
	if err != nil {
		return fmt.Errorf("ask the display for its time: %w", err)
	}
	k.bellAtom = atom.Atom
	if k.bell, err = xproto.NewWindowId(k.x); err != nil {
		return fmt.Errorf("ask the display for its time: %w", err)
	}
	err = xproto.CreateWindowChecked(k.x, 0, k.bell, k.root, -1, -1, 1, 1, 0, xproto.WindowClassInputOnly, xproto.WindowNone,
		xproto.CwOverrideRedirect|xproto.CwEventMask, []uint32{1, xproto.EventMaskPropertyChange}).Check()
	if err != nil {
		return fmt.Errorf("ask the display for its time: %w", err)
	}
	return nil
}

// askTime asks the display what time it is (ICCCM 2.1: a change of a property by nothing). The answer
// comes behind every key that came before it. So whether a key was late is told by its own time alone,
// however late this program hears of it.
func (k *keyboard) askTime() {
	k.asked = true
	k.loose++
	xproto.ChangeProperty(k.x, xproto.PropModeAppend, k.bell, k.bellAtom, xproto.AtomString, 8, 0, nil)
}

func (k *keyboard) close() {
	k.closing.Do(func() { close(k.quit) })
	<-k.ended
	k.ime.open()
	k.guard.end()
}

// run is the loop. It ends when close is called or the display is lost.
func (k *keyboard) run() error {
	defer close(k.ended)
	events := make(chan any, 256)
	k.watchdog = time.AfterFunc(time.Hour, k.x.Close)
	k.watchdog.Stop()
	defer k.watchdog.Stop()
	var readers sync.WaitGroup
	readers.Go(func() { k.read(k.x, events) })
	readers.Go(func() { k.read(k.news, events) })
	go func() { readers.Wait(); close(events) }()
	defer func() {
		k.x.Close()
		k.news.Close()
		for range events { // until both readers have ended
		}
	}()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		wait := k.timeout()
		do := k.do
		if k.ear.busy() {
			do = nil
		}
		timer.Stop()
		if wait > 0 {
			timer.Reset(wait)
		}
		select {
		case ev, ok := <-events:
			if !ok || ev == nil {
				return errors.New("the display closed the connection")
			}
			k.event(ev)
		case <-timer.C:
			k.timeUp()
		case work := <-do:
			work()
		case <-k.quit:
			k.letGo()
			return nil
		}
	}
}

// read carries events from a connection to the loop, so that the loop can also wait for time. It ends when
// the connection is closed, which run does last and waits for; nil tells the loop of that.
func (k *keyboard) read(from *xgb.Conn, events chan<- any) {
	for {
		ev, err := from.WaitForEvent()
		if ev == nil && err == nil {
			events <- nil
			return
		}
		if ev == nil {
			continue // an unchecked request failed; the ones that matter are checked
		}
		if _, key := ev.(xproto.KeyPressEvent); key {
			k.watchdog.Reset(hungAfter) // from now on the loop has a keyboard that stands still
		}
		events <- ev
	}
}

// timeout says when the loop must act although nothing happened, 0 for never. It winds the watchdog up
// while the keyboard is in our hand.
func (k *keyboard) timeout() time.Duration {
	if due, busy := k.ear.due(); busy {
		wait := max(k.clock.until(due)-lastLook, time.Microsecond)
		if k.asked {
			wait = hungAfter / 4 // a display that is slow to answer is no loop that hangs
		}
		k.watchdog.Reset(wait + hungAfter)
		return wait
	}
	if !k.blocked.IsZero() {
		wait := max(time.Until(k.blocked), time.Millisecond)
		k.watchdog.Reset(wait + hungAfter)
		return wait
	}
	k.watchdog.Stop()
	if !k.lateOff.IsZero() {
		return max(time.Until(k.lateOff), time.Millisecond)
	}
	return 0
}

func (k *keyboard) timeUp() {
	if k.ear.busy() {
		if !k.asked {
			k.askTime()
		}
		return
	}
	if !k.blocked.IsZero() && !time.Now().Before(k.blocked) {
		k.unblock()
	}
	if !k.lateOff.IsZero() && !time.Now().Before(k.lateOff) {
		k.lateOff = time.Time{}
		k.regrab()
	}
}

// lastLook is how long before a burst is due the display is asked for its time over and over. Timers of the system
// are late by about that much, which a cashier's own digit would be late, too.
const lastLook = time.Millisecond

// toldTime decides what the display's time makes due. A key of that very millisecond is still in time and may
// come behind it.
func (k *keyboard) toldTime(ev xproto.PropertyNotifyEvent) {
	k.asked, k.now = false, k.clock.heard(uint32(ev.Time))
	switch due, busy := k.ear.due(); {
	case busy && k.now.After(due):
		k.settle(k.ear.expire())
	case busy && k.clock.until(due) <= lastLook:
		k.askTime()
	}
}

func (k *keyboard) event(ev any) {
	k.loose += 3 // more than any of them makes
	switch ev := ev.(type) {
	case xproto.KeyPressEvent:
		k.pressed(ev)
	case xproto.KeyReleaseEvent:
		k.releasedKey(ev)
	case xproto.PropertyNotifyEvent:
		k.toldTime(ev)
	case xproto.MappingNotifyEvent:
		k.remapped()
	}
}

func (k *keyboard) pressed(ev xproto.KeyPressEvent) {
	// A held key comes as a release and a press of one instant, with no other key between.
	repeat := ev.Detail == k.lastKey && ev.Time == k.lastUp
	k.lastKey, k.lastUp = ev.Detail, 0
	k.now = k.clock.heard(uint32(ev.Time))
	if k.record != nil {
		k.note(ev)
		return
	}
	if name, ok := k.names[combo{ev.Detail, ev.State & heldMods}]; ok && !k.ear.lateEnter(k.keymap.char(ev.Detail, ev.State), k.now) {
		if k.ear.busy() {
			k.settle(k.ear.flush())
		}
		xproto.AllowEvents(k.x, xproto.AllowAsyncKeyboard, xproto.TimeCurrentTime) // it may begin a scan too
		if !repeat {
			k.tell(keys.Event{Kind: keys.HeardHotkey, Name: name, At: time.Now()})
		}
		return
	}
	if !k.grabbed {
		k.grabAll(true) // thaws it, too
	}
	if !k.listens() {
		return // it came because input is blocked
	}
	if k.keymap.locks[ev.Detail] {
		k.settle(outcome{})
		return // the lock has already turned; pressing it again would turn it back
	}
	char := k.keymap.char(ev.Detail, ev.State)
	if repeat && !k.ear.det.Holding() {
		char = 0 // no scanner holds a key; the first key of a burst is never a repeat
	}
	raw := rawKey{code: uint16(ev.Detail), down: true, mod: k.keymap.mods[ev.Detail]}
	k.settle(k.ear.press(raw, char, k.now))
}

func (k *keyboard) releasedKey(ev xproto.KeyReleaseEvent) {
	if ev.Detail == k.lastKey {
		k.lastUp = ev.Time
	}
	k.now = k.clock.heard(uint32(ev.Time))
	out, ours := k.ear.release(rawKey{code: uint16(ev.Detail), mod: k.keymap.mods[ev.Detail]}, k.now)
	if ours {
		k.settle(out)
	}
}

// settle does what the ear decided, and takes or gives back the whole keyboard as it now needs.
func (k *keyboard) settle(out outcome) {
	if out.scan != "" {
		k.tell(out.event())
	}
	if len(out.back) > 0 {
		k.replay(out.back)
		k.ear.forget()
	}
	late := k.ear.late()
	if late && k.lateOff.IsZero() { // before the keyboard is let go: no Enter may slip between the two
		k.lateOff = time.Now().Add(keys.DefaultLate)
		k.regrab()
	}
	if hold := k.ear.busy() || !k.blocked.IsZero(); hold != k.grabbed {
		k.grabAll(hold)
	}
	if !late && !k.lateOff.IsZero() {
		k.lateOff = time.Time{}
		k.regrab()
	}
}

// grabAll takes the whole keyboard, or lets go of it.
func (k *keyboard) grabAll(on bool) {
	k.grabbed = on
	if !on {
		xproto.UngrabKeyboard(k.x, xproto.TimeCurrentTime)
		return
	}
	// Refused only while another program holds the keyboard, which then has the keys anyway.
	xproto.GrabKeyboard(k.x, false, k.root, xproto.TimeCurrentTime, xproto.GrabModeAsync, xproto.GrabModeAsync)
}

// arm puts new grabs in force. It reports the chords that another program owns. As all work it waits for a
// burst in hand to be decided: a key between two sets of grabs would be nobody's.
func (k *keyboard) arm(ctx context.Context, a keys.Armed, front bool) error {
	var err error
	failed := k.call(ctx, func() {
		k.armed, k.front = a, front
		clear(k.taken)
		err = k.regrab()
	})
	return errors.Join(failed, err)
}

// renew has nothing to do: the display never takes a grab away.
func (k *keyboard) renew(context.Context) error { return nil }

// call runs work in the loop and waits for it. The work is bounded, so only taking it may be given up.
func (k *keyboard) call(ctx context.Context, work func()) error {
	done := make(chan struct{})
	select {
	case k.do <- func() { work(); close(done) }:
		<-done
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-k.ended:
		return ErrGone
	}
}

// regrab brings the passive grabs in line with what is armed.
func (k *keyboard) regrab() error {
	want, names, missing := k.wanted()
	for c := range k.have {
		if _, keep := want[c]; !keep {
			xproto.UngrabKey(k.x, c.code, k.root, c.mods)
			delete(k.have, c)
		}
	}
	type asked struct {
		combo
		cookie xproto.GrabKeyCookie
	}
	var all []asked
	for c, need := range want {
		// A grab that is only to change takes the place of the old one, so that no key falls between.
		if sync, has := k.have[c]; (!has || sync != need.sync) && !k.taken[c] {
			all = append(all, asked{c, xproto.GrabKeyChecked(k.x, false, k.root, c.mods, c.code,
				xproto.GrabModeAsync, keyboardMode(need.sync))})
		}
	}
	refused := map[string]bool{}
	for _, a := range all {
		if err := a.cookie.Check(); err != nil {
			k.taken[a.combo] = true
			refused[want[a.combo].label] = true
			continue
		}
		k.have[a.combo] = want[a.combo].sync
	}
	k.names = names
	errs := missing
	for _, label := range slices.Sorted(maps.Keys(refused)) {
		errs = append(errs, fmt.Errorf("%s: %w", label, keys.ErrKeyTaken))
	}
	return errors.Join(errs...)
}

// wanted lists the grabs that what is armed needs, each with a label for an error, and the hot-keys among
// them. A key that the keyboard does not have is an error of its own.
func (k *keyboard) wanted() (want map[combo]grab, names map[combo]string, missing []error) {
	want, names = map[combo]grab{}, map[combo]string{}
	locked := func(code xproto.Keycode, mods uint16, g grab) {
		for _, lock := range k.keymap.lockStates() {
			want[combo{code, mods | lock}] = g
		}
	}
	scanner := grab{label: "scanner", sync: true}
	if k.armed.Scan && k.front {
		for r := ' '; r <= '~'; r++ {
			if at, ok := k.keymap.places[xproto.Keysym(r)]; ok && keys.Starts(r) {
				mods := uint16(0)
				if at.shifted {
					mods = xproto.ModMaskShift
				}
				locked(at.code, mods, scanner)
			}
		}
	}
	if !k.lateOff.IsZero() {
		for _, sym := range []xproto.Keysym{symEnter, symKPEnter} {
			if at, ok := k.keymap.places[sym]; ok {
				locked(at.code, 0, scanner)
			}
		}
	}
	hot := func(chords map[string]keys.Chord) {
		for _, name := range slices.Sorted(maps.Keys(chords)) {
			at, ok := k.keymap.places[symbols[chords[name].Key]]
			if !ok {
				missing = append(missing, fmt.Errorf("hot-key %q (%s): this keyboard has no such key", name, chords[name]))
				continue
			}
			c := combo{at.code, maskOf(chords[name].Mods)}
			names[c] = name
			locked(c.code, c.mods, grab{label: fmt.Sprintf("hot-key %q (%s)", name, chords[name])})
		}
	}
	hot(k.armed.Hotkeys)
	if k.front {
		hot(k.armed.Modal)
	}
	return want, names, missing
}

// remapped follows a change of the layout, by the user or by our own spare keys.
func (k *keyboard) remapped() {
	fresh, err := readKeymap(k.x)
	if err != nil {
		return // the connection is going; the loop hears of that by itself
	}
	k.keymap = fresh
	k.spare.follow(fresh)
	_ = k.regrab() // what is taken is reported by the next Arm
}

// letGo gives everything back at the end.
func (k *keyboard) letGo() {
	if !k.blocked.IsZero() {
		k.unblock()
	}
	if out := k.ear.flush(); len(out.back) > 0 {
		k.replay(out.back)
	}
	xproto.UngrabKeyboard(k.x, xproto.TimeCurrentTime)
	xproto.UngrabKey(k.x, xproto.GrabAny, k.root, xproto.ModMaskAny)
	k.unmapSpare()
	k.x.Sync()
}

// guardOf gives the guard of input methods, which belong to whatever window has the keyboard.
func (k *keyboard) guardOf(command func() *exec.Cmd, hasKeyboard func(uintptr) bool) {
	k.guard.command, k.ime.guard, k.ime.there = command, &k.guard, hasKeyboard
}

// letModifiersUp has nothing to do: the display does what it was sent whole, also after the end of the sender.
func letModifiersUp() {}
