package pebble_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"sync"
	"testing"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/pebble"
)

// witness remembers what a log acknowledged, and holds a log against it.
type witness struct {
	mu    sync.Mutex
	acked map[event.ID]ack
}

// ack is a promise: this event stands there.
type ack struct {
	Stream  event.Stream
	Version event.Version
}

func newWitness() *witness { return &witness{acked: make(map[event.ID]ack)} }

func (w *witness) saw(id event.ID, a ack) {
	w.mu.Lock()
	defer w.mu.Unlock()

	w.acked[id] = a
}

// soFar returns what was acknowledged until now.
func (w *witness) soFar() map[event.ID]ack {
	w.mu.Lock()
	defer w.mu.Unlock()

	seen := make(map[event.ID]ack, len(w.acked))
	maps.Copy(seen, w.acked)

	return seen
}

// write appends events to a stream until stop says so or the log refuses; half
// of the IDs are the log's own, and some appends go to a second stream, too.
func (w *witness) write(ctx context.Context, log store.Log, stream event.Stream, stop func(i int) bool) error {
	for i := 0; !stop(i); i++ {
		data, err := json.Marshal(map[string]any{"stream": stream, "i": i, "text": "The quick brown fox jumps over the lazy dog"})
		if err != nil {
			return err
		}

		draft := event.Draft{Type: "fox_jumped", Data: data}
		if i%2 == 0 {
			draft.ID = event.NewID()
		}

		batches := []store.Batch{{Stream: stream, Drafts: []event.Draft{draft, {Type: "dog_slept"}}}}
		if i%3 == 0 {
			batches = append(batches, store.Batch{Stream: "shared:all", Drafts: []event.Draft{{Type: "dog_woke", Subject: string(stream)}}})
		}

		receipt, err := log.Append(ctx, batches...)
		if err != nil {
			return err
		}

		for b, recorded := range receipt.Batches {
			for d, id := range recorded.IDs {
				behind := event.Version(len(recorded.IDs) - 1 - d)
				w.saw(id, ack{Stream: batches[b].Stream, Version: recorded.Version - behind})
			}
		}
	}

	return nil
}

// complaints holds a log against what was acknowledged: all of it is there,
// once, at its place; versions and positions have no gap; the log verifies.
func complaints(ctx context.Context, backend store.Backend, acked map[event.ID]ack) []string {
	var (
		wrong []string
		seen  = make(map[event.ID]ack)
		heads = make(map[event.Stream]event.Version)
		at    uint64
	)

	for page, err := range backend.Log.Feed(ctx, event.Position{}, store.Filter{}) {
		if err != nil {
			return append(wrong, "feed: "+err.Error())
		}

		for _, e := range page.Events {
			if _, twice := seen[e.ID]; twice {
				wrong = append(wrong, fmt.Sprintf("event %s is there twice", e.ID))
			}

			if at++; e.Position.Number() != at {
				wrong = append(wrong, fmt.Sprintf("position %s follows %d", e.Position, at-1))
			}

			if heads[e.Stream]++; e.Version != heads[e.Stream] {
				wrong = append(wrong, fmt.Sprintf("%s: version %d follows %d", e.Stream, e.Version, heads[e.Stream]-1))
			}

			seen[e.ID] = ack{Stream: e.Stream, Version: e.Version}
		}
	}

	for id, a := range acked {
		if seen[id] != a {
			wrong = append(wrong, fmt.Sprintf("event %s was acknowledged at %v, and is at %v", id, a, seen[id]))
		}
	}

	_, err := backend.Maintenance.Verify(ctx, func(d *store.DamageError) { wrong = append(wrong, d.Error()) }, nil)
	if err != nil {
		wrong = append(wrong, "verify: "+err.Error())
	}

	return wrong
}

// mustHold opens a log and fails the test if it does not hold what was
// acknowledged, or takes no writes.
func mustHold(t *testing.T, folder string, o pebble.Options, acked map[event.ID]ack) {
	t.Helper()

	wrong := holds(t, folder, o, acked)
	for i, complaint := range wrong {
		if i == 5 {
			t.Errorf("… and %d more", len(wrong)-i)
			break
		}

		t.Error(complaint)
	}
}

func holds(t *testing.T, folder string, o pebble.Options, acked map[event.ID]ack) []string {
	t.Helper()

	backend, err := pebble.Open(t.Context(), folder, o)
	if err != nil {
		return []string{"open: " + err.Error()}
	}
	defer closeLog(t, backend)

	wrong := complaints(t.Context(), backend, acked)
	if _, err := backend.Log.Append(t.Context(), store.Batch{Stream: "after:crash", Drafts: []event.Draft{{Type: "reopened"}}}); err != nil {
		wrong = append(wrong, "append after the crash: "+err.Error())
	}

	return wrong
}

func closeLog(t *testing.T, backend store.Backend) {
	t.Helper()

	if err := backend.Log.Close(context.WithoutCancel(t.Context())); err != nil {
		t.Errorf("close: %v", err)
	}
}

// open opens a log that is closed when the test ends.
func open(t *testing.T, folder string, o pebble.Options) store.Backend {
	t.Helper()

	backend, err := pebble.Open(t.Context(), folder, o)
	if err != nil {
		t.Fatalf("open: %v", err)
	}

	t.Cleanup(func() { closeLog(t, backend) })

	return backend
}
