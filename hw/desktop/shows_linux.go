package desktop

import (
	"image"

	"github.com/jezek/xgb/xproto"
)

// Shows says that a point of the desktop (in px) belongs to the window: nothing lies over it there.
func (d *Desktop) Shows(id uintptr, p image.Point) bool {
	at, err := xproto.TranslateCoordinates(d.c, d.root, d.root, int16(p.X), int16(p.Y)).Reply()
	if err != nil || at.Child == 0 {
		return false
	}
	for w := xproto.Window(id); ; {
		if w == at.Child {
			return true
		}
		tree, err := xproto.QueryTree(d.c, w).Reply()
		if err != nil || tree.Parent == 0 {
			return false
		}
		w = tree.Parent
	}
}
