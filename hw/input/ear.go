package input

import (
	"time"

	"cpos/engine/keys"
)

// rawKey is one key going down or up, as the system tells it.
type rawKey struct {
	code uint16 // X11 key code, or Windows virtual key
	scan uint16 // Windows scan code with its extended bit; 0 on X11
	down bool
	mod  bool // Shift, Ctrl, Alt or Super
}

// Times of the ear beyond the rule of the detector.
const (
	modsWait = 300 * time.Millisecond // how long giving back waits for modifiers to come up
	drainFor = 150 * time.Millisecond // how long the keys of a scan may take to come up
)

// ear holds back keys until the detector has decided on them. It is the part of hearing that is the same
// on every system, and it touches none.
//
// Keys are held as they came, presses and releases and modifiers, so that what is given back is what the
// hand did. Giving back waits until the modifiers that went down among the held keys are up again:
// otherwise the first digits would be given back under a Shift that was pressed after them.
type ear struct {
	det     *keys.Detector
	packet  *packet         // the newest held stroke; what follows it belongs to it
	waiting []rawKey        // decided, waits for modifiers
	down    map[uint16]bool // keys whose press was kept back and whose release has not come
	mods    map[uint16]bool // the modifiers among them
	last    time.Time       // when the newest key went down or came up
}

// packet is a press with all that followed before the next one.
type packet struct{ events []rawKey }

// outcome is what is to be done after a key.
type outcome struct {
	scan string
	how  keys.Verdict // of the scan
	back []rawKey     // to be pressed, in order
	pass bool         // back is this very key and nothing was held: it may simply be let through
}

// event tells of the scan.
func (o outcome) event() keys.Event {
	return keys.Event{Kind: keys.HeardScan, Text: o.scan, Ends: o.how.Ends, Gaps: o.how.Gaps, At: time.Now()}
}

func newEar(rule keys.BurstRule) *ear {
	return &ear{det: keys.NewDetector(rule), down: map[uint16]bool{}, mods: map[uint16]bool{}}
}

// press takes a key that went down, with its character (0 for none) and its time.
func (e *ear) press(k rawKey, char rune, at time.Time) outcome {
	e.last = at
	switch {
	case len(e.waiting) > 0:
		return e.wait(k)
	case k.mod && !e.det.Holding():
		return outcome{pass: true} // the system's own state carries it
	case k.mod:
		e.down[k.code], e.mods[k.code] = true, true
		e.packet.events = append(e.packet.events, k)
		return outcome{}
	}
	held := e.det.Holding()
	p := &packet{events: []rawKey{k}}
	v := e.det.Stroke(keys.Stroke{Rune: char, At: at, Raw: p})
	if !held && len(v.Back) == 1 && len(e.mods) == 0 {
		up := k
		up.down = false
		return outcome{back: []rawKey{k, up}, pass: true}
	}
	e.down[k.code] = true
	if e.det.Holding() {
		e.packet = p
	}
	return e.settle(v)
}

// release takes a key that came up. It is true when the release is the ear's own business, because the
// press was kept back.
func (e *ear) release(k rawKey, at time.Time) (out outcome, ours bool) {
	if !e.down[k.code] {
		return outcome{}, false
	}
	e.last = at
	delete(e.down, k.code)
	delete(e.mods, k.code)
	switch {
	case len(e.waiting) > 0:
		return e.wait(k), true
	case e.det.Holding():
		e.packet.events = append(e.packet.events, k)
	}
	return outcome{}, true
}

// wait adds a key to what waits for modifiers, and gives all back once they are up.
func (e *ear) wait(k rawKey) outcome {
	e.waiting = append(e.waiting, k)
	if k.down {
		e.down[k.code] = true
		if k.mod {
			e.mods[k.code] = true
		}
	}
	const most = 256 // a held key repeats
	if len(e.mods) > 0 && len(e.waiting) < most {
		return outcome{}
	}
	return e.giveBack()
}

// expire decides, because no key came in time.
func (e *ear) expire() outcome {
	if len(e.waiting) > 0 {
		return e.giveBack()
	}
	if at, held := e.det.Deadline(); held {
		return e.settle(e.det.Expire(at))
	}
	clear(e.down) // a scan's key that never came up
	clear(e.mods)
	return outcome{}
}

// flush gives back what is held, undecided.
func (e *ear) flush() outcome {
	out := e.settle(e.det.Flush())
	if len(e.waiting) > 0 {
		out.back = append(out.back, e.giveBack().back...)
	}
	return out
}

func (e *ear) settle(v keys.Verdict) outcome {
	back := v.Back
	if len(back) > 0 && len(e.mods) > 0 {
		back = append(back, e.det.Flush().Back...) // what came after what waits must wait behind it
	}
	for _, s := range back {
		e.waiting = append(e.waiting, s.Raw.(*packet).events...)
	}
	out := outcome{scan: v.Scan, how: v}
	if len(e.waiting) > 0 && len(e.mods) == 0 {
		out.back = e.giveBack().back
	}
	return out
}

// giveBack ends every key in what waits, those that are still held too: their release is then nobody's.
func (e *ear) giveBack() outcome {
	back := e.waiting
	e.waiting = nil
	open := map[uint16]rawKey{}
	var order []uint16
	for _, k := range back {
		if _, held := open[k.code]; k.down && !held {
			order = append(order, k.code)
		}
		if k.down {
			open[k.code] = k
		} else {
			delete(open, k.code)
		}
	}
	for i := len(order) - 1; i >= 0; i-- {
		if k, held := open[order[i]]; held {
			k.down = false
			back = append(back, k)
			delete(open, order[i])
		}
	}
	return outcome{back: back}
}

// due says when expire must decide, on the clock of the keys' own times, and whether keys are held back or
// those of a scan are not yet up.
func (e *ear) due() (at time.Time, busy bool) {
	at, holding := e.det.Deadline()
	switch {
	case len(e.waiting) > 0:
		return e.last.Add(modsWait), true
	case holding:
		return at, true
	case len(e.down) > 0:
		return e.last.Add(drainFor), true
	}
	return time.Time{}, false
}

func (e *ear) busy() bool {
	_, busy := e.due()
	return busy
}

// late says that an Enter now would still belong to the last scan.
func (e *ear) late() bool {
	_, late := e.det.Late(e.last)
	return late
}
