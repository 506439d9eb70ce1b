package input_test

import (
	"io"
	"testing"

	"cpos/hw/desktop/winetest"
	"cpos/hw/port"
)

func TestTheKeyboardUnderWine(t *testing.T) {
	wine := winetest.Start(t)
	t.Log(wine.Test(t, nil, winetest.BuildTests(t, "hw/input", ""), "-test.run=OnWindows"))
}

// A scanner with a cable of its own sends payment codes and goods codes in turn.
func TestAScannerOnASerialPortUnderWine(t *testing.T) {
	wine := winetest.Start(t)
	exe := winetest.BuildTests(t, "hw/input", "")
	scanner, err := port.Serial(wine.Cable(t, "com7"), port.SerialSettings{})(t.Context())
	must(t, err)
	t.Cleanup(func() { scanner.Close() })
	go func() { // what nobody reads yet waits in the cable
		for i := range serialScans {
			_, _ = io.WriteString(scanner, code(i)+"\r6901234567892\r") // a cable that is gone shows in the count
		}
	}()
	t.Log(wine.Test(t, []string{"CPOS_TEST_COM=COM7"}, exe, "-test.run=AScannerOnASerialPortOfWindows"))
}
