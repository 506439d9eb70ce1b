package station

import (
	"context"

	"cpos/engine/face"
	"cpos/engine/keys"
)

// Station is one till at work.
type Station struct {
	parts Parts
}

// New makes a station; nothing happens before Run.
func New(p Parts) *Station { return &Station{parts: p} }

// Run settles what is open, opens the till, and works until ctx ends. It waits for everything it started.
func (s *Station) Run(ctx context.Context) error { panic("contract") }

// Intend takes a wish of the cashier (face.Desk). It never blocks.
func (s *Station) Intend(i face.Intent) { panic("contract") }

// Heard takes what the scanner or a hot-key said. It never blocks.
func (s *Station) Heard(e keys.Event) { panic("contract") }

// Covers tells that the payment window had to be placed over a region of the profile (or not any more):
// then the amount cannot be read again before sending, and payment without Enter waits for Enter.
func (s *Station) Covers(covers bool) { panic("contract") }

// View gives what is shown now.
func (s *Station) View() face.View { panic("contract") }

// Idle is closed over and over: it returns a channel that is closed once no sale is in hand.
func (s *Station) Idle() <-chan struct{} { panic("contract") }
