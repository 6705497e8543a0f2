package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"
)

// moment is a point in time on the command line: a time, a day, or how long ago.
type moment struct {
	set      bool
	at       time.Time
	ago      time.Duration // before now, if relative
	relative bool
}

// Decode reads 2026-11-21T10:00:00Z, 2026-11-21, 10m or 7d.
func (m *moment) Decode(ctx *kong.DecodeContext) error {
	var word string
	if err := ctx.Scan.PopValueInto("time", &word); err != nil {
		return err
	}

	parsed, err := parseMoment(word)
	*m = parsed

	return err
}

func parseMoment(word string) (moment, error) {
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if at, err := time.Parse(layout, strings.ToUpper(word)); err == nil {
			return moment{set: true, at: at}, nil
		}
	}

	ago, err := parseAgo(word)
	if err != nil || ago < 0 {
		return moment{}, fmt.Errorf("%q is no moment: give a time such as 2026-11-21T10:00:00Z, a day such as 2026-11-21 (UTC), or how long ago, such as 90s, 10m or 7d", word)
	}

	return moment{set: true, ago: ago, relative: true}, nil
}

// time returns the moment, seen from now; the zero time if it is not set.
func (m *moment) time(now time.Time) time.Time {
	if m.relative {
		return now.Add(-m.ago)
	}

	return m.at
}

// parseAgo reads a duration, which may be in days.
func parseAgo(word string) (time.Duration, error) {
	days, isDays := strings.CutSuffix(word, "d")
	if !isDays {
		return time.ParseDuration(word)
	}

	const day = 24 * time.Hour

	n, err := strconv.ParseUint(days, 10, 16)

	return time.Duration(n) * day, err
}
