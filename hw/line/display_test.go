package line

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"cpos/engine/capture"
)

// said wants a display to tell these lines, and gives the serial.
func said(t *testing.T, d *Display, want ...string) uint64 {
	t.Helper()
	told, err := d.Said(t.Context())
	if err != nil || !slices.Equal(told.Lines, want) {
		t.Fatalf("told %q, %v, want %q", told.Lines, err, want)
	}
	return told.Serial
}

func TestWhatIsANewTelling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, err := NewDisplay(DisplayOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Said(t.Context()); !errors.Is(err, capture.ErrSilent) {
			t.Errorf("before the first byte: %v", err)
		}
		show := func(text string) { d.hear([]byte("\x0c" + text)) }
		show("12.50")
		first := said(t, d, "12.50", "")
		time.Sleep(time.Minute)
		if said(t, d, "12.50", "") != first {
			t.Error("time alone is no telling")
		}
		show("12.50")
		again := said(t, d, "12.50", "")
		if again <= first {
			t.Error("the same text a minute later is a new telling")
		}
		for range 100 { // refreshed without a pause in it, and with one
			time.Sleep(300 * time.Millisecond)
			show("12.50")
			time.Sleep(100 * time.Millisecond)
			d.hear([]byte("\x0c12."))
			time.Sleep(5 * time.Millisecond)
			d.hear([]byte("50"))
		}
		if said(t, d, "12.50", "") != again {
			t.Error("a refresh is no telling")
		}
		show("0.00")
		time.Sleep(time.Second) // nobody asks
		show("12.50")
		if said(t, d, "12.50", "") <= again+1 {
			t.Error("what stood between is a telling, whether somebody asked or not")
		}
		d.hear([]byte("\x0c"))
		said(t, d, "", "")
		time.Sleep(time.Hour)
		if _, err := d.Said(t.Context()); !errors.Is(err, capture.ErrSilent) {
			t.Errorf("an hour later: %v", err)
		}
	})
}

func TestATextIsToldOnlyWhenTheWriterPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, err := NewDisplay(DisplayOptions{Rows: 1})
		if err != nil {
			t.Fatal(err)
		}
		d.hear([]byte("\x0c123.45"))
		go func() {
			d.hear([]byte("\x0b")) // home; every digit is written over, slowly
			for _, c := range []byte("976.20") {
				time.Sleep(20 * time.Millisecond)
				d.hear([]byte{c})
			}
		}()
		time.Sleep(30 * time.Millisecond)
		said(t, d, "976.20")
		done := make(chan struct{})
		go func() {
			defer close(done)
			for range 40 {
				time.Sleep(40 * time.Millisecond)
				d.hear([]byte("\x0crunning"))
			}
		}()
		time.Sleep(100 * time.Millisecond)
		if _, err := d.Said(t.Context()); !errors.Is(err, capture.ErrSilent) || !errors.Is(err, errWriting) {
			t.Errorf("running text: %v", err)
		}
		<-done
	})
}

func TestTheLampSaysWhichNumberItIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, err := NewDisplay(DisplayOptions{Rows: 1, Protocol: CD5220})
		if err != nil {
			t.Fatal(err)
		}
		for lamp, want := range map[string]string{"\x1bs2": "8.00", "\x1bs4": "找零 8.00", "\x1bs1": "单价 8.00", "\x1bs0": "8.00", "": "8.00"} {
			d.hear([]byte("\x0c\x1bQA8.00\r" + lamp))
			said(t, d, want)
		}
	})
}
