//go:build !nowindow && cgo

package window

import (
	"testing"

	"cpos/hw/desktop/winetest"
)

func TestTheWindowUnderWine(t *testing.T) {
	wine := winetest.Start(t)
	t.Log(wine.Test(t, nil, winetest.BuildTests(t, "hw/window", "hw/window"), "-test.run=OnWindows"))
}
