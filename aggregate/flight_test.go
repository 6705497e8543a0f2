package aggregate_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/recountdev/recount/aggregate"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/memory"
)

// lateLog fails an append that it records nevertheless, though not before the next
// one comes: until then no reader sees it.
type lateLog struct {
	store.Log
	delay atomic.Bool // the next append

	mu   sync.Mutex
	late []store.Batch
}

func (l *lateLog) Append(ctx context.Context, batches ...store.Batch) (store.Receipt, error) {
	l.mu.Lock()
	defer l.mu.Unlock()

	if l.delay.CompareAndSwap(true, false) {
		l.late = batches

		return store.Receipt{}, fault.Unavailable("it is on its way")
	}

	if late := l.late; late != nil {
		l.late = nil
		if _, err := l.Log.Append(ctx, late...); err != nil {
			return store.Receipt{}, err
		}
	}

	return l.Log.Append(ctx, batches...)
}

// A command whose append is on its way is not refused meanwhile, on a state that
// does not have what was decided with it.
func TestRetryWhileTheAppendIsOnItsWay(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		c, g := newTills(), newGate()
		late := &lateLog{Log: memory.New().Log}
		log := &faultyLog{Log: late, before: g.wait}
		one := start(t, aggregate.Options{Log: log, Kinds: []aggregate.Kind{c.kind}})
		other := start(t, aggregate.Options{Log: late, Kinds: []aggregate.Kind{c.kind}})

		var wg sync.WaitGroup

		try := func(f func() error) {
			wg.Go(func() { wantCode(t, "a lost answer", f(), fault.CodeUnavailable) })
			synctest.Wait()
		}

		wg.Go(func() { // keeps the till busy
			if _, err := c.in.Do(t.Context(), one, "till:1", 1); err != nil {
				t.Error(err)
			}

			late.delay.Store(true)
		})
		synctest.Wait()
		try(func() error { _, err := c.in.Do(t.Context(), one, "till:1", 5); return err })
		try(func() error {
			_, err := c.out.Do(t.Context(), one, "till:1", 6, aggregate.WithID("a"))
			return err
		})

		g.open <- struct{}{} // the first append
		synctest.Wait()
		close(g.open)
		wg.Wait()

		got, err := c.out.Do(t.Context(), other, "till:1", 6, aggregate.WithID("a"))
		if err != nil || got.Value != 0 || got.Version != 3 || !got.Repeated {
			t.Errorf("got %+v, %v", got, err)
		}
	})
}

// A refusal rests on reservations as they were at one moment.
func TestRefusalRestsOnOneMoment(t *testing.T) {
	t.Parallel()

	d := aggregate.Define("user", aggregate.On("noted", func(*string, note) {}))
	take := aggregate.Command(d, "take", func(s aggregate.Scope[string], name string) (int, error) {
		return 0, s.Reserve("name", name)
	})
	swap := aggregate.Command(d, "swap", func(s aggregate.Scope[string], _ int) (int, error) {
		return 0, errors.Join(s.Release("name", "x"), s.Reserve("name", "y"))
	})
	either := aggregate.Command(d, "either", func(s aggregate.Scope[string], _ int) (string, error) {
		if s.Reserve("name", "x") == nil {
			return "x", nil
		}

		if s.Reserve("name", "y") == nil {
			return "y", nil
		}

		return "", errors.New("both are taken")
	})

	backend := newStore(t)
	other := runtime(t, backend, d)

	if _, err := take.Do(t.Context(), other, "user:1", "x"); err != nil {
		t.Fatal(err)
	}

	var once sync.Once
	log := &faultyLog{Log: backend.Log, read: func(stream event.Stream) {
		if stream == "$reservation:name:y" {
			once.Do(func() {
				if _, err := swap.Do(t.Context(), other, "user:1", 0); err != nil {
					t.Error(err)
				}
			})
		}
	}}
	r := start(t, aggregate.Options{Log: log, Kinds: []aggregate.Kind{d}})

	if got, err := either.Do(t.Context(), r, "user:2", 0); err != nil || got.Value != "x" {
		t.Errorf("got %+v, %v", got, err)
	}
}

// A command that another runtime takes between the look for its ID and the
// append happens once.
func TestSameIDBetweenLookAndAppend(t *testing.T) {
	t.Parallel()

	c := newTills()
	for name, of := range map[string]*aggregate.Decider[till, int, int]{"one event": c.in, "two events": c.both} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			backend := newStore(t)
			other := runtime(t, backend, c.kind)

			var once sync.Once
			log := &faultyLog{Log: backend.Log, before: func(ctx context.Context, _ []store.Batch) error {
				var err error
				once.Do(func() {
					_, err = of.Do(ctx, other, "till:1", 1, aggregate.WithID("a"))
				})

				return err
			}}
			r := start(t, aggregate.Options{Log: log, Kinds: []aggregate.Kind{c.kind}})

			got, err := of.Do(t.Context(), r, "till:1", 1, aggregate.WithID("a"))
			if n := len(events(t, backend.Log, "till:1")); err != nil || !got.Repeated || int(got.Version) != n {
				t.Errorf("got %+v, %v with %d events", got, err, n)
			}

			if cash, version, err := c.cash(t.Context(), r, "till:1"); err != nil || cash != got.Value || version != got.Version {
				t.Errorf("there is %d at version %d, %v", cash, version, err)
			}
		})
	}
}
