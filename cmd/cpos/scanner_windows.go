package main

import (
	"context"

	"cpos/engine/words"
	"cpos/hw/port"
)

// deviceScanner says that scanners are not told from the keyboard here: the system shows whose key came only
// after every program has had it.
func deviceScanner(string) port.Opener {
	return func(context.Context) (port.Port, error) {
		return nil, words.Fail(errScannerAway, "input.no_device_scanner").Advise("input.no_device_scanner.hint")
	}
}
