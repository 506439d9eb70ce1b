//go:build !nowindow && cgo

package window

/*
#cgo pkg-config: x11
#include <unistd.h>
#include <X11/Xlib.h>

static int sayNothing(Display *d) { return 0; }
static void standStill(Display *d, void *nothing) { for (;;) pause(); }
static void outlive(void *d) {
	XSetIOErrorHandler(sayNothing);
	XSetIOErrorExitHandler((Display *)d, standStill, 0);
}
*/
import "C"

import "unsafe"

// outlive keeps Xlib from ending the program when the display is lost. It ends it in the middle of whatever the
// others do, also of a payment, and says nothing that helps anybody. The thread that draws stands still instead,
// for there is nothing left to draw on; the loss is told by the keyboard.
func outlive(display unsafe.Pointer) { C.outlive(display) }
