package journal_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/projection"
	"github.com/recountdev/recount/projection/journal"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/memory"
)

// house is a log and its journal.
type house struct {
	t       *testing.T
	log     store.Log
	views   *projection.Views
	options journal.Options
	runner  *projection.Runner
	stop    func()
}

// onEach runs a test with the views in each database.
func onEach(t *testing.T, o journal.Options, test func(h *house)) {
	t.Helper()

	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		test(newHouse(t, "sqlite::memory:", o))
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()

		url, err := postgres.URL()
		must(t, err)
		test(newHouse(t, url, o))
	})
}

// newHouse returns a house whose journal follows the log.
func newHouse(t *testing.T, url string, o journal.Options) *house {
	t.Helper()

	h := &house{t: t, log: memory.New().Log, options: o}
	h.open(url)
	h.start()
	t.Cleanup(func() { h.stop(); h.close() })

	return h
}

func (h *house) open(url string) {
	h.t.Helper()

	var err error
	h.views, err = projection.Open(context.Background(), url)
	must(h.t, err)
}

func (h *house) close() {
	if err := h.views.Close(); err != nil {
		h.t.Error(err)
	}
}

// start lets the journal follow the log until stop is called.
func (h *house) start() {
	h.t.Helper()

	var err error
	h.runner, err = projection.New(context.Background(), projection.Settings{
		Log: h.log, Views: h.views, Definitions: []*projection.Definition{journal.New(h.options)},
	})
	must(h.t, err)

	ctx, cancel := context.WithCancel(context.Background())

	var running sync.WaitGroup
	running.Go(func() { h.runner.Run(ctx) })

	h.stop = sync.OnceFunc(func() { cancel(); running.Wait() })
}

// wait waits until the journal has everything that is in the log.
func (h *house) wait() {
	h.t.Helper()

	state, err := h.log.State(context.Background())
	must(h.t, err)

	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()

	every := time.NewTicker(time.Millisecond)
	defer every.Stop()

	for {
		err := h.runner.WaitFor(ctx, journal.Name, state.Head)
		if err == nil {
			return
		}

		if fault.Of(err) != fault.CodeUnavailable || ctx.Err() != nil {
			h.t.Fatal(err)
		}

		<-every.C // it is being built
	}
}

// append records drafts, each in an append of its own.
func (h *house) append(stream event.Stream, drafts ...event.Draft) {
	h.t.Helper()

	for _, d := range drafts {
		_, err := h.log.Append(context.Background(), store.Batch{Stream: stream, Drafts: []event.Draft{d}})
		must(h.t, err)
	}
}

// drop takes the journal away, as if it had not been built yet.
func (h *house) drop() {
	h.t.Helper()

	url := "sqlite::memory:"
	if h.views.Dialect() == projection.Postgres {
		var err error
		url, err = postgres.URL()
		must(h.t, err)
	}

	views, err := projection.Open(h.t.Context(), url)
	must(h.t, err)
	h.close()

	h.views = views
}

// read returns a page.
func (h *house) read(q journal.Query) journal.Page {
	h.t.Helper()

	p, err := journal.Read(context.Background(), h.views, q)
	must(h.t, err)

	return p
}

func must(t *testing.T, err error) {
	t.Helper()

	if err != nil {
		t.Fatal(err)
	}
}

// after returns a time so many minutes after a fixed one.
func after(minutes int) time.Time {
	return time.Date(2026, time.May, 1, 10, minutes, 0, 0, time.UTC)
}
