package memory_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/memory"
)

// recorded appends one event and returns the time at which it was recorded.
func recorded(t *testing.T, b store.Backend, d event.Draft) time.Time {
	t.Helper()

	receipt, err := b.Log.Append(t.Context(), store.Batch{Stream: "meeting:1", Drafts: []event.Draft{d}})
	if err != nil {
		t.Fatalf("append: %v", err)
	}

	for e, err := range b.Log.Read(t.Context(), "meeting:1", store.Range{From: receipt.Batches[0].Version}) {
		if err != nil {
			t.Fatalf("read: %v", err)
		}

		return e.Recorded
	}

	t.Fatal("the event is not there")

	return time.Time{}
}

func TestClockGoesBack(t *testing.T) {
	t.Parallel()

	now := time.Date(2026, time.May, 1, 12, 0, 0, 1_999_999, time.FixedZone("east", 3600))
	b := memory.NewWith(memory.Options{Clock: func() time.Time { return now }})
	noon := time.Date(2026, time.May, 1, 11, 0, 0, 1_000_000, time.UTC)

	for _, c := range []struct{ forward, want time.Duration }{{0, 0}, {-time.Hour, 0}, {time.Minute, 0}, {2 * time.Hour, 61 * time.Minute}} {
		now = now.Add(c.forward)
		if got := recorded(t, b, event.Draft{Type: "noted"}); got != noon.Add(c.want) {
			t.Errorf("at %s: recorded %s, want %s", now.UTC(), got, noon.Add(c.want))
		}
	}

	// Another stream has a time of its own.
	now = noon.Add(-time.Hour)

	if _, err := b.Log.Append(t.Context(), store.Batch{Stream: "meeting:2", Drafts: []event.Draft{{Type: "noted"}}}); err != nil {
		t.Fatal(err)
	}

	for e, err := range b.Log.Read(t.Context(), "meeting:2", store.Range{}) {
		if err != nil || e.Recorded != now {
			t.Errorf("recorded %s (%v), want %s", e.Recorded, err, now)
		}
	}
}

func TestBackInTimeNamesBothTimes(t *testing.T) {
	t.Parallel()

	b := memory.New()
	draft := event.Draft{Type: "noted", Origin: event.Imported, Recorded: time.Date(2026, time.May, 2, 0, 0, 0, 0, time.UTC)}
	recorded(t, b, draft)

	draft.Recorded = draft.Recorded.Add(-time.Millisecond)
	_, err := b.Log.Append(t.Context(), store.Batch{Stream: "meeting:2"}, store.Batch{Stream: "meeting:1", Drafts: []event.Draft{{Type: "noted", Origin: event.Copied}, draft}})

	want := "batch 2: draft 2: recorded time 2026-05-01T23:59:59.999Z lies before that of the stream's last event, "
	if err == nil || !strings.HasPrefix(err.Error(), want) || !strings.HasSuffix(err.Error(), "import the older events first, or into another stream") || fault.Of(err) != fault.CodeInvalid {
		t.Errorf("got error %v, want one that begins %q", err, want)
	}
}

func TestLimitsAreOptions(t *testing.T) {
	t.Parallel()

	b := memory.NewWith(memory.Options{Limits: store.Limits{Events: 1, Event: event.Limits{Stream: 9}}})
	one := []event.Draft{{Type: "noted"}}

	if _, err := b.Log.Append(t.Context(), store.Batch{Stream: "meeting:1", Drafts: one}); err != nil {
		t.Error(err)
	}

	if _, err := b.Log.Append(t.Context(), store.Batch{Stream: "meeting:1", Drafts: append(one, one...)}); fault.Of(err) != fault.CodeTooLarge {
		t.Errorf("two events: %v", err)
	}

	if _, err := b.Log.Head(t.Context(), "meeting:10"); fault.Of(err) != fault.CodeTooLarge {
		t.Errorf("head of a long name: %v", err)
	}
}

// TestFollowerSleeps relies on synctest: Wait returns only when the follower
// sleeps, and the test fails if it does not end with its context.
func TestFollowerSleeps(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := memory.New()
		pages := 0

		go func() {
			for _, err := range b.Log.Feed(t.Context(), event.Position{}, store.Filter{Follow: true, Types: []string{"none"}}) {
				if err != nil {
					return
				}

				pages++
			}
		}()

		for n := range 10 {
			synctest.Wait()

			if pages != n+1 {
				t.Fatalf("after %d events the follower has seen %d pages, want %d", n, pages, n+1)
			}

			recorded(t, b, event.Draft{Type: "noted"})
		}

		synctest.Wait()
	})
}
