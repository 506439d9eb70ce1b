package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"cpos/engine/capture"
	"cpos/engine/keys"
	"cpos/engine/ledger"
	"cpos/engine/pay"
	"cpos/engine/profile"
	"cpos/engine/script"
	"cpos/engine/words"
	"cpos/hw/desktop"
	"cpos/hw/input"
	"cpos/hw/screen"
)

// patient is the till that the doctor looks at.
type patient struct {
	door
	till    *till
	running bool // an engine holds the book and the hot-keys
}

// Bounds of what is healthy.
const (
	littleSpace = 200 << 20 // bytes: weeks of sales, and a warning early enough
	noSpace     = 20 << 20
	clockWrong  = 5 * time.Minute // beyond it the service may refuse
)

func envName(p *profile.Profile) string {
	if p.EnvName() == "" {
		return "-"
	}
	return p.EnvName()
}

// engineRuns says whether an engine answers at a data folder.
func engineRuns(ctx context.Context, data string) bool {
	c, err := dialDesk(ctx, data)
	if err != nil {
		return false
	}
	c.Close()
	return true
}

func (p *patient) script(context.Context) []finding {
	loaded, err := script.Load(p.till.scripts)
	if err != nil {
		return []finding{p.failed("script", err)}
	}
	return []finding{checked("script", isOK, "script", "file", p.till.scripts.File, "hooks", strings.Join(loaded.Defined(), " "))}
}

// data looks at the folder by writing into it: modes and mounts tell less.
func (p *patient) data(context.Context) []finding {
	dir := p.till.data
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return []finding{checked("data", isError, "data.no", "dir", dir).because(err)}
	}
	f, err := os.CreateTemp(dir, ".doctor-*")
	if err == nil {
		err = errors.Join(f.Close(), os.Remove(f.Name()))
	}
	if err != nil {
		return []finding{checked("data", isError, "data.no", "dir", dir).because(err)}
	}
	found := []finding{checked("data", isOK, "data", "dir", dir)}
	free, err := freeSpace(dir)
	megabytes := free >> 20
	switch {
	case err != nil:
		return append(found, checked("disk", isWarning, "disk.unknown").because(err))
	case free < noSpace:
		return append(found, checked("disk", isError, "disk.full", "free", megabytes))
	case free < littleSpace:
		return append(found, checked("disk", isWarning, "disk.little", "free", megabytes))
	}
	return append(found, checked("disk", isOK, "disk", "free", megabytes))
}

// book opens the book for reading, which checks the tail of its chain.
func (p *patient) book(ctx context.Context) []finding {
	t := p.till
	if _, err := os.Stat(filepath.Join(t.data, bookFile)); err != nil {
		return []finding{checked("book", isInfo, "book.new"), checked("open_orders", isOK, "open_orders.none"), checked("halt", isOK, "halt.open")}
	}
	err := t.openReader(ctx)
	if err != nil {
		return []finding{p.failed("book", err)}
	}
	defer func() { _ = t.close() }() // it was only read
	open, err := t.book.Orders(ctx, ledger.Filter{Open: true})
	if err != nil {
		return []finding{p.failed("book", err)}
	}
	found := []finding{checked("book", isOK, "book")}
	if n := len(open); n > 0 {
		found = append(found, checked("open_orders", isWarning, "open_orders", "count", n, "order", open[0].Order.ID))
	} else {
		found = append(found, checked("open_orders", isOK, "open_orders.none"))
	}
	halt, halted, err := t.book.Halted(ctx)
	switch {
	case err != nil:
		return append(found, p.failed("halt", err))
	case halted:
		return append(found, checked("halt", isError, "halt", "at", showTime(halt.At), "count", len(halt.Differences)))
	}
	return append(found, checked("halt", isOK, "halt.open"))
}

// provider looks whether a halt is the provider's to release.
func (p *patient) provider(context.Context) []finding {
	if p.till.profile.Provider.Pass == "" {
		return []finding{checked("provider", isWarning, "provider.none")}
	}
	return []finding{checked("provider", isOK, "provider")}
}

func (p *patient) secrets(context.Context) []finding {
	missing, err := p.till.hasSecrets()
	switch {
	case err != nil:
		return []finding{p.failed("secrets", err)}
	case len(missing) > 0 && p.till.practising():
		return []finding{checked("secrets", isError, "secrets.practice", "names", strings.Join(missing, " "))}
	case len(missing) > 0:
		return []finding{checked("secrets", isError, "secrets.missing", "names", strings.Join(missing, " "))}
	}
	return []finding{checked("secrets", isOK, "secrets", "count", len(p.till.referredNames()))}
}

// service asks the payment service three things that move no money: its clock, which needs no key, and
// who it knows, which needs the key.
func (p *patient) service(ctx context.Context) []finding {
	if err := p.till.openGateway(); err != nil {
		return []finding{p.failed("gateway", err)}
	}
	var found []finding
	if pinger, ok := p.till.gateway.(pay.Pinger); ok {
		began := time.Now()
		at, err := pinger.Ping(ctx)
		if err != nil {
			return []finding{p.failed("gateway", err)}
		}
		took := time.Since(began)
		found = append(found, checked("gateway", isOK, "gateway", "ms", took.Milliseconds()), clockFinding(at, began.Add(took/2), p.till.profile.Reconcile.ClockSkew))
	}
	directory, ok := p.till.gateway.(pay.Directory)
	if !ok {
		return append(found, checked("auth_key", isSkipped, "auth_key.no"))
	}
	devices, staff, err := directory.Shops(ctx)
	if err != nil {
		return append(found, p.failed("auth_key", err))
	}
	return append(found, checked("auth_key", isOK, "auth_key"), p.registered(devices), p.clerk(staff))
}

