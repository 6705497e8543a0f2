package query_test

import (
	"cmp"
	"context"
	"maps"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/projection"
	"github.com/recountdev/recount/projection/query"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/memory"
)

// house is a log whose events are rows of a view.
type house struct {
	t      *testing.T
	url    string
	log    store.Log
	views  *projection.Views
	runner *projection.Runner
	stop   func()
}

// onEach runs a test on each database, with ten cards in the view.
func onEach(t *testing.T, test func(h *house)) {
	t.Helper()
	t.Parallel()
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		test(newHouse(t, "sqlite:"+filepath.Join(t.TempDir(), "views.db")))
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()

		at, err := postgres.URL()
		must(t, err)
		test(newHouse(t, at))
	})
}

// cards has a row for each event.
func cards() *projection.Definition {
	return projection.Define("cards", projection.Options{
		Tables: `create table cards (n bigint primary key, title text not null, price double precision, done boolean)`,
	}, projection.OnEach(func(ctx context.Context, tx *projection.Tx, e *event.Event) error {
		n := int64(e.Version)
		_, err := tx.Exec(ctx, `insert into cards (n, title, price, done) values (?, ?, ?, ?)`, n, e.Actor, float64(n)/2, n%2 == 0)

		return err
	}))
}

func newHouse(t *testing.T, at string) *house {
	t.Helper()

	h := &house{t: t, url: at, log: memory.New().Log}

	var err error
	h.views, err = projection.Open(t.Context(), at)
	must(t, err)
	t.Cleanup(func() {
		if err := h.views.Close(); err != nil {
			t.Error(err)
		}
	})

	for actor := range strings.FieldsSeq("a b c d e f g h i o'hara") {
		_, err := h.log.Append(t.Context(), store.Batch{Stream: "m:1", Drafts: []event.Draft{{Type: "x", Actor: actor}}})
		must(t, err)
	}

	h.runner, err = projection.New(t.Context(), projection.Settings{Log: h.log, Views: h.views, Definitions: []*projection.Definition{cards()}})
	must(t, err)

	ctx, cancel := context.WithCancel(context.Background())

	var running sync.WaitGroup
	running.Go(func() { h.runner.Run(ctx) })
	h.stop = sync.OnceFunc(func() { cancel(); running.Wait() })
	t.Cleanup(h.stop)

	every := time.NewTicker(time.Millisecond)
	defer every.Stop()

	for h.runner.WaitFor(t.Context(), "cards", event.PositionAt(10)) != nil {
		<-every.C // it is being built
	}

	return h
}

// patient gives a query as long as a busy machine may need, unless it says how
// long it may take.
func patient(d query.Declaration) query.Declaration {
	d.Timeout = cmp.Or(d.Timeout, time.Minute)

	return d
}

// queries returns named queries.
func (h *house) queries(declared map[string]query.Declaration) *query.Queries {
	h.t.Helper()

	declared = maps.Clone(declared)
	for name, d := range declared {
		declared[name] = patient(d)
	}

	q, err := query.New(query.Options{Views: h.views, Wait: h.runner.WaitFor}, declared)
	must(h.t, err)

	return q
}

// run runs a query that is not declared before.
func (h *house) run(d query.Declaration, values string) (string, error) {
	h.t.Helper()

	given, err := url.ParseQuery(values)
	must(h.t, err)

	q, err := query.New(query.Options{Views: h.views}, map[string]query.Declaration{"test": patient(d)})
	if err != nil {
		return "", err
	}

	r, err := q.Run(h.t.Context(), "test", given)
	if err != nil {
		return "", err
	}

	return string(r.AppendJSON(nil)), nil
}

func must(t *testing.T, err error) {
	t.Helper()

	if err != nil {
		t.Fatal(err)
	}
}

// wants fails unless an error has a code, and a text in its message.
func wants(t *testing.T, what string, err error, code fault.Code, text string) {
	t.Helper()

	if fault.Of(err) != code || err != nil && !strings.Contains(err.Error(), text) {
		t.Errorf("%s: got %q: %v; want %q: %s", what, fault.Of(err), err, code, text)
	}
}
