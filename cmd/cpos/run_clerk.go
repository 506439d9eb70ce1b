package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"cpos/engine/ledger"
	"cpos/engine/pay"
	"cpos/engine/words"
)

// signOnLimit bounds how long the service may take to list the clerks while one waits to take over.
const signOnLimit = 5 * time.Second

// signOn lets a clerk take over who is one of the shop's: the shift of the one who leaves ends, if one was
// open, and the new clerk's begins. Where the service cannot be asked the number is taken as it is, as that of
// the profile is.
func (e *engine) signOn(ctx context.Context, clerk string) error {
	if directory, ok := e.till.gateway.(pay.Directory); ok {
		within, cancel := context.WithTimeout(ctx, signOnLimit)
		_, staff, err := directory.Shops(within)
		cancel()
		here := func(s pay.Staff) bool { return s.Store == e.till.profile.Merchant.Shop && s.ID == clerk }
		switch {
		case err != nil:
			e.till.log.Warn("ask for the shop's clerks", "error", err)
		case !slices.ContainsFunc(staff, here):
			return words.Fail(pay.ErrNotAllowed, "run.clerk.unknown", "clerk", clerk)
		}
	}
	if err := e.handOver(ctx, e.till.teller.Clerk(), clerk); err != nil {
		return err
	}
	return rememberClerk(e.till.data, e.till.named, clerk)
}

// handOver ends one clerk's shift and begins the other's. A shop that keeps no shifts has none to hand over.
func (e *engine) handOver(ctx context.Context, from, to string) error {
	if from == to {
		return nil
	}
	switch _, err := e.till.book.CloseShift(ctx, from, nil); {
	case errors.Is(err, ledger.ErrNoShift):
		return nil
	case err != nil:
		return err
	}
	if _, err := e.till.book.OpenShift(ctx, to); err != nil && !errors.Is(err, ledger.ErrShiftOpen) {
		return err
	}
	return nil
}

// clerkFile remembers who took over, for the next start.
const clerkFile = "clerk.json"

// tookOver says who sells instead of the profile's clerk.
type tookOver struct {
	Instead string `json:"instead"` // of this clerk; the profile's word counts again once it names another
	Clerk   string `json:"clerk"`
}

// rememberedClerk gives who sells at a till whose profile names a clerk.
func rememberedClerk(data, profile string) string {
	text, err := os.ReadFile(filepath.Join(data, clerkFile))
	if err != nil {
		return profile
	}
	var t tookOver
	if json.Unmarshal(text, &t) != nil || t.Instead != profile || t.Clerk == "" {
		return profile
	}
	return t.Clerk
}

func rememberClerk(data, profile, clerk string) error {
	text, err := json.Marshal(tookOver{profile, clerk})
	if err == nil {
		err = os.WriteFile(filepath.Join(data, clerkFile), text, 0o600)
	}
	if err != nil {
		return fmt.Errorf("remember the clerk: %w", err)
	}
	return nil
}
