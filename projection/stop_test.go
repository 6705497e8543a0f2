package projection_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/projection"
)

// failing is a handler that fails at one event, as long as it is told to.
type failing struct {
	at    event.Position
	err   error // nil means that it panics
	on    atomic.Bool
	calls atomic.Int64
}

func (f *failing) handler() projection.Handler {
	return projection.On("added", func(ctx context.Context, tx *projection.Tx, e *event.Event, data added) error {
		if err := addUp(ctx, tx, e, data); err != nil {
			return err
		}

		if e.Position == f.at && f.on.Load() {
			f.calls.Add(1)

			if f.err == nil {
				panic("no such ballot")
			}

			return f.err
		}

		return nil
	})
}

// other is a projection beside the one that fails.
func other() *projection.Definition {
	return projection.Define("other", projection.Options{Tables: `create table other (n bigint)`},
		projection.OnEach(func(ctx context.Context, tx *projection.Tx, e *event.Event) error {
			_, err := tx.Exec(ctx, "insert into other values (?)", int64(e.Version))

			return err
		}))
}

func failingSums(f *failing) *projection.Definition {
	return projection.Define("sums", projection.Options{
		Tables: `create table sums (stream text primary key, n bigint not null, total bigint not null, last bigint not null)`,
	}, f.handler())
}

// TestStops shows that a projection stops at the event that it cannot handle,
// with all before it applied, while others go on; and that it can be told to
// leave that out.
func TestStops(t *testing.T) {
	t.Parallel()

	for name, address := range databases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			url := address(t)
			f := &failing{at: event.PositionAt(4), err: errors.New("no such ballot")}
			f.on.Store(true)

			log := newLog(t)
			record(t, log, "counter:1", "added", 1, 2, 3, 4, 5)

			h := start(t, log, url, failingSums(f), other())
			h.wait("other", event.PositionAt(5))
			h.until("it stopped", func() bool { return h.runner.Status()[1].State == projection.Stopped })

			s := h.runner.Status()[1]
			if got := s.Failure; got == nil || got.Error != "no such ballot" || got.Position != f.at || got.Stream != "counter:1" || got.Version != 4 || got.Type != "added" || got.Attempts < 1 || got.Since.IsZero() || s.Position != event.PositionAt(3) {
				t.Fatalf("got %s", shown(s))
			}

			if err := h.runner.WaitFor(t.Context(), "sums", event.PositionAt(4)); fault.Of(err) != fault.CodeUnavailable || !strings.Contains(err.Error(), "no such ballot") {
				t.Errorf("waiting for it: %v", err)
			}

			h.until("it tried again by itself", func() bool { return f.calls.Load() >= 3 }) // together, alone, and a second later
			h.until("that is written down", func() bool {
				all, err := h.views.Statuses(t.Context())

				return err == nil && all[1].State == projection.Stopped && all[1].Failure != nil && all[1].Failure.Attempts >= 2
			})

			if err := h.views.Skip(t.Context(), "sums", event.PositionAt(3)); fault.Of(err) != fault.CodeConflict {
				t.Errorf("skipping another event: %v", err)
			}

			if err := h.views.Skip(t.Context(), "sums", f.at); err != nil {
				t.Fatal(err)
			}

			h.wait("sums", h.append("counter:1", "added", 6))

			rows := h.rows("select n, total from sums")
			if len(rows) != 1 || rows[0] != "5 17" {
				t.Errorf("got %q", rows)
			}

			if s := h.runner.Status()[1]; s.Failure != nil || len(s.Skipped) != 1 || s.Skipped[0].Position != f.at || s.Skipped[0].Error != "no such ballot" || s.Skipped[0].At.IsZero() {
				t.Errorf("got %s", shown(s))
			}

			h.until("the skipped event is shown", func() bool {
				all, err := h.views.Statuses(t.Context())

				return err == nil && all[1].State != projection.Stopped && all[1].Failure == nil && len(all[1].Skipped) == 1
			})
		})
	}
}

