package input

import (
	"errors"
	"io"
	"testing"
	"time"
)

// The thread that hears a device gets recorded events, as the system brings them, until the device is pulled out.
func TestOnWindowsRecordedEventsOfAScannerAreItsText(t *testing.T) {
	const scanner = 0x10045
	var events []rawEvent
	for _, b := range recordedEvents(t) {
		if e, ok := readRawEvent(b); ok {
			events = append(events, e)
		}
	}
	p, err := openRaw(scanner, func(message uintptr) rawEvent { return events[message] })
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for i := range events {
		if ok, _, err := procPostThreadMessage.Call(uintptr(p.thread), msgRaw, 0, uintptr(i)); ok == 0 {
			t.Fatal(err)
		}
	}
	for _, device := range []uintptr{0x20011, scanner} { // of another one the scanner goes on
		_, _, _ = procPostThreadMessage.Call(uintptr(p.thread), msgRawChange, rawRemoval, device)
	}
	_ = p.SetReadDeadline(time.Now().Add(2 * time.Minute))
	typed, err := io.ReadAll(p)
	if string(typed) != "]C012\r" || err != nil && !errors.Is(err, io.EOF) {
		t.Errorf("heard %q, %v", typed, err)
	}
}
