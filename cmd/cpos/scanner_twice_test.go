package main

import (
	"strings"
	"testing"
	"time"

	"cpos/engine/keys"
)

func TestAScannerThatIsHeardInTwoWaysScansOnce(t *testing.T) {
	var got []string
	both := twice{sink: func(e keys.Event) { got = append(got, e.Text+e.Name) }}
	keyboard, line := both.from(byKeys), both.from(byLine)
	now := time.Now()
	scan := func(text string, after time.Duration) keys.Event {
		return keys.Event{Kind: keys.HeardScan, Text: text, At: now.Add(after)}
	}
	keyboard(scan("a", 0))
	line(scan("a", 20*time.Millisecond)) // the same
	line(scan("b", 3*time.Second))       // what the keyboard missed
	line(scan("b", 5*time.Second))       // scanned again
	keyboard(scan("b", 5*time.Second))
	line(scan("c", 9*time.Second))
	keyboard(scan("c", 12*time.Second)) // much later: scanned again
	keyboard(keys.Event{Kind: keys.HeardHotkey, Name: "key"})
	if said := strings.Join(got, " "); said != "a b b c c key" {
		t.Errorf("heard %s", said)
	}
}
