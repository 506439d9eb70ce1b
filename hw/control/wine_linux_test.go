package control_test

import (
	"os/exec"
	"path/filepath"
	"testing"

	"cpos/hw/desktop/winetest"
)

func TestStandardControlsUnderWine(t *testing.T) {
	wine := winetest.Start(t)
	library := filepath.Join(wine.Home, "automation.dll")
	// wine 8 has no client of UI Automation, so there is nothing else that could answer ours.
	compile := exec.Command("x86_64-w64-mingw32-gcc", "-shared", "-o", library, "testdata/automation.c", "-lole32", "-loleaut32", "-luuid")
	if out, err := compile.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Log(wine.Test(t, []string{"CPOS_TEST_AUTOMATION=Z:" + library}, winetest.BuildTests(t, "hw/control", "")))
}
