//go:build nowindow

package main

import "errors"

// showWindow says that this build draws nothing: Gio needs cgo on Linux.
func showWindow(*till, settings, func()) error {
	return errors.New("this build has no windows: build it with cgo and -tags 'x11 nowayland'")
}
