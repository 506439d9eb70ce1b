package main

import (
	"time"

	"github.com/jezek/xgb/xproto"

	"cpos/hw/desktop"
)

// beepGap keeps beeps apart for the ear.
const beepGap = 200 * time.Millisecond

// beep sounds the display's bell. A till without one stays silent.
func beep(times int) {
	conn, err := desktop.Dial()
	if err != nil {
		return
	}
	defer conn.Close()
	for i := range times {
		if i > 0 {
			time.Sleep(beepGap)
		}
		if xproto.BellChecked(conn, 0).Check() != nil {
			return
		}
	}
}
