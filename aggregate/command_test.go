package aggregate_test

import (
	"sync"
	"testing"

	"github.com/recountdev/recount/aggregate"
	"github.com/recountdev/recount/fault"
)

func TestCommand(t *testing.T) {
	t.Parallel()

	c := newCounters()
	r := runtime(t, newStore(t), c.kind)

	if _, err := c.increment.Do(t.Context(), r, "counter:1", incrementBy{1}); fault.Of(err) != fault.CodeNotFound {
		t.Errorf("increment before create: got %v", err)
	}

	if _, err := c.create.Do(t.Context(), r, "counter:1", struct{}{}); err != nil {
		t.Fatal(err)
	}

	got, err := c.increment.Do(t.Context(), r, "counter:1", incrementBy{2})
	if err != nil || got.Value != 2 || got.Version != 2 || got.Repeated {
		t.Errorf("got %+v, %v", got, err)
	}

	if _, err := c.increment.Do(t.Context(), r, "counter:1", incrementBy{-1}); fault.Of(err) != fault.CodeRejected || err.Error() != "a counter only goes up" {
		t.Errorf("a refusal: got %v", err)
	}

	if _, err := c.increment.Do(t.Context(), r, "counter:1", incrementBy{666}); fault.Of(err) != fault.CodeInternal {
		t.Errorf("a panic: got %v", err)
	}

	// The first half of it emits, the other is refused: nothing happens.
	if _, err := c.twice.Do(t.Context(), r, "counter:1", incrementBy{-1}); fault.Of(err) != fault.CodeRejected {
		t.Errorf("half a chain: got %v", err)
	}

	got, err = c.twice.Do(t.Context(), r, "counter:1", incrementBy{10}, aggregate.WithID("a"))
	if err != nil || got.Value != 13 || got.Version != 4 {
		t.Errorf("a chain: got %+v, %v", got, err)
	}

	again, err := c.twice.Do(t.Context(), r, "counter:1", incrementBy{10}, aggregate.WithID("a"))
	if err != nil || again.Value != 13 || again.Version != 4 || !again.Repeated {
		t.Errorf("the same again: got %+v, %v", again, err)
	}

	if _, err := c.twice.Do(t.Context(), r, "counter:1", incrementBy{11}, aggregate.WithID("a")); fault.Of(err) != fault.CodeConflict {
		t.Errorf("the same ID with other input: got %v", err)
	}

	count, version, err := aggregate.Ask(t.Context(), r, c.kind, "counter:1", func(c counter) int { return c.Count })
	if err != nil || count != 13 || version != 4 {
		t.Errorf("asked: got %d at version %d, %v", count, version, err)
	}
}

func TestManyCallers(t *testing.T) {
	t.Parallel()

	const callers, each = 32, 50

	c := newCounters()
	backend := newStore(t)
	one, other := runtime(t, backend, c.kind), runtime(t, backend, c.kind)

	if _, err := c.create.Do(t.Context(), one, "counter:1", struct{}{}); err != nil {
		t.Fatal(err)
	}

	var (
		wg   sync.WaitGroup
		mu   sync.Mutex
		seen = make(map[int]bool)
	)

	for i := range callers {
		wg.Go(func() {
			for range each {
				got, err := c.increment.Do(t.Context(), []*aggregate.Runtime{one, other}[i%2], "counter:1", incrementBy{1})
				if err != nil {
					t.Error(err)

					return
				}

				mu.Lock()
				if seen[got.Value] {
					t.Errorf("%d is there twice", got.Value)
				}
				seen[got.Value] = true
				mu.Unlock()
			}
		})
	}

	wg.Wait()

	if len(seen) != callers*each {
		t.Errorf("%d increments were counted, want %d", len(seen), callers*each)
	}
}
