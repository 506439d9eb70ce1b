package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"cpos/engine/words"
	"cpos/hw/port"
)

// serialCable joins two serial ports: what a POS writes into one comes out of the other.
func serialCable(t *testing.T) (theirs, ours string) {
	t.Helper()
	if _, err := exec.LookPath("socat"); err != nil {
		t.Skip("socat is not installed (make deps), so there is no serial cable to test with")
	}
	dir, err := os.MkdirTemp("", "cable")
	if err != nil {
		t.Fatal(err)
	}
	theirs, ours = filepath.Join(dir, "theirs"), filepath.Join(dir, "ours")
	socat := exec.Command("socat", "pty,raw,echo=0,link="+theirs, "pty,raw,echo=0,link="+ours)
	if err := socat.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = socat.Process.Kill()
		_ = socat.Wait()
		os.RemoveAll(dir)
	})
	for range 1000 {
		if !isMissing(theirs) && !isMissing(ours) {
			return theirs, ours
		}
		_ = sleep(t.Context(), between)
	}
	t.Fatal("there is no serial cable")
	return "", ""
}

// The POS tells its customer display other amounts than it shows on the screen, so that the sale itself says
// where its amount came from.
func TestASaleTakesItsAmountFromTheCustomerDisplay(t *testing.T) {
	pos := buildPOS(t)
	theirs, ours := serialCable(t)
	t.Setenv("DISPLAY", "")
	voice := &strings.Builder{}
	s, err := openStage(t.Context(), stageOptions{Dir: t.TempDir(), POS: pos, Totals: "12.50,8.00", Serial: "20260801-0007", Lang: string(words.English),
		Own: true, Voice: voice, Env: []string{"CPOS_DISPLAY_PORT=" + ours, "CPOS_DISPLAY_PROTOCOL=cd5220", "CPOS_AMOUNT_SOURCES=[{kind: display}]",
			"CPOS_SERIAL_CAPTURE=false"}}) // the POS itself does not take more than it wants, and stays at its first sale
	if err != nil {
		t.Fatalf("%v\n%s", err, voice)
	}
	t.Cleanup(s.Close)
	wire, err := port.Serial(theirs, port.SerialSettings{})(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer wire.Close()
	tell := func(amount string) {
		if _, err := fmt.Fprintf(wire, "\x0c\x1bQA\xba\xcf\xbc\xc6\r\x1bQB%20s\r", amount); err != nil {
			t.Fatal(err)
		}
	}
	story := &screenStory{t: t, stage: s}
	play := func(lines ...string) {
		t.Helper()
		for _, line := range lines {
			if err := story.do(strings.Fields(line)); err != nil {
				log, _ := os.ReadFile(filepath.Join(s.data, "cpos.log"))
				t.Fatalf("%s: %v\n%s\n%s", line, err, voice, log)
			}
		}
	}

	tell("34.50")
	play("scan 134567899023456700", "shows reading", "shows asking amount=34.50 suggested=false", "press enter",
		"shows succeeded amount=34.50", "shows hidden", "bank orders=1 paid=1 amount=34.50", "book orders=1 amount=34.50 status=paid")

	// The display still shows the last sale: that is paid, and nobody pays it again.
	play("scan 134567899023456702", "shows typing amount=0.00", "press esc", "shows hidden", "bank orders=1")

	// The display is wiped: there is no amount, and none of the screen's is charged instead.
	if _, err := wire.Write([]byte("\x0c")); err != nil {
		t.Fatal(err)
	}
	play("scan 134567899023456701", "shows typing amount=0.00", "press esc", "shows hidden", "bank orders=1")

	tell("1,258.30")
	play("scan 281234569190123400", "shows asking amount=1258.30", "press enter", "shows succeeded amount=1258.30", "bank orders=2 paid=2 amount=1292.80")
}
