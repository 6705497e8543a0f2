package bench

import (
	"strings"
	"testing"
	"time"
)

func TestObservationIsRead(t *testing.T) {
	t.Parallel()

	const metrics = `# HELP recount_subscriptions Subscriptions to topics.
# TYPE recount_subscriptions gauge
recount_subscriptions 550
recount_slowest_cursor_events 1.2e+06
recount_topics 1
`

	if o, err := readObservation(strings.NewReader(metrics)); err != nil || o != (observation{550, 1_200_000}) {
		t.Errorf("read %+v, %v", o, err)
	}

	for text, want := range map[string]string{
		"recount_subscriptions 550\n": "do not say",
		"":                            "do not say",
		"recount_subscriptions many\nrecount_slowest_cursor_events 1\n": "recount_subscriptions",
	} {
		if o, err := readObservation(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q was read as %+v, %v", text, o, err)
		}
	}
}

func TestStalledRatioIsOfRates(t *testing.T) {
	t.Parallel()

	var s stalledResult
	for _, one := range []countReport{{Events: 100, Seconds: 1}, {Events: 50, Seconds: 2}} {
		s.without.add(&one)
	}

	s.with.add(&countReport{Events: 80, Bytes: 7, Reads: 5, Seconds: 2})

	if got := s.ratio(); got != 0.8 || s.with.Bytes != 7 || s.with.Reads != 5 {
		t.Errorf("40 a second with them and 50 without are %v: %+v", got, s)
	}
}

// TestTurnsEndBeforeStalledClientsDo holds a turn below the 30 s after which a
// server closes a connection that takes nothing.
func TestTurnsEndBeforeStalledClientsDo(t *testing.T) {
	t.Parallel()

	if turn := stallsWithin + (longestStalled+longestStalled/5)/2; turn >= 30*time.Second {
		t.Errorf("a turn takes up to %s", turn)
	}
}
