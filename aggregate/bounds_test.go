package aggregate_test

import (
	"context"
	"fmt"
	stdruntime "runtime"
	"runtime/pprof"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/recountdev/recount/aggregate"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store/memory"
)

type grown struct {
	Text string `json:"text"`
}

// weighty has a state that grows.
type weighty struct {
	kind *aggregate.Definition[[]string]
	grow *aggregate.Decider[[]string, string, int]
}

func newWeighty(bytes func(any) int) weighty {
	d := aggregate.Define("weighty", aggregate.On("grown", func(s *[]string, e grown) { *s = append(*s, e.Text) })).
		With(aggregate.Settings{Bytes: bytes, SnapshotEvery: -1})

	return weighty{d, aggregate.Command(d, "grow", func(s aggregate.Scope[[]string], text string) (int, error) {
		s.Emit(grown{text})

		return len(s.State()), nil
	})}
}

// reads counts the events that are read when something is asked of streams.
func reads(t *testing.T, log *faultyLog, r *aggregate.Runtime, w weighty, streams ...string) int {
	t.Helper()

	before := log.events.Load()
	for _, stream := range streams {
		if _, _, err := aggregate.Ask(t.Context(), r, w.kind, event.Stream(stream), func(s []string) int { return len(s) }); err != nil {
			t.Fatal(err)
		}
	}

	return int(log.events.Load() - before)
}

// The aggregates that were used least recently leave the memory first.
func TestLiveIsBounded(t *testing.T) {
	t.Parallel()

	w := newWeighty(nil)
	log := &faultyLog{Log: newStore(t).Log}
	r := start(t, aggregate.Options{Log: log, Kinds: []aggregate.Kind{w.kind}, Live: 3})

	for _, i := range []int{1, 2, 3, 1, 4} { // 2 leaves
		if _, err := w.grow.Do(t.Context(), r, event.Stream(fmt.Sprintf("weighty:%d", i)), "x"); err != nil {
			t.Fatal(err)
		}
	}

	if n := reads(t, log, r, w, "weighty:1", "weighty:3", "weighty:4"); n != 0 {
		t.Errorf("%d events were read for aggregates that are in memory", n)
	}

	if n := reads(t, log, r, w, "weighty:2"); n != 1 {
		t.Errorf("%d events were read for the one that left, want 1", n)
	}
}

// Large states make others leave, by an estimate of their own or the definition's.
func TestBytesAreBounded(t *testing.T) {
	t.Parallel()

	for name, bytes := range map[string]func(any) int{
		"walked through":    nil,
		"by the definition": func(s any) int { return 1000 * len(*s.(*[]string)) }, //nolint:errcheck // what it is
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			w := newWeighty(bytes)
			log := &faultyLog{Log: newStore(t).Log}
			r := start(t, aggregate.Options{Log: log, Kinds: []aggregate.Kind{w.kind}, Bytes: 10 << 10})
			text := strings.Repeat("x", 1000)

			for i := range 20 {
				if _, err := w.grow.Do(t.Context(), r, event.Stream(fmt.Sprintf("weighty:%d", i)), text); err != nil {
					t.Fatal(err)
				}
			}

			// About six of a thousand bytes and what an aggregate has beside.
			if n := reads(t, log, r, w, "weighty:19", "weighty:18", "weighty:17"); n != 0 {
				t.Errorf("%d events were read for aggregates that have room", n)
			}

			// One that has answered may still be busy with itself, and stays so long.
			var oldest []string
			for i := range 10 {
				oldest = append(oldest, fmt.Sprintf("weighty:%d", i))
			}

			if n := reads(t, log, r, w, oldest...); n < 8 {
				t.Errorf("%d events were read for ten that have no room", n)
			}
		})
	}
}

// An aggregate that has something to do stays, however many come.
func TestBusyStays(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		c, g := newTills(), newGate()
		log := &faultyLog{Log: memory.New().Log, before: g.wait}
		r := start(t, aggregate.Options{Log: log, Kinds: []aggregate.Kind{c.kind}, Live: 1})

		var wg sync.WaitGroup
		for i := range 50 {
			wg.Go(func() {
				got, err := c.in.Do(t.Context(), r, event.Stream(fmt.Sprintf("till:%d", i%25)), 1)
				if err != nil || got.Value != 1+int(got.Version)-1 {
					t.Errorf("got %+v, %v", got, err)
				}
			})
		}

		synctest.Wait()

		// One writer for a stream: two appends at once would conflict.
		if n := log.appends.Load(); n != 25 {
			t.Errorf("%d appends are under way, want 25", n)
		}

		close(g.open)
		wg.Wait()

		if n := log.appends.Load(); n > 50 {
			t.Errorf("%d appends for 25 streams", n)
		}
	})
}

