package input_test

import (
	"context"
	"os"
	"os/exec"
	"time"

	"cpos/engine/keys"
	"cpos/hw/desktop"
	"cpos/hw/input"
)

// Variables that make this test program a part of an engine, which a test may kill.
const (
	typesOn   = "CPOS_TEST_TYPES_ON" // it types into the POS without end; on Linux into a window of this class
	keysGuard = "CPOS_TEST_GUARD"    // the guard of such a part
)

func guardCommand() *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	c := exec.Command(self)
	c.Env = append(os.Environ(), keysGuard+"=1")
	return c
}

// openPart opens hands and ears in such a part.
func openPart(o input.Options) *input.Device {
	desk, err := desktop.Open()
	if err != nil {
		panic(err)
	}
	o.Guard = guardCommand
	dev, err := input.Open(desk, o)
	if err != nil {
		panic(err)
	}
	return dev
}

func typeOn(w keys.Window) {
	dev := openPart(input.Options{})
	os.Stdout.WriteString("typing\n")
	for {
		_ = dev.TypeIn(context.Background(), w, "x") // until it is killed
		time.Sleep(20 * time.Millisecond)
	}
}
