package client

import (
	"context"
	"math/rand/v2"
	"time"
)

// The pauses between tries.
const (
	shortestPause = 100 * time.Millisecond
	longestPause  = 15 * time.Second
)

// pause waits before the next try: at random up to a time that doubles with every
// failure, so that not all who were cut off at once come back at once.
func pause(ctx context.Context, failures int) error {
	most := longestPause
	if failures < 8 { // then it is the longest anyway
		most = min(shortestPause<<failures, longestPause)
	}

	timer := time.NewTimer(rand.N(most) + 1) //nolint:gosec // spreads clients, guards nothing
	defer timer.Stop()

	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