func TestWaitingIsBounded(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		c, g := newTills(), newGate()
		log := &faultyLog{Log: memory.New().Log, before: g.wait}
		r := start(t, aggregate.Options{Log: log, Kinds: []aggregate.Kind{c.kind}, Waiting: 3})

		var (
			wg      sync.WaitGroup
			refused atomic.Int32
		)

		for range 10 {
			wg.Go(func() {
				if _, err := c.in.Do(t.Context(), r, "till:1", 1); fault.Of(err) == fault.CodeUnavailable {
					refused.Add(1)
				} else if err != nil {
					t.Error(err)
				}
			})
			synctest.Wait()
		}

		if refused.Load() != 6 { // one is decided, three wait
			t.Errorf("%d of 10 were refused, want 6", refused.Load())
		}

		close(g.open)
		wg.Wait()
	})
}

// Nobody waits for the answer of a caller who went away, before or after.
func TestCancelledCallers(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		c, g := newTills(), newGate()
		log := &faultyLog{Log: memory.New().Log, before: g.wait}
		r := start(t, aggregate.Options{Log: log, Kinds: []aggregate.Kind{c.kind}})

		ctx, cancel := context.WithCancel(t.Context())

		var wg sync.WaitGroup
		for range 3 { // the first is decided, the others wait
			wg.Go(func() {
				_, err := c.in.Do(ctx, r, "till:1", 1)
				wantCode(t, "cancelled", err, fault.CodeUnavailable)
			})
			synctest.Wait()
		}

		cancel()
		wg.Wait()

		_, err := c.in.Do(ctx, r, "till:1", 1)
		wantCode(t, "before it began", err, fault.CodeUnavailable)

		close(g.open)

		// Those who still waited in the queue were left out.
		if cash, _, err := c.cash(t.Context(), r, "till:1"); cash != 1 || err != nil {
			t.Errorf("got %d, %v", cash, err)
		}
	})
}

// A caller who goes away while their question is answered does not get in the way
// of it.
func TestCancelledQuestion(t *testing.T) {
	t.Parallel()

	c := newTills()
	r := runtime(t, newStore(t), c.kind)

	for range 50 {
		ctx, cancel := context.WithCancel(t.Context())
		got, version, err := aggregate.Ask(ctx, r, c.kind, "till:1", func(s till) int {
			cancel()
			stdruntime.Gosched()

			return s.Cash + 1
		})
		cancel()

		if err != nil && (got != 0 || version != 0) {
			t.Errorf("got %d at version %d with %v", got, version, err)
		}
	}
}

// An aggregate that has nothing to do has no goroutine.
func TestIdleTakesNoGoroutine(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		c := newTills()
		r := start(t, aggregate.Options{Log: memory.New().Log, Kinds: []aggregate.Kind{c.kind}})

		for i := range 500 {
			if _, err := c.in.Do(t.Context(), r, event.Stream(fmt.Sprintf("till:%d", i)), 1); err != nil {
				t.Fatal(err)
			}
		}

		synctest.Wait()

		if n := inBubble(t, "created by github.com/recountdev/recount/aggregate.(*Runtime).enqueue in goroutine"); n > 0 {
			t.Errorf("%d goroutines of 500 aggregates are left", n)
		}
	})
}

// inBubble returns how many goroutines of the caller's bubble have a text in
// their stacks. Those of tests beside it do not count.
func inBubble(t *testing.T, text string) int {
	t.Helper()

	var stacks strings.Builder
	if err := pprof.Lookup("goroutine").WriteTo(&stacks, 2); err != nil {
		t.Fatal(err)
	}

	header, _, _ := strings.Cut(stacks.String(), "\n") // the caller's: goroutine 7 [running, synctest bubble 5]:
	_, bubble, is := strings.Cut(header, ", synctest ")
	if !is {
		t.Fatalf("no bubble in %q", header)
	}

	n := 0
	for stack := range strings.SplitSeq(stacks.String(), "\n\n") {
		header, _, _ := strings.Cut(stack, "\n")
		if strings.HasSuffix(header, ", synctest "+bubble) && strings.Contains(stack, text) {
			n++
		}
	}

	return n
}
