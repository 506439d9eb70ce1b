package input_test

import (
	"testing"

	"cpos/hw/desktop/winetest"
)

func TestTheKeyboardUnderWine(t *testing.T) {
	wine := winetest.Start(t)
	t.Log(wine.Test(t, nil, winetest.BuildTests(t, "hw/input", ""), "-test.run=OnWindows"))
}
