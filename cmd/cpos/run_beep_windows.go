package main

import (
	"time"

	"golang.org/x/sys/windows"
)

// beepGap keeps beeps apart for the ear.
const beepGap = 200 * time.Millisecond

var messageBeep = windows.NewLazySystemDLL("user32.dll").NewProc("MessageBeep")

// beep plays the system's warning sound (MB_ICONWARNING). A till without sound stays silent.
func beep(times int) {
	for i := range times {
		if i > 0 {
			time.Sleep(beepGap)
		}
		_, _, _ = messageBeep.Call(0x30)
	}
}
