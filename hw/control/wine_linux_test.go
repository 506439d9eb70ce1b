package control_test

import (
	"testing"

	"cpos/hw/desktop/winetest"
)

func TestStandardControlsUnderWine(t *testing.T) {
	wine := winetest.Start(t)
	t.Log(wine.Test(t, nil, winetest.BuildTests(t, "hw/control", "")))
}
