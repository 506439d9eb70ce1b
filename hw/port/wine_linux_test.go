package port_test

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"cpos/hw/desktop/winetest"
	"cpos/hw/port"
)

// Under wine a serial port of Windows is a pseudo-terminal.
func TestASerialPortUnderWine(t *testing.T) {
	wine := winetest.Start(t)
	if _, err := exec.LookPath("socat"); err != nil {
		t.Skip("socat is not installed (make deps), so there is no serial cable to test with")
	}
	ours, theirs := filepath.Join(wine.Home, "ours"), filepath.Join(wine.Home, "theirs")
	socat := exec.Command("socat", "pty,raw,echo=0,link="+ours, "pty,raw,echo=0,link="+theirs)
	if err := socat.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = socat.Process.Kill(); _ = socat.Wait() })
	var p port.Port
	for end := time.Now().Add(2 * time.Minute); ; time.Sleep(10 * time.Millisecond) {
		var err error
		if p, err = port.Serial(ours, port.SerialSettings{})(t.Context()); err == nil {
			break
		} else if time.Now().After(end) {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { p.Close() })
	go io.Copy(p, p) // an echo; ends with the port
	com := filepath.Join(wine.Home, "prefix", "dosdevices", "com7")
	_ = os.Remove(com) // wine makes links for the ports of the machine
	if err := os.Symlink(theirs, com); err != nil {
		t.Fatal(err)
	}
	wine.Test(t, []string{"CPOS_TEST_COM=COM7"}, winetest.BuildTests(t, "hw/port", ""), "-test.run=SerialPortOfWindows")
}
