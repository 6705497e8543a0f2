package fanout_test

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fanout"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/memory"
	"github.com/recountdev/recount/topic"
)

// topics keeps what it is given.
type topics struct {
	mu        sync.Mutex
	start     event.Position
	positions []uint64
	upto      uint64
	gap       bool
}

func (t *topics) Start() event.Position { return t.start }

func (t *topics) Publish(page store.Page) {
	t.mu.Lock()
	defer t.mu.Unlock()

	for i := range page.Events {
		t.positions = append(t.positions, page.Events[i].Position.Number())
	}

	t.gap = t.gap || page.Upto.Number() < t.upto
	t.upto = page.Upto.Number()
}

func (t *topics) seen() ([]uint64, uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()

	return slices.Clone(t.positions), t.upto
}

// failingLog fails to follow now and then: at once, or after some pages.
type failingLog struct {
	store.Log

	calls int
	pages func(call int) int // before it fails; negative means that it does not
	err   error              // nil means that the sequence just ends
}

func (l *failingLog) Feed(ctx context.Context, after event.Position, f store.Filter) iter.Seq2[store.Page, error] {
	l.calls++
	left := l.pages(l.calls)
	f.PageSize = 3

	return func(yield func(store.Page, error) bool) {
		if left != 0 {
			for page, err := range l.Log.Feed(ctx, after, f) {
				if !yield(page, err) || err != nil {
					return
				}

				if left--; left == 0 {
					break
				}
			}
		}

		if l.err != nil {
			yield(store.Page{}, l.err)
		}
	}
}

// record appends n events.
func record(t *testing.T, log store.Log, n int) {
	t.Helper()

	if _, err := log.Append(t.Context(), store.Batch{Stream: "meeting:1", Drafts: slices.Repeat([]event.Draft{{Type: "noted"}}, n)}); err != nil {
		t.Fatal(err)
	}
}

// count returns the positions from one to another.
func count(from, to uint64) []uint64 {
	var all []uint64
	for n := from; n <= to; n++ {
		all = append(all, n)
	}

	return all
}

func TestRunPublishesAll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log := memory.New().Log
		record(t, log, 700)

		to := &topics{start: event.PositionAt(5)}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})

		go func() {
			defer close(done)

			fanout.Run(ctx, log, to, slog.New(slog.NewTextHandler(failing{t}, nil)))
		}()

		synctest.Wait()

		if got, upto := to.seen(); !slices.Equal(got, count(6, 700)) || upto != 700 {
			t.Errorf("at first: got %d up to %d", got, upto)
		}

		record(t, log, 3)
		synctest.Wait()

		if got, upto := to.seen(); !slices.Equal(got, count(6, 703)) || upto != 703 {
			t.Errorf("then: got %d up to %d", got, upto)
		}

		began := time.Now()
		cancel()
		<-done

		if time.Since(began) != 0 {
			t.Errorf("it took %s to end", time.Since(began))
		}
	})
}

// failing fails the test for what is logged.
type failing struct{ *testing.T }

func (f failing) Write(line []byte) (int, error) {
	f.Errorf("logged: %s", line)

	return len(line), nil
}

// TestRunTriesAgain shows that failures cost time, and nothing else.
func TestRunTriesAgain(t *testing.T) {
	t.Parallel()

	for seed := range uint64(20) {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(1, seed))
			luck := rand.New(rand.NewPCG(2, seed)) // the pump's goroutine's
			log := &failingLog{Log: memory.New().Log, pages: func(int) int { return luck.IntN(4) }, err: errors.New("the backend is away")}
			if seed%2 == 0 {
				log.err = nil
			}

			to := &topics{}
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan struct{})

			go func() {
				defer close(done)

				fanout.Run(ctx, log, to, slog.New(slog.DiscardHandler))
			}()

			total := uint64(0)

			for range 30 {
				n := 1 + random.IntN(20)
				record(t, log, n)
				total += uint64(n)

				<-time.After(time.Duration(random.IntN(100)) * time.Millisecond)
			}

			<-time.After(time.Minute)
			synctest.Wait()

			if got, upto := to.seen(); !slices.Equal(got, count(1, total)) || upto != total || to.gap {
				t.Errorf("seed %d: got %d up to %d, want all up to %d", seed, got, upto, total)
			}

			cancel()
			<-done
		})
	}
}

// TestRunPauses shows that the pauses become longer, up to a second, and short
// again after progress; and that each failure is logged.
func TestRunPauses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var (
			began  = time.Now()
			at     []time.Duration
			logged strings.Builder
		)

		log := &failingLog{Log: memory.New().Log, err: errors.New("the backend is away"), pages: func(call int) int {
			at = append(at, time.Since(began))
			if call == 10 {
				return 1 // that is progress
			}

			return 0
		}}
		record(t, log, 7)

		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})

		go func() {
			defer close(done)

			fanout.Run(ctx, log, &topics{}, slog.New(slog.NewTextHandler(&logged, nil)))
		}()

		<-time.After(4 * time.Second)
		cancel()
		<-done

		ms := func(n int) time.Duration { return time.Duration(n) * time.Millisecond }
		want := []time.Duration{0, ms(10), ms(30), ms(70), ms(150), ms(310), ms(630), ms(1270), ms(2270), ms(3270), ms(3280), ms(3300), ms(3340), ms(3420), ms(3580), ms(3900)}

		if !slices.Equal(at, want) {
			t.Errorf("tried at %s, want %s", at, want)
		}

		lines := strings.Split(strings.TrimSpace(logged.String()), "\n")
		first, last := lines[0], lines[len(lines)-1]

		for line, parts := range map[string][]string{
			first: {"level=ERROR", "after=0000000000000000", "retry_in=10ms", "the backend is away"},
			last:  {"after=0000000000000003", "retry_in=640ms"},
		} {
			for _, part := range parts {
				if !strings.Contains(line, part) {
					t.Errorf("got %s, want it to have %s", line, part)
				}
			}
		}

		if len(lines) != len(want) {
			t.Errorf("%d lines tell of %d failures", len(lines), len(want))
		}
	})
}

// TestRunFeedsTopics is the way of an event from the log to a watcher.
func TestRunFeedsTopics(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log := memory.New().Log
		record(t, log, 2)

		hub, err := topic.New(t.Context(), log, topic.Options{})
		if err != nil {
			t.Fatal(err)
		}

		record(t, log, 1) // before the pump starts

		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})

		go func() {
			defer close(done)

			fanout.Run(ctx, log, hub, slog.New(slog.NewTextHandler(failing{t}, nil)))
		}()

		woken := make(chan struct{}, 9)

		s, _, err := hub.Join(t.Context(), topic.Request{Name: "meeting:1", Now: true, Wake: func() { woken <- struct{}{} }})
		if err != nil {
			t.Fatal(err)
		}

		record(t, log, 2)
		<-woken

		pushes, more, err := s.Next(t.Context(), nil, 1000)
		if err != nil || more || len(pushes) != 1 || pushes[0].Events != 2 || s.Place() != 5 {
			t.Errorf("got %+v at %d, more %t, error %v", pushes, s.Place(), more, err)
		}

		s.Leave(true)
		cancel()
		<-done
	})
}
