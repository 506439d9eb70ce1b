package desktop_test

import (
	"testing"

	"cpos/hw/desktop/winetest"
)

func TestTheDesktopUnderWine(t *testing.T) {
	wine := winetest.Start(t)
	t.Log(wine.Test(t, nil, winetest.BuildTests(t, "hw/desktop", ""), "-test.run=OnWindows"))
}
