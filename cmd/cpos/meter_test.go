package main

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"cpos/engine/words"
)

func TestTheMeterSaysHowMuchIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen bytes.Buffer
		m := &meter{streams: streams{lang: words.English}, to: &seen, began: time.Now(), shown: time.Now()}
		for done := 1000; done <= 4000; done += 500 {
			time.Sleep(500 * time.Millisecond)
			m.show(done, 8000)
		}
		m.end()
		lines := strings.Split(seen.String(), "\r")
		if len(lines) != 6 || lines[1] != "1500 of 8000 facts, 1500 a second, 4s left" || strings.TrimSpace(lines[4]) != "" {
			t.Errorf("%q", lines)
		}
	})
	var quiet bytes.Buffer
	m := streams{err: &quiet, lang: words.English}.meter()
	m.shown = time.Time{}
	m.show(1, 2)
	m.end()
	if quiet.Len() != 0 {
		t.Errorf("a pipe got %q", &quiet)
	}
}
