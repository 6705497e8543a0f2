package wire

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestTime holds the times of the wire against package time.
func TestTime(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		seconds := rapid.OneOf(rapid.Int64Range(-62_167_219_200, 253_402_300_799), rapid.Int64Range(-1<<40, 1<<40)).Draw(t, "seconds")
		zone := time.FixedZone("", rapid.IntRange(-86_000, 86_000).Draw(t, "zone"))
		moment := time.Unix(seconds, rapid.Int64Range(0, 999_999_999).Draw(t, "nanoseconds")).In(zone)

		want := moment.UTC().Format(`"2006-01-02T15:04:05.000Z"`)
		if got := string(appendTime([]byte("x"), moment)[1:]); got != want {
			t.Fatalf("%v: got %s, want %s", moment, got, want)
		}
	})
}