// TestResumesAfterPanic shows that a panic stops as an error does, that a stop
// outlives the program, and that Resume tries again at once.
func TestResumesAfterPanic(t *testing.T) {
	t.Parallel()

	for name, address := range databases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			url := address(t)
			f := &failing{at: event.PositionAt(2)}
			f.on.Store(true)

			log := newLog(t)
			h := start(t, log, url, failingSums(f))
			h.append("counter:1", "added", 1, 2, 3)
			h.until("it stopped", func() bool { return h.status().State == projection.Stopped })

			if s := h.status(); s.Failure.Error != "panic: no such ballot" || !strings.Contains(h.logged.String(), "stop_test.go") {
				t.Errorf("got %s; logged %s", shown(s), h.logged)
			}

			h.until("that is written down", func() bool {
				all, err := h.views.Statuses(t.Context())

				return err == nil && all[0].State == projection.Stopped
			})
			h.stop()

			h = start(t, log, url, failingSums(f))
			if s := h.status(); s.State != projection.Stopped {
				t.Errorf("after a restart: %s", shown(s))
			}

			h.until("it waits", func() bool { return h.status().Failure.Attempts >= 3 }) // for two seconds
			f.on.Store(false)

			if err := h.views.Resume(t.Context(), "sums"); err != nil {
				t.Fatal(err)
			}

			h.wait("sums", event.PositionAt(3))
			h.check()

			if s := h.status(); s.State != projection.Live || s.Failure != nil {
				t.Errorf("got %s", shown(s))
			}
		})
	}
}

// TestPause shows that a projection that is paused stands still, over restarts,
// and misses nothing.
func TestPause(t *testing.T) {
	t.Parallel()

	for name, address := range databases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			url := address(t)
			log := newLog(t)
			h := start(t, log, url, sums(projection.Options{}))
			first := h.append("counter:1", "added", 1)
			h.wait("sums", first)

			if err := h.views.Pause(t.Context(), "sums"); err != nil {
				t.Fatal(err)
			}

			h.until("it is paused", func() bool { return h.status().State == projection.Paused })

			for range 2 {
				second := h.append("counter:1", "added", 2)
				if err := h.runner.WaitFor(t.Context(), "sums", first); err != nil {
					t.Errorf("what is there already: %v", err)
				}

				if err := h.runner.WaitFor(t.Context(), "sums", second); fault.Of(err) != fault.CodeUnavailable || !strings.Contains(err.Error(), "paused") {
					t.Errorf("what is not: %v", err)
				}

				if all, err := h.views.Statuses(t.Context()); err != nil || all[0].State != projection.Paused {
					t.Errorf("got %s, error %v", shown(all), err)
				}

				h.stop()
				h = start(t, log, url, sums(projection.Options{}))
			}

			if rows := h.rows("select n from sums"); len(rows) != 1 || rows[0] != "1" {
				t.Errorf("got %q", rows)
			}

			if err := h.views.Resume(t.Context(), "sums"); err != nil {
				t.Fatal(err)
			}

			h.wait("sums", event.PositionAt(3))
			h.check()
		})
	}
}

// TestAskNobody shows what there is to say of projections that do not exist.
func TestAskNobody(t *testing.T) {
	t.Parallel()

	for name, address := range databases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			url := address(t)
			h := start(t, newLog(t), url, other())

			for name, err := range map[string]error{
				"pause":          h.views.Pause(t.Context(), "nobody"),
				"resume":         h.views.Resume(t.Context(), "nobody"),
				"rebuild":        h.views.Rebuild(t.Context(), "nobody"),
				"rebuild stream": h.views.RebuildStream(t.Context(), "nobody", "counter:1"),
				"skip":           h.views.Skip(t.Context(), "nobody", event.PositionAt(1)),
				"wait":           h.runner.WaitFor(t.Context(), "nobody", event.PositionAt(1)),
			} {
				if fault.Of(err) != fault.CodeNotFound {
					t.Errorf("%s: got %v", name, err)
				}
			}

			for name, err := range map[string]error{
				"no clearing": h.views.RebuildStream(t.Context(), "other", "counter:1"),
				"no stream":   h.views.RebuildStream(t.Context(), "other", ""),
			} {
				if fault.Of(err) != fault.CodeInvalid {
					t.Errorf("%s: got %v", name, err)
				}
			}

			if err := h.views.Skip(t.Context(), "other", event.Position{}); fault.Of(err) != fault.CodeConflict {
				t.Errorf("skip nothing: %v", err)
			}
		})
	}
}
