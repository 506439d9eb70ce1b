package main

import (
	"fmt"
	"io"
	"os"
	"time"
)

// meter shows how far long work is, in one line that it writes again and again, where a person sees it.
type meter struct {
	streams
	to           io.Writer // nil where nobody sees it
	began, shown time.Time
	width        int
}

// meterEvery is how often the line changes.
const meterEvery = time.Second

func (s streams) meter() *meter {
	m := &meter{streams: s, began: time.Now()}
	m.shown = m.began
	if f, ok := s.err.(*os.File); ok && isTerminal(f) {
		m.to = f
	}
	return m
}

// show takes note of how much is done of how much.
func (m *meter) show(done int, of uint64) {
	now := time.Now()
	if m.to == nil || done == 0 || now.Sub(m.shown) < meterEvery {
		return
	}
	m.shown = now
	took := now.Sub(m.began)
	left := time.Duration(float64(took) * (float64(of)/float64(done) - 1)).Round(time.Second)
	m.line(m.word("cli.ledger.progress", "done", done, "of", of, "rate", int(float64(done)/took.Seconds()), "left", left))
}

// line writes over the line before.
func (m *meter) line(text string) {
	fmt.Fprintf(m.to, "\r%-*s", m.width, text)
	m.width = max(m.width, len(text))
}

// end leaves an empty line behind.
func (m *meter) end() {
	if m.to != nil && m.width > 0 {
		m.line("")
		fmt.Fprint(m.to, "\r")
	}
}
