package main

import (
	"sync"
	"time"

	"cpos/engine/keys"
)

// twice hears a scanner that is heard in two ways, and passes each of its scans on once.
type twice struct {
	sink func(keys.Event)

	mu   sync.Mutex
	last keys.Event
	by   heardBy
}

// heardBy is a way in which a scanner is heard.
type heardBy uint8

const (
	byKeys heardBy = iota + 1 // among the keys of the keyboard
	byLine                    // on a line of its own
)

// sameScan is how much later the one way may tell of a scan than the other.
const sameScan = time.Second

// from gives what hears one way.
func (t *twice) from(way heardBy) func(keys.Event) {
	return func(e keys.Event) {
		if e.Kind == keys.HeardScan && t.told(e, way) {
			return
		}
		t.sink(e)
	}
}

// told says that the other way has told of this scan already.
func (t *twice) told(e keys.Event, way heardBy) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if e.Text == t.last.Text && way != t.by && e.At.Sub(t.last.At) < sameScan {
		t.last = keys.Event{}
		return true
	}
	t.last, t.by = e, way
	return false
}
