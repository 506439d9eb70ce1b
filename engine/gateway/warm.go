package gateway

import (
	"context"
	"time"

	"cpos/engine/pay"
)

// WarmEvery is the beat of Warm: Cloud Pay's guide for device vendors names two minutes.
const WarmEvery = 2 * time.Minute

// warmLimit bounds one ping, so that a dead road costs one beat and no more.
const warmLimit = 10 * time.Second

// Warm pings at once and then every WarmEvery until ctx ends, so that a payment finds an open connection.
// It runs in the caller's goroutine. A ping that fails is not told, for the next payment will say better;
// the client's log has it.
func Warm(ctx context.Context, p pay.Pinger) {
	beat := time.NewTicker(WarmEvery)
	defer beat.Stop()
	for {
		pingOnce(ctx, p)
		select {
		case <-ctx.Done():
			return
		case <-beat.C:
		}
	}
}

func pingOnce(ctx context.Context, p pay.Pinger) {
	ctx, cancel := context.WithTimeout(ctx, warmLimit)
	defer cancel()
	_, _ = p.Ping(ctx)
}