// clockFinding compares the clocks. The service's has whole seconds.
func clockFinding(theirs, ours time.Time, normal time.Duration) finding {
	off := ours.Sub(theirs).Round(time.Second)
	switch {
	case off.Abs() > clockWrong:
		return checked("clock", isError, "clock.off", "off", off)
	case off.Abs() > normal:
		return checked("clock", isWarning, "clock.off", "off", off)
	}
	return checked("clock", isOK, "clock", "off", off)
}

// registered looks for this till among the service's.
func (p *patient) registered(devices []pay.Device) finding {
	m, id := p.till.profile.Merchant, p.till.profile.DeviceID
	shop := false
	for _, d := range devices {
		if d.Store != m.Shop {
			continue
		}
		shop = true
		if d.ID != id {
			continue
		}
		if !d.TakesCodes {
			return checked("device", isError, "device.no_codes", "device", id)
		}
		return checked("device", isOK, "device", "shop", d.StoreName, "device", id)
	}
	if !shop {
		return checked("device", isError, "device.no_shop", "shop", m.Shop)
	}
	return checked("device", isError, "device.unknown", "device", id)
}

func (p *patient) clerk(staff []pay.Staff) finding {
	m, id := p.till.profile.Merchant, p.till.profile.Clerk
	if id == "" {
		return checked("clerk", isInfo, "clerk.none")
	}
	for _, s := range staff {
		if s.Store == m.Shop && s.ID == id {
			return checked("clerk", isOK, "clerk", "clerk", id, "name", s.Name)
		}
	}
	return checked("clerk", isError, "clerk.unknown", "clerk", id)
}

// desktop looks for a screen and the POS's window on it.
func (p *patient) desktop(ctx context.Context) []finding {
	d, err := desktop.Open()
	if err != nil {
		return []finding{checked("display", isError, "display.no").because(err)}
	}
	defer d.Close()
	found := []finding{checked("display", isOK, "display")}
	if p.till.profile.Window().IsZero() {
		return append(found, checked("pos", isSkipped, "pos.unset"))
	}
	pos := p.till.profile.Window()
	place, err := desktop.Scene{Desktop: d, Window: pos}.POS(ctx)
	switch {
	case errors.Is(err, capture.ErrNoPOS), errors.Is(err, keys.ErrNoWindow):
		return append(found, checked("pos", isWarning, "pos.no", "window", pos))
	case err != nil:
		return append(found, p.failed("pos", err))
	}
	size, taught := place.Client.Size(), p.till.profile.Taught().Client()
	if size != taught && p.till.profile.Amount.Input == "auto" {
		return append(found, checked("pos", isWarning, "pos.size", "size", size, "taught", taught))
	}
	return append(found, checked("pos", isOK, "pos", "title", place.Title, "size", size))
}

func (p *patient) text(context.Context) []finding {
	if p.till.profile.Amount.Input != "auto" && !p.till.profile.Serial.Capture {
		return []finding{checked("text", isSkipped, "text.unused")}
	}
	dir, err := screen.FindData("")
	if err != nil {
		return []finding{p.failed("text", err)}
	}
	return []finding{checked("text", isOK, "text", "dir", dir)}
}

// hotkeys takes the keys for a moment, unless an engine has them already.
func (p *patient) hotkeys(ctx context.Context) []finding {
	chords := p.till.profile.Chords()
	switch {
	case p.running:
		return []finding{checked("hotkeys", isSkipped, "hotkeys.engine")}
	case len(chords) == 0:
		return []finding{checked("hotkeys", isSkipped, "hotkeys.none")}
	}
	d, err := desktop.Open()
	if err != nil {
		return []finding{checked("hotkeys", isSkipped, "hotkeys.display")}
	}
	defer d.Close()
	if err := tryHotkeys(ctx, d, p.till.profile); err != nil {
		return []finding{checked("hotkeys", isError, "hotkeys.taken").because(err)}
	}
	var names []string
	for _, c := range chords {
		names = append(names, c.Label())
	}
	return []finding{checked("hotkeys", isOK, "hotkeys", "keys", strings.Join(names, " "))}
}

// tryHotkeys listens with the till's keys and stops at once.
func tryHotkeys(ctx context.Context, d *desktop.Desktop, p *profile.Profile) error {
	device, err := input.Open(d, input.Options{})
	if err != nil {
		return err
	}
	defer device.Close()
	return device.Arm(ctx, keys.Armed{Hotkeys: p.Chords()})
}

func (p *patient) printer(ctx context.Context) []finding {
	device, err := p.till.openPrinter()
	if err != nil {
		return []finding{p.failed("printer", err)}
	}
	kind := p.till.profile.Printer.Kind
	if device == nil {
		return []finding{checked("printer", isInfo, "printer.none")}
	}
	if err := device.Check(ctx); err != nil {
		_, c := codeOf(err)
		if !words.Known(c.key) {
			return []finding{p.failed("printer", err)}
		}
		return []finding{{id: "printer", verdict: isError, what: words.T(c.key), hint: words.T(c.key + ".hint"), cause: err}}
	}
	return []finding{checked("printer", isOK, "printer", "kind", kind, "port", p.till.profile.Printer.Port)}
}

// fonts opens a font for pictures of slips; whether a file of that name exists tells less.
func (p *patient) fonts(context.Context) []finding {
	if _, err := chineseFont(); err != nil {
		return []finding{checked("fonts", isWarning, "fonts.no")}
	}
	return []finding{checked("fonts", isOK, "fonts")}
}
