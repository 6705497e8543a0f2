package projection_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/projection"
	"github.com/recountdev/recount/store"
)

// TestRebuildsUnderTraffic shows that readers never see a half-built view, nor
// go back in time, and that their own writes are there, while a projection is
// rebuilt again and again under load.
func TestRebuildsUnderTraffic(t *testing.T) {
	t.Parallel()

	for name, address := range databases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			url := address(t)
			log := newLog(t)
			for i := range 300 {
				record(t, log, event.Stream(fmt.Sprintf("counter:%d", i%7)), "added", 1, 1, 1)
			}

			h := start(t, log, url, sums(projection.Options{Batch: 20}))
			h.wait("sums", event.PositionAt(900))

			ctx, cancel := context.WithCancel(t.Context())

			var busy sync.WaitGroup
			defer busy.Wait()
			defer cancel()

			busy.Go(func() { // writes, and reads what it wrote
				for i := 901; ctx.Err() == nil; i++ {
					receipt, err := log.Append(ctx, store.Batch{Stream: event.Stream(fmt.Sprintf("counter:%d", i%7)), Drafts: []event.Draft{{Type: "added", Data: []byte(`{"n":1}`)}}})
					if err != nil {
						if ctx.Err() == nil {
							t.Error(err)
						}

						return
					}

					if i%10 == 0 {
						if err := h.runner.WaitFor(ctx, "sums", receipt.Position); err != nil {
							if ctx.Err() == nil {
								t.Errorf("waiting for a write: %v", err)
							}

							return
						}

						if n := h.total(ctx); ctx.Err() == nil && n < i {
							t.Errorf("wrote %d, sees %d", i, n)
						}
					}

					<-time.After(time.Millisecond)
				}
			})
			busy.Go(func() {
				for last := 900; ctx.Err() == nil; {
					n := h.total(ctx)
					if ctx.Err() == nil && n < last {
						t.Errorf("saw %d, then %d", last, n)
					}

					last = max(n, last)
				}
			})

			for round := range 5 {
				before := h.status().Generation
				if err := h.views.Rebuild(t.Context(), "sums"); err != nil {
					t.Fatal(err)
				}

				h.until(fmt.Sprintf("rebuild %d is done", round), func() bool {
					s := h.status()

					return s.Generation > before && s.Rebuild == nil
				})
			}

			cancel()
			busy.Wait()

			state, err := log.State(t.Context())
			if err != nil {
				t.Fatal(err)
			}

			h.wait("sums", state.Head)
			h.check()
			h.noLeftovers(1)
		})
	}
}

// total returns how many events readers see in sums.
func (h *house) total(ctx context.Context) int {
	var n int
	if err := h.views.Reader().QueryRowContext(ctx, "select coalesce(cast(sum(n) as bigint), 0) from sums").Scan(&n); err != nil && ctx.Err() == nil {
		h.Errorf("a reader failed: %v", err)
	}

	return n
}

// noLeftovers shows that only so many tables of generations are left.
func (h *house) noLeftovers(want int) {
	h.Helper()

	query := `select name from sqlite_master where type = 'table' and name like '%\_\_g%' escape '\'`
	if h.views.Dialect() == projection.Postgres {
		query = `select tablename from pg_tables where schemaname = current_schema() and tablename like '%\_\_g%'`
	}

	if got := h.rows(query); len(got) != want {
		h.Errorf("there are the tables %q, want %d", got, want)
	}
}

// TestAnotherVersion shows that another declaration is built anew, while readers
// go on with what there was.
func TestAnotherVersion(t *testing.T) {
	t.Parallel()

	for name, address := range databases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			url := address(t)
			log := newLog(t)
			h := start(t, log, url, sums(projection.Options{}))
			p := h.append("counter:1", "added", 1, 2, 3)
			h.wait("sums", p)
			h.stop()

			entered, held := make(chan struct{}), make(chan struct{})

			var once sync.Once

			h = start(t, log, url, sums(projection.Options{Version: 2, Tables: `
				create table sums (stream text primary key, n bigint not null, total bigint not null, last bigint not null, extra text, constraint many check (n > 0));
				create table more (n bigint)`}, projection.OnEach(func(ctx context.Context, tx *projection.Tx, e *event.Event) error {
				once.Do(func() {
					close(entered)
					<-held
				})

				_, err := tx.Exec(ctx, "insert into more values (?)", int64(e.Version))

				return err
			})))

			<-entered

			if s := h.status(); s.State != projection.Building || s.Generation != 2 || s.Version != 2 {
				t.Errorf("got %s", shown(s))
			}

			if err := h.runner.WaitFor(t.Context(), "sums", p); fault.Of(err) != fault.CodeUnavailable || !strings.Contains(err.Error(), "being built") {
				t.Errorf("waiting for it: %v", err)
			}

			h.check() // by the old view

			if all, err := h.views.Statuses(t.Context()); err != nil || all[0].State != projection.Building || all[0].Version != 2 {
				t.Errorf("got %s, error %v", shown(all), err)
			}

			close(held)
			h.wait("sums", p)
			h.check()

			if rows := h.rows("select n from more order by n"); strings.Join(rows, " ") != "1 2 3" {
				t.Errorf("got %q", rows)
			}

			h.noLeftovers(2)
			h.stop()

			// And back: the table that is no more has no view either.
			h = start(t, log, url, sums(projection.Options{}))
			h.wait("sums", p)
			h.check()
			h.noLeftovers(1)

			if _, err := h.views.Reader().ExecContext(t.Context(), "select * from more"); err == nil {
				t.Error("the old view is still there")
			}
		})
	}
}

