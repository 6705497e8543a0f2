package projection_test

import (
	"context"
	"errors"
	"iter"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/projection"
	"github.com/recountdev/recount/store"
)

// TestWaitFor shows what waiting for one's own writes gives.
func TestWaitFor(t *testing.T) {
	t.Parallel()

	for name, address := range databases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			url := address(t)
			h := start(t, newLog(t), url, sums(projection.Options{Categories: []string{"counter"}}))

			for i := range 20 { // whether the projection takes the event or not
				typ, stream := "added", event.Stream("counter:1")
				if i%3 == 1 {
					typ = "noted"
				}

				if i%5 == 1 {
					stream = "meeting:1"
				}

				if err := h.runner.WaitFor(t.Context(), "sums", h.append(stream, typ, i)); err != nil {
					t.Fatal(err)
				}
			}

			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			defer cancel()

			if err := h.runner.WaitFor(ctx, "sums", event.PositionAt(1000)); fault.Of(err) != fault.CodeUnavailable || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("for what never comes: %v", err)
			}

			h.stop()

			if err := h.runner.WaitFor(t.Context(), "sums", event.PositionAt(1000)); fault.Of(err) != fault.CodeUnavailable || !strings.Contains(err.Error(), "closing") {
				t.Errorf("after the end: %v", err)
			}

			if err := h.runner.WaitFor(t.Context(), "sums", event.PositionAt(20)); err != nil {
				t.Errorf("what is there, after the end: %v", err)
			}
		})
	}
}

// TestSkippedPositionsLast shows that positions without events of the projection
// are written down, too, without an event that would do it.
func TestSkippedPositionsLast(t *testing.T) {
	t.Parallel()

	for name, address := range databases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			url := address(t)
			h := start(t, newLog(t), url, sums(projection.Options{}))
			p := h.append("counter:1", "noted", 1, 2, 3)
			h.until("it is written down", func() bool {
				all, err := h.views.Statuses(t.Context())

				return err == nil && all[0].Position == p
			})
		})
	}
}

// awayLog fails to follow, until it is told otherwise.
type awayLog struct {
	store.Log

	away  atomic.Bool
	calls atomic.Int64
}

func (l *awayLog) Feed(ctx context.Context, after event.Position, f store.Filter) iter.Seq2[store.Page, error] {
	l.calls.Add(1)

	if !l.away.Load() {
		return l.Log.Feed(ctx, after, f)
	}

	return func(yield func(store.Page, error) bool) { yield(store.Page{}, errors.New("the log is away")) }
}

// TestLogAway shows that a projection goes on by itself when the log is there
// again.
func TestLogAway(t *testing.T) {
	t.Parallel()

	for name, address := range databases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			url := address(t)
			log := &awayLog{Log: newLog(t)}
			log.away.Store(true)

			h := start(t, log, url, sums(projection.Options{}))
			h.until("it stopped", func() bool { return h.status().State == projection.Stopped })

			if f := h.status().Failure; !strings.Contains(f.Error, "the log is away") || f.Stream != "" || !f.Position.IsZero() {
				t.Errorf("got %s", shown(f))
			}

			log.away.Store(false)
			h.wait("sums", h.append("counter:1", "added", 1))
			h.check()

			if s := h.status(); s.State != projection.Live || log.calls.Load() < 2 {
				t.Errorf("got %s after %d calls", shown(s), log.calls.Load())
			}
		})
	}
}

// TestEnds shows that all calls end soon when their context does, also while a
// handler is busy.
func TestEnds(t *testing.T) {
	t.Parallel()

	for name, address := range databases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			url := address(t)
			entered := make(chan struct{}, 1)
			h := start(t, newLog(t), url, projection.Define("slow", projection.Options{Tables: "create table slow (n bigint)"},
				projection.OnEach(func(ctx context.Context, _ *projection.Tx, _ *event.Event) error {
					select {
					case entered <- struct{}{}:
					default:
					}

					<-ctx.Done()

					return ctx.Err()
				})))

			h.append("counter:1", "added", 1)
			<-entered

			ctx, cancel := context.WithCancel(t.Context())
			cancel()

			_, statuses := h.views.Statuses(ctx)
			_, again := projection.New(ctx, projection.Settings{Log: h.log, Views: h.views, Definitions: []*projection.Definition{other()}})

			for name, err := range map[string]error{
				"pause":    h.views.Pause(ctx, "slow"),
				"statuses": statuses,
				"new":      again,
				"wait":     h.runner.WaitFor(ctx, "slow", event.PositionAt(1)),
			} {
				if fault.Of(err) != fault.CodeUnavailable {
					t.Errorf("%s: got %v", name, err)
				}
			}

			began := time.Now()
			h.stop()

			if took := time.Since(began); took > patience/2 {
				t.Errorf("it took %s to end", took)
			}

			if strings.Contains(h.logged.String(), "a projection stopped") {
				t.Errorf("the end was taken for a failure: %s", h.logged)
			}
		})
	}
}
