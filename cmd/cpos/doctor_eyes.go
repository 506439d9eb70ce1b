package main

import (
	"context"
	"path/filepath"

	"cpos/engine/witness"
)

// eyes looks at what amounts are read with, and whether one is paid without Enter.
func (p *patient) eyes(context.Context) []finding {
	prof := p.till.profile
	if prof.Amount.Input != "auto" {
		return nil
	}
	found := []finding{checked("signs", isOK, "signs")}
	if prof.GlyphsDir() == "" {
		found[0] = checked("signs", isInfo, "signs.none")
	}
	if prof.Payment.Confirm.Manual {
		return append(found, checked("unlocked", isOK, "unlocked.manual"))
	}
	way, err := prof.WayOfReading()
	if err != nil {
		return append(found, p.failed("unlocked", err))
	}
	left, err := witness.Look(filepath.Join(p.till.data, readingsFolder), witness.Options{Profile: way, After: prof.Payment.UnlockAfter})
	switch {
	case err != nil:
		return append(found, p.failed("unlocked", err))
	case left > 0:
		return append(found, checked("unlocked", isInfo, "unlocked.not_yet", "left", left, "after", prof.Payment.UnlockAfter))
	}
	return append(found, checked("unlocked", isOK, "unlocked"))
}
