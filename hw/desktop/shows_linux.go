package desktop

import (
	"image"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// Shows says that a point of the desktop (in px) belongs to the window: nothing lies over it there.
func (d *Desktop) Shows(id uintptr, p image.Point) bool { return Shows(d.c, d.root, id, p) }

// Shows asks on a connection of the caller's own.
func Shows(c *xgb.Conn, root xproto.Window, id uintptr, p image.Point) bool {
	at, err := xproto.TranslateCoordinates(c, root, root, int16(p.X), int16(p.Y)).Reply()
	if err != nil || at.Child == 0 {
		return false
	}
	for w := xproto.Window(id); ; {
		if w == at.Child {
			return true
		}
		tree, err := xproto.QueryTree(c, w).Reply()
		if err != nil || tree.Parent == 0 {
			return false
		}
		w = tree.Parent
	}
}
