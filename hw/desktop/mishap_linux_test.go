package desktop_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jezek/xgb/xproto"

	"cpos/hw/desktop"
	"cpos/hw/desktop/desktoptest"
)

// What xrandr and a desktop's settings make a display say: its size has changed, its scaling has. A display in
// memory has one size for life, so the first is said in its name.
func TestAScreenThatComesOrGoesAndAnotherScalingAreTold(t *testing.T) {
	desktoptest.Display(t, 800, 600)
	d, err := desktop.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	var mu sync.Mutex
	var told []desktop.Mishap
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- d.Mishaps(ctx, func(b desktop.Befallen) { mu.Lock(); defer mu.Unlock(); told = append(told, b.Mishap) })
	}()
	x, err := desktop.Dial()
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	root := xproto.Setup(x).DefaultScreen(x).Root
	resize := func(w, h uint16) {
		ev := xproto.ConfigureNotifyEvent{Event: root, Window: root, Width: w, Height: h}
		if err := xproto.SendEventChecked(x, false, root, xproto.EventMaskStructureNotify, string(ev.Bytes())).Check(); err != nil {
			t.Fatal(err)
		}
	}
	rescale := func() {
		text := []byte("Xft.dpi:\t120\n")
		if err := xproto.ChangePropertyChecked(x, xproto.PropModeReplace, root, xproto.AtomResourceManager, xproto.AtomString, 8,
			uint32(len(text)), text).Check(); err != nil {
			t.Fatal(err)
		}
	}
	seen := func(m desktop.Mishap) bool { mu.Lock(); defer mu.Unlock(); return slices.Contains(told, m) }
	for end := time.Now().Add(2 * time.Minute); !seen(desktop.Screens) || !seen(desktop.Scaling); time.Sleep(20 * time.Millisecond) {
		resize(2080, 600) // a second monitor comes
		resize(800, 600)  // and is unplugged
		rescale()
		if time.Now().After(end) {
			t.Fatalf("told %v", told)
		}
	}
	cancel()
	if err := <-ended; err == nil {
		t.Error("Mishaps ended without a reason")
	}
}
