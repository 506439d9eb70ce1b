package desktop_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"cpos/hw/desktop"
)

// sockets is a display whose monitors are plugged in and out: the server that real screens have, with a driver that
// draws into memory (Debian: xserver-xorg-core, xserver-xorg-video-dummy, x11-xserver-utils). Only root may start it.
func sockets(t *testing.T) {
	t.Helper()
	for _, program := range []string{"Xorg", "xrandr"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not installed, and no other server has sockets for monitors", program)
		}
	}
	if os.Getuid() != 0 {
		t.Skip("only root may start Xorg")
	}
	const config = `
Section "ServerFlags"
  Option "AutoAddDevices" "false"
  Option "AutoAddGPU" "false"
EndSection
Section "Device"
  Identifier "memory"
  Driver "dummy"
  VideoRam 65536
EndSection
Section "Monitor"
  Identifier "monitor"
  HorizSync 5.0-1000.0
  VertRefresh 5.0-200.0
EndSection
Section "Screen"
  Identifier "screen"
  Device "memory"
  Monitor "monitor"
  DefaultDepth 24
  SubSection "Display"
    Depth 24
    Modes "1280x800" "1024x768"
  EndSubSection
EndSection
`
	dir := t.TempDir()
	file := filepath.Join(dir, "xorg.conf")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	number, theirs, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer number.Close()
	c := exec.Command("Xorg", "-displayfd", "3", "-config", file, "-logfile", filepath.Join(dir, "log"), "-noreset", "-nolisten", "tcp")
	c.ExtraFiles = []*os.File{theirs}
	err = c.Start()
	theirs.Close()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
	line, err := bufio.NewReader(number).ReadString('\n')
	if err != nil {
		log, _ := os.ReadFile(filepath.Join(dir, "log"))
		if strings.Contains(string(log), `module "dummy" (module does not exist`) {
			t.Skip("Xorg has no driver that draws into memory (xserver-xorg-video-dummy)")
		}
		t.Skipf("Xorg does not start here:\n%s", log)
	}
	t.Setenv("DISPLAY", ":"+strings.TrimSpace(line))
}

func TestAMonitorThatIsPluggedInOrOutIsTold(t *testing.T) {
	sockets(t)
	w, _, _ := watchHere(t)
	screens := desktop.Befallen{Mishap: desktop.Screens}
	for i, change := range []string{
		"--output DUMMY0 --mode 1024x768", // another resolution
		"--output DUMMY0 --mode 1280x800",
		"--output DUMMY1 --mode 1024x768 --right-of DUMMY0", // a second monitor
		"--output DUMMY1 --off",
		"--output DUMMY1 --mode 1024x768 --right-of DUMMY0",
		"--output DUMMY0 --off", // the first one is unplugged
	} {
		if i == 2 {
			xrandr(t, "--addmode DUMMY1 1024x768")
		}
		before := w.count(screens)
		xrandr(t, change)
		w.until(func() bool { return w.count(screens) > before })
	}
}

func xrandr(t *testing.T, args string) {
	t.Helper()
	if out, err := exec.Command("xrandr", strings.Fields(args)...).CombinedOutput(); err != nil {
		t.Fatalf("xrandr %s: %v\n%s", args, err, out)
	}
}
