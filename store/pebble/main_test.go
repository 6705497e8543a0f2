package pebble_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// TestMain runs the tests; in a process that a test started to kill it, it
// writes until then.
func TestMain(m *testing.M) {
	if folder := os.Getenv(victimFolder); folder != "" {
		os.Exit(beVictim(folder))
	}

	if os.Getenv(alone) != "" {
		os.Exit(m.Run()) // its test leaves goroutines behind, on purpose
	}

	goleak.VerifyTestMain(m)
}
