package input

import (
	"sync"
	"time"
)

// imeGuard closes the input method of a program while keys of a plan are typed into it, which would otherwise
// become the beginning of a Chinese word, and opens it again. A scanner needs no such thing: its keys are heard
// before any input method hears them, and what is given back goes the way of all keys.
type imeGuard struct {
	guard *guard                    // opens it where this program cannot any more
	there func(window uintptr) bool // the window has the keyboard; nil where an input method belongs to its window

	mu     sync.Mutex
	method string  // what was open, as openMethod understands it; "" while none was closed
	asked  uintptr // the window last asked about
	again  *time.Timer
	last   time.Time
}

// imeRest is how long after the last key an input method stays closed.
const imeRest = 300 * time.Millisecond

// close closes the input method of a window. It looks once for each run of keys.
func (g *imeGuard) close(window uintptr) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	fresh := window != g.asked || now.Sub(g.last) > imeRest
	g.asked, g.last = window, now
	if fresh && g.method == "" && g.at(window) {
		if method := openMethodOf(window); method != "" {
			_ = g.guard.keep(method) // without a guard the plan is typed no worse
			openMethod(method, false)
			g.method = method
		}
	}
	if g.method == "" {
		return
	}
	if g.again == nil {
		g.again = time.AfterFunc(imeRest, g.rested)
		return
	}
	g.again.Reset(imeRest)
}

func (g *imeGuard) at(window uintptr) bool { return g.there == nil || g.there(window) }

// rested opens what was closed if no key came since, and where it would be another window's later.
func (g *imeGuard) rested() {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch left := imeRest - time.Since(g.last); {
	case g.method == "":
	case left > 0:
		g.again.Reset(left)
	case !g.at(g.asked):
		g.again.Reset(imeRest)
	default:
		g.openNow()
	}
}

// open opens again what was closed, and for good.
func (g *imeGuard) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.again != nil {
		g.again.Stop()
	}
	g.openNow()
}

func (g *imeGuard) openNow() {
	if g.method == "" {
		return
	}
	openMethod(g.method, true)
	g.method = ""
	_ = g.guard.keep("") // a guard that is gone opens nothing
}
