package aggregate_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// TestMain runs the tests; in a process that a test started to kill it, it sends
// commands until then.
func TestMain(m *testing.M) {
	if folder := os.Getenv(victimFolder); folder != "" {
		os.Exit(beVictim(folder))
	}

	goleak.VerifyTestMain(m)
}
