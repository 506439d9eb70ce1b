// Package window owns the local face of a till: the payment window that the cashier sees beside the POS.
//
// It promises that the window is made once and only moved after that, that it takes the keyboard only where
// something must be typed and gives it back, and that it lies over no region of the profile unless it says
// so. It decides nothing about money: it shows a face.View and hands face.Intents to a face.Desk.
package window

import (
	"errors"
	"image"

	"cpos/engine/face"
	"cpos/engine/words"
)

// ErrNone is the kind of a Problem that says why there can be no window here.
var ErrNone = errors.New("no window")

// Options say where a window may stand and whom it tells. Points and rectangles are px of the screen.
// Functions are called from the window's own goroutine and must not wait.
type Options struct {
	Desk  face.Desk
	Lang  words.Lang
	Touch bool // a keypad for tills without a keyboard

	// Screen is the part of the screen the window may use; empty means all of it.
	Screen image.Rectangle
	// Avoid gives the regions of the profile as they stand now; nil means none.
	Avoid func() []image.Rectangle
	// Beside gives the POS window as it stands now; nil or empty means none is known.
	Beside func() image.Rectangle
	// Home is where the cashier left the window last time; nil means nowhere yet.
	Home *image.Point

	// Moved tells that the cashier put the window somewhere else; the caller may remember it as Home.
	Moved func(image.Point)
	// Placed tells, before the window is seen, whether it had to cover a region: then what stands in that
	// region cannot be read again and payment must wait for Enter.
	Placed func(covers bool)
	// Ended tells that the system took the window away, with the cause if there is one.
	Ended func(error)
}

func (o Options) avoid() []image.Rectangle {
	if o.Avoid == nil {
		return nil
	}
	return o.Avoid()
}

func (o Options) beside() image.Rectangle {
	if o.Beside == nil {
		return image.Rectangle{}
	}
	return o.Beside()
}
