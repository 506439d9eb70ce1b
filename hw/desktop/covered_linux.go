package desktop

import (
	"image"
	"slices"

	"github.com/jezek/xgb/xproto"
)

// Covered says whether a window of any program lies over a rectangle of the desktop (in px) that this
// window shows: a tooltip, a list of an input method, a message. True also when the window is gone.
func (d *Desktop) Covered(id uintptr, r image.Rectangle) bool {
	own := d.outermost(xproto.Window(id))
	tree, err := xproto.QueryTree(d.c, d.root).Reply() // the lowest comes first
	if err != nil || own == 0 {
		return true
	}
	at := slices.Index(tree.Children, own)
	if at < 0 {
		return true
	}
	return slices.ContainsFunc(tree.Children[at+1:], func(w xproto.Window) bool { return d.liesOver(w, r) })
}

// outermost is the child of the root that holds a window: its frame, or the window itself; 0 when gone.
func (d *Desktop) outermost(w xproto.Window) xproto.Window {
	for {
		tree, err := xproto.QueryTree(d.c, w).Reply()
		if err != nil || tree.Parent == 0 {
			return 0
		}
		if tree.Parent == d.root {
			return w
		}
		w = tree.Parent
	}
}

// liesOver asks whether something is drawn there by a child of the root. One that takes input only draws
// nothing.
func (d *Desktop) liesOver(w xproto.Window, r image.Rectangle) bool {
	state := xproto.GetWindowAttributes(d.c, w)
	place := xproto.GetGeometry(d.c, xproto.Drawable(w))
	a, err := state.Reply()
	if err != nil || a.MapState != xproto.MapStateViewable || a.Class != xproto.WindowClassInputOutput {
		return false
	}
	g, err := place.Reply()
	if err != nil {
		return false // it went meanwhile
	}
	outer := image.Rect(0, 0, int(g.Width)+2*int(g.BorderWidth), int(g.Height)+2*int(g.BorderWidth))
	return outer.Add(image.Pt(int(g.X), int(g.Y))).Overlaps(r)
}
