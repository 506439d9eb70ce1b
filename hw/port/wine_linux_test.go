package port_test

import (
	"io"
	"testing"

	"cpos/hw/desktop/winetest"
	"cpos/hw/port"
)

// Under wine a serial port of Windows is a pseudo-terminal.
func TestASerialPortUnderWine(t *testing.T) {
	wine := winetest.Start(t)
	p, err := port.Serial(wine.Cable(t, "com7"), port.SerialSettings{})(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	go io.Copy(p, p) // an echo; ends with the port
	wine.Test(t, []string{"CPOS_TEST_COM=COM7"}, winetest.BuildTests(t, "hw/port", ""), "-test.run=SerialPortOfWindows")
}
