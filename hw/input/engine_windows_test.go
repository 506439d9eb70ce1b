package input_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"os"
	"sync"
	"time"

	"cpos/engine/keys"
	"cpos/hw/input"
)

// enginePart makes this test program the part of an engine that has the keyboard, told what to do on its
// standard input by a test on the other side of wine.
const enginePart = "CPOS_TEST_ENGINE"

// scanGap is the pause between the keys of a scan for such a part.
const scanGap = "CPOS_TEST_GAP"

// order is one line for it. Exactly one of the parts counts.
type order struct {
	Arm  *keys.Armed
	Plan keys.Plan // played, from a step on
	From int
	Sent int
	Loop bool // without end
}

func runEngine() {
	gap, _ := time.ParseDuration(os.Getenv(scanGap)) // none is the default
	dev := openPart(input.Options{Accept: payable, Gap: gap, Patience: time.Second})
	var out sync.Mutex
	say := func(format string, args ...any) {
		out.Lock()
		defer out.Unlock()
		fmt.Printf(format+"\n", args...)
	}
	go func() {
		_ = dev.Listen(context.Background(), func(e keys.Event) {
			line, _ := json.Marshal(e)
			say("heard %s", line)
		})
	}()
	say("ready")
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		var o order
		if err := json.Unmarshal(in.Bytes(), &o); err != nil {
			panic(err)
		}
		obey(dev, o, say)
	}
	dev.Close()
}

func obey(dev *input.Device, o order, say func(string, ...any)) {
	ctx := context.Background()
	if o.Arm != nil {
		if err := dev.Arm(ctx, *o.Arm); err != nil {
			panic(err)
		}
		say("armed")
		return
	}
	player := keys.Player{Hands: dev, POS: practice, From: o.From, Sent: o.Sent,
		Regions: func(string) (image.Rectangle, bool) { return image.Rect(84, 62, 284, 94), true }}
	if o.Loop {
		say("looping")
	}
	begin := time.Now()
	err := keys.Play(ctx, o.Plan, player)
	for o.Loop {
		_ = keys.Play(ctx, o.Plan, player)
	}
	var at *keys.StepError
	switch {
	case err == nil:
		say("played %d", time.Since(begin).Microseconds())
	case errors.As(err, &at):
		say("stopped %d %d %s %s", at.Number, at.Sent, keys.Why(err), at.Step)
	default:
		panic(err)
	}
}

var practice = keys.Window{Exe: "practice-pos", Title: "收款$"}
