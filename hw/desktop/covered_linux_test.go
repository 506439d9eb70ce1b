package desktop_test

import (
	"image"
	"testing"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
	"github.com/jezek/xgbutil/ewmh"

	"cpos/engine/keys"
	"cpos/hw/desktop"
)

func TestATooltipOverTheAmountIsNoticed(t *testing.T) {
	d, x := screen(t)
	till := show(t, x, "Pos", func(w xproto.Window) error { return ewmh.WmNameSet(x, w, "till") })
	scene := desktop.Scene{Desktop: d, Window: keys.Window{Title: "till"}}
	eventually(t, "the POS in front", func() bool { p, err := scene.POS(t.Context()); return err == nil && p.InFront })
	p, err := scene.POS(t.Context())
	must(t, err)
	amount := image.Rect(100, 20, 180, 50).Add(p.Client.Min)
	covered := func() bool {
		got, err := scene.Covered(t.Context(), amount)
		return err != nil || got
	}
	eventually(t, "nothing lies over it", func() bool { return !covered() })

	tip := tooltip(t, x.Conn(), x.RootWin(), image.Rect(amount.Max.X-3, amount.Min.Y-20, amount.Max.X+60, amount.Min.Y+1))
	if !covered() {
		t.Error("a tooltip over one row was not noticed")
	}
	must(t, xproto.ConfigureWindowChecked(x.Conn(), tip, xproto.ConfigWindowY, []uint32{uint32(amount.Min.Y - 21)}).Check())
	if covered() {
		t.Error("a tooltip beside it was taken for one over it")
	}
	must(t, xproto.ConfigureWindowChecked(x.Conn(), tip, xproto.ConfigWindowY|xproto.ConfigWindowBorderWidth, []uint32{uint32(amount.Min.Y - 21), 1}).Check())
	if !covered() {
		t.Error("its border was not noticed")
	}
	must(t, xproto.UnmapWindowChecked(x.Conn(), tip).Check())
	if covered() {
		t.Error("a tooltip that went was still seen")
	}
	must(t, xproto.DestroyWindowChecked(x.Conn(), till).Check())
	if !d.Covered(uintptr(till), amount) {
		t.Error("a window that is gone was called free")
	}
}

// tooltip shows a plain window that no window manager looks after.
func tooltip(t *testing.T, c *xgb.Conn, root xproto.Window, r image.Rectangle) xproto.Window {
	t.Helper()
	id, err := xproto.NewWindowId(c)
	must(t, err)
	must(t, xproto.CreateWindowChecked(c, 0, id, root, int16(r.Min.X), int16(r.Min.Y), uint16(r.Dx()), uint16(r.Dy()), 0,
		xproto.WindowClassInputOutput, 0, xproto.CwBackPixel|xproto.CwOverrideRedirect, []uint32{0xffffe1, 1}).Check())
	must(t, xproto.MapWindowChecked(c, id).Check())
	return id
}
