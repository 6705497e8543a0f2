package aggregate_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/recountdev/recount/aggregate"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/memory"
)

// Neither a command, nor a refusal or a question that came after it, is answered
// before the command is durable.
func TestNoAnswerBeforeDurability(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		c, g := newTills(), newGate()
		backend := memory.New()
		r := start(t, aggregate.Options{Log: &faultyLog{Log: backend.Log, before: g.wait}, Kinds: []aggregate.Kind{c.kind}})

		var (
			wg       sync.WaitGroup
			answered atomic.Int32
		)

		do := func(f func() error) {
			wg.Go(func() {
				if err := f(); err != nil {
					t.Error(err)
				}

				answered.Add(1)
			})
			synctest.Wait()
		}

		do(func() error { _, err := c.in.Do(t.Context(), r, "till:1", 5); return err })
		do(func() error { // decided together with the next ones, which see what it did
			_, err := c.out.Do(t.Context(), r, "till:1", 4)
			return err
		})
		do(func() error {
			if _, err := c.out.Do(t.Context(), r, "till:1", 2); fault.Of(err) != fault.CodeRejected || err.Error() != "there is only 1" {
				return fmt.Errorf("refused with: %w", err)
			}

			return nil
		})
		do(func() error {
			cash, version, err := c.cash(t.Context(), r, "till:1")
			if cash != 1 || version != 2 {
				return fmt.Errorf("asked: got %d at version %d, %w", cash, version, err)
			}

			return err
		})

		if answered.Load() != 0 || len(events(t, backend.Log, "till:1")) != 0 {
			t.Errorf("%d are answered before anything is durable", answered.Load())
		}

		close(g.open)
		wg.Wait()

		if n := len(events(t, backend.Log, "till:1")); n != 2 {
			t.Errorf("%d events are recorded, want 2", n)
		}
	})
}

// Many callers of one stream on two runtimes come to their end.
func TestContended(t *testing.T) {
	t.Parallel()

	const callers, each = 128, 20

	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()

	c := newTills()
	backend := newStore(t)
	rs := []*aggregate.Runtime{runtime(t, backend, c.kind), runtime(t, backend, c.kind)}

	var (
		wg    sync.WaitGroup
		asked atomic.Int64
	)

	for i := range callers {
		wg.Go(func() {
			for range each {
				if _, err := c.in.Do(ctx, rs[i%2], "till:1", 1); err != nil {
					t.Error(err)
					return
				}

				if _, _, err := c.cash(ctx, rs[i%2], "till:1"); err == nil {
					asked.Add(1)
				}

				if _, err := c.out.Do(ctx, rs[i%2], "till:1", 1_000_000); fault.Of(err) != fault.CodeRejected {
					t.Errorf("got %v", err)
				}
			}
		})
	}

	wg.Wait()

	if cash, version, err := c.cash(ctx, rs[0], "till:1"); cash != callers*each || version != callers*each || err != nil {
		t.Errorf("got %d at version %d, %v; want %d", cash, version, err, callers*each)
	}

	if asked.Load() != callers*each {
		t.Errorf("%d of %d questions were answered", asked.Load(), callers*each)
	}
}

// Whoever asks of one runtime sees what another has answered before.
func TestAnswersAreNeverStale(t *testing.T) {
	t.Parallel()

	c := newTills()
	backend := newStore(t)
	one, other := runtime(t, backend, c.kind), runtime(t, backend, c.kind)

	for i := 1; i <= 20; i++ {
		if _, err := c.in.Do(t.Context(), one, "till:1", 1); err != nil {
			t.Fatal(err)
		}

		if cash, version, err := c.cash(t.Context(), other, "till:1"); cash != i || version != event.Version(i) || err != nil {
			t.Fatalf("got %d at version %d, %v; want %d", cash, version, err, i)
		}

		_, err := c.out.Do(t.Context(), other, "till:1", i+1)
		if want := fmt.Sprintf("there is only %d", i); fault.Of(err) != fault.CodeRejected || err.Error() != want {
			t.Fatalf("refused with %v, want %s", err, want)
		}
	}
}

// An append of which nobody knows whether it happened is not answered as done or
// refused, and the same ID finds out.
func TestLostAnswer(t *testing.T) {
	t.Parallel()

	for name, recorded := range map[string]bool{"recorded": true, "not recorded": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			c := newTills()
			backend := newStore(t)

			var cut atomic.Bool
			spoil := func() error {
				if cut.Load() {
					return fault.Unavailable("cut")
				}

				return nil
			}

			log := &faultyLog{Log: backend.Log, after: spoil}
			if !recorded {
				log = &faultyLog{Log: backend.Log, before: func(context.Context, []store.Batch) error { return spoil() }}
			}

			r := start(t, aggregate.Options{Log: log, Kinds: []aggregate.Kind{c.kind}})
			if _, err := c.in.Do(t.Context(), r, "till:1", 5); err != nil {
				t.Fatal(err)
			}

			cut.Store(true)
			_, err := c.both.Do(t.Context(), r, "till:1", 2, aggregate.WithID("a"))
			wantCode(t, "a lost answer", err, fault.CodeUnavailable)
			cut.Store(false)

			got, err := c.both.Do(t.Context(), r, "till:1", 2, aggregate.WithID("a"))
			if err != nil || got.Value != 4 || got.Version != 3 || got.Repeated != recorded {
				t.Errorf("again: got %+v, %v", got, err)
			}

			if n := len(events(t, backend.Log, "till:1")); n != 3 {
				t.Errorf("%d events, want 3", n)
			}
		})
	}
}

// A decision that rests on a reservation is void if that changes before it is
// recorded: here the value is released while a command that found it held waits
// for the log.
func TestReservationsThatWereSeenAreChecked(t *testing.T) {
	t.Parallel()

	d := aggregate.Define("user", aggregate.On("noted", func(*string, note) {}))
	claim := aggregate.Command(d, "claim", func(s aggregate.Scope[string], _ struct{}) (string, error) {
		said := "mine"
		if _, taken := errors.AsType[*aggregate.TakenError](s.Reserve("name", "x")); taken {
			said = "taken"
		}

		s.Emit(note{said})

		return said, nil
	})
	release := aggregate.Command(d, "release", func(s aggregate.Scope[string], _ struct{}) (struct{}, error) {
		return struct{}{}, s.Release("name", "x")
	})

	for name, who := range map[string]event.Stream{"held by the stream itself": "user:1", "held by another": "user:2"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			backend := newStore(t)
			other := runtime(t, backend, d)

			if _, err := claim.Do(t.Context(), other, "user:1", struct{}{}); err != nil {
				t.Fatal(err)
			}

			var once sync.Once
			log := &faultyLog{Log: backend.Log, before: func(ctx context.Context, _ []store.Batch) error {
				var err error
				once.Do(func() { _, err = release.Do(ctx, other, "user:1", struct{}{}) })

				return err
			}}
			r := start(t, aggregate.Options{Log: log, Kinds: []aggregate.Kind{d}})

			got, err := claim.Do(t.Context(), r, who, struct{}{})
			if err != nil || got.Value != "mine" {
				t.Errorf("got %+v, %v", got, err)
			}

			all := events(t, backend.Log, "$reservation:name:x")
			if len(all) != 3 || all[2].Type != "reserved" || string(all[2].Data) != `{"holder":"`+string(who)+`"}` {
				t.Errorf("the value is not reserved again after its release: %d events", len(all))
			}
		})
	}
}

type note struct {
	Text string `json:"text"`
}
