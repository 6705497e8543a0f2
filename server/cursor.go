package server

import (
	"math/rand/v2"
	"strconv"
	"time"
)

// A cursor is the number of an interval of time. It stands in the URLs of those
// who follow, so that a cache may answer several of them with one answer, and
// yet never gives the same one twice to anybody.
const (
	cursorInterval = 20 * time.Second
	mostJitter     = 3600 // seconds
)

// cursorEpoch is when the intervals begin, by the protocol.
func cursorEpoch() time.Time { return time.Date(2024, time.October, 9, 0, 0, 0, 0, time.UTC) }

// nextCursor returns the cursor of an answer at a time: greater than the one that
// the client sent, if it sent one.
func nextCursor(sent string, now time.Time) string {
	current := uint64(max(0, now.Sub(cursorEpoch())/cursorInterval))

	last, err := strconv.ParseUint(sent, 10, 53)
	if err == nil && last >= current {
		seconds := 1 + rand.Uint64N(mostJitter) //nolint:gosec // spreads clients, guards nothing
		current = last + 1 + seconds/uint64(cursorInterval/time.Second)
	}

	return strconv.FormatUint(current, 10)
}