// TestOlderProgram shows that a program whose declaration was replaced says so,
// and does not build its own again.
func TestOlderProgram(t *testing.T) {
	t.Parallel()

	for name, address := range databases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			url := address(t)
			log := newLog(t)
			old := start(t, log, url, sums(projection.Options{Version: 1}))
			p := old.append("counter:1", "added", 1)
			old.wait("sums", p)

			young := start(t, log, url, sums(projection.Options{Version: 2}))
			young.wait("sums", p)
			old.until("the old one stopped", func() bool { return old.status().State == projection.Stopped })

			p = old.append("counter:1", "added", 1)
			if err := old.runner.WaitFor(t.Context(), "sums", p); fault.Of(err) != fault.CodeUnavailable || !strings.Contains(err.Error(), "another declaration") {
				t.Errorf("waiting for it: %v", err)
			}

			young.wait("sums", p)
			young.check()

			if s := young.status(); s.Generation != 2 || s.Version != 2 || s.State != projection.Live {
				t.Errorf("got %s", shown(s))
			}
		})
	}
}

// TestDeletedViews shows that the views of a log can be made again, and that
// those of another log are not mixed up with them.
func TestDeletedViews(t *testing.T) {
	t.Parallel()

	for name, address := range databases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			url := address(t)
			log := newLog(t)
			for i := range 50 {
				record(t, log, event.Stream(fmt.Sprintf("counter:%d", i%7)), "added", i, i)
			}

			first := start(t, log, url, sums(projection.Options{Batch: 9}))
			first.wait("sums", event.PositionAt(100))
			first.check()

			second := start(t, log, "sqlite::memory:", sums(projection.Options{}))
			second.wait("sums", event.PositionAt(100))
			second.check()
			first.stop()

			restored := newLog(t)
			record(t, restored, "counter:x", "added", 5)

			third := start(t, restored, url, sums(projection.Options{Batch: 9}))
			third.wait("sums", event.PositionAt(1))
			third.until("it is live", func() bool { return third.status().State == projection.Live })
			third.check()
			third.noLeftovers(1)
		})
	}
}

// copied is a log with the identity of another: an older copy of it.
type copied struct {
	store.Log

	of store.Log
}

func (c copied) State(ctx context.Context) (store.State, error) {
	state, err := c.Log.State(ctx)
	if err != nil {
		return state, err
	}

	of, err := c.of.State(ctx)
	state.Epoch = of.Epoch

	return state, err
}

// TestOlderCopy shows that what was made of a log is made anew when an older copy
// of it takes its place, whose end is before the checkpoint; also if that copy
// grows beyond it before all is built.
func TestOlderCopy(t *testing.T) {
	t.Parallel()

	for name, address := range databases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			url := address(t)
			log := newLog(t)
			h := start(t, log, url, sums(projection.Options{}))
			h.wait("sums", h.append("counter:1", "added", 1, 2, 3, 4))
			h.stop()

			if err := h.views.Damage(t.Context(), fmt.Sprintf(`insert into recount_skipped select name, fingerprint, epoch, '%s', '', '2026-01-01T00:00:00Z' from recount_projections`, event.PositionAt(4))); err != nil {
				t.Fatal(err)
			}

			older := copied{newLog(t), log}
			record(t, older, "counter:1", "added", 1, 2)

			entered, held := make(chan struct{}), make(chan struct{})

			var once sync.Once
			slow := sums(projection.Options{}, projection.OnBatch(func(ctx context.Context, _ *projection.Tx, _ []event.Event) error {
				once.Do(func() {
					close(entered)
					select {
					case <-held:
					case <-ctx.Done():
					}
				})

				return ctx.Err()
			}))

			h = start(t, older, url, slow)
			<-entered

			if s := h.status(); s.State != projection.Building || s.Generation != 2 || !strings.Contains(h.logged.String(), "beyond the end of the log") {
				t.Errorf("got %s; logged %s", shown(s), h.logged)
			}

			if all, err := h.views.Statuses(t.Context()); err != nil || all[0].State != projection.Building {
				t.Errorf("got %s, error %v", shown(all), err)
			}

			h.stop()

			p := record(t, older, "counter:2", "added", 5, 6, 7)
			h = start(t, older, url, slow)

			if s := h.status(); s.State != projection.Building || s.Generation != 2 {
				t.Errorf("after it grew: %s", shown(s))
			}

			h.wait("sums", p)
			h.check()
			h.noLeftovers(1)
		})
	}
}

// TestEmptyCopy shows the same with a log that has no events at all.
func TestEmptyCopy(t *testing.T) {
	t.Parallel()

	url := databases()["SQLite"](t)
	log := newLog(t)
	h := start(t, log, url, sums(projection.Options{}))
	h.wait("sums", h.append("counter:1", "added", 1, 2))
	h.stop()

	h = start(t, copied{newLog(t), log}, url, sums(projection.Options{}))
	h.until("it is live", func() bool { return h.status().State == projection.Live })
	h.check()
}
