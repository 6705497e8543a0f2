package server_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/category"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/projection"
	journals "github.com/recountdev/recount/projection/journal"
	"github.com/recountdev/recount/projection/query"
	"github.com/recountdev/recount/server"
	"github.com/recountdev/recount/store"
)

// viewed is what newViews made.
type viewed struct {
	views  *projection.Views
	runner *projection.Runner
}

// withViews gives a server a journal and some queries.
func withViews(t *testing.T) (func(*server.Options), *viewed) {
	t.Helper()

	made := &viewed{}

	return func(o *server.Options) {
		var err error
		made.views, err = projection.Open(t.Context(), "sqlite::memory:")
		must(t, err)

		made.runner, err = projection.New(t.Context(), projection.Settings{
			Log: o.Log, Views: made.views, Definitions: []*projection.Definition{journals.New(journals.Options{})},
		})
		must(t, err)

		ctx, cancel := context.WithCancel(context.Background())

		var running sync.WaitGroup
		running.Go(func() { made.runner.Run(ctx) })
		t.Cleanup(func() {
			cancel()
			running.Wait()
			must(t, made.views.Close())
		})

		made.await(t, event.Position{})

		declared := map[string]query.Declaration{
			"counts": {SQL: `select type, count(*) as n from journal group by type order by type`},
			"typed":  {SQL: `select type from journal where type = :type`, Params: map[string]query.Param{"type": {}}},
			"mine":   {SQL: `select 1 as n where :actor <> ''`, Params: map[string]query.Param{"actor": {}}},
			"scoped": {SQL: `select :scope as scope`, Params: map[string]query.Param{"scope": {Default: new("inner")}}},
			"broken": {SQL: `select typ from journal`},
		}
		for name, d := range declared {
			d.Timeout = time.Minute // a machine may be busy
			declared[name] = d
		}

		queries, err := query.New(query.Options{Views: made.views, Wait: made.runner.WaitFor}, declared)
		must(t, err)

		mine, err := auth.CEL(`operation == "query" && type == "mine" && data.actor == caller.id`)
		must(t, err)

		o.Journal, o.Queries = journals.NewReader(made.views, made.runner), queries
		scoped, err := auth.CEL(`data.scope != "inner" || caller.role == "admin"`)
		must(t, err)

		o.QueryGuards = map[string]auth.Guard{"scoped": scoped, "typed": auth.Allow, "broken": auth.Allow, "mine": mine}
	}, made
}

// await waits until the journal has what is in the log.
func (v *viewed) await(t *testing.T, p event.Position) {
	t.Helper()

	every := time.NewTicker(time.Millisecond)
	defer every.Stop()

	for v.runner.WaitFor(t.Context(), journals.Name, p) != nil {
		<-every.C // it is being built
	}
}

// repeat records an event with a window, and waits until the journal has it.
func (h *house) repeat(v *viewed, stream event.Stream, typ, actor string) event.Position {
	h.t.Helper()

	receipt, err := h.log.Append(h.t.Context(), store.Batch{Stream: stream, Drafts: []event.Draft{{
		Type: typ, Actor: actor, Meta: event.Meta{Extra: json.RawMessage(`{"within":"15m"}`)},
	}}})
	must(h.t, err)
	v.await(h.t, receipt.Position)

	return receipt.Position
}

// entries is the body of an answer of the journal.
type entries struct {
	Events []struct {
		ID, Source, Type, Cursor, Position, RepeatOf, LatestPosition string
		Repeats                                                      int
	}
	Next, After string
}

func entriesOf(t *testing.T, body string) (entries, string) {
	t.Helper()

	var got entries
	must(t, json.Unmarshal([]byte(body), &got))

	var out []string
	for _, e := range got.Events {
		text := e.Source + " " + e.Type
		if e.Repeats > 0 {
			text += " +" + strings.Repeat("1", e.Repeats)
		}

		if e.RepeatOf != "" {
			text += " again"
		}

		out = append(out, text)
	}

	return got, strings.Join(out, ", ")
}

func TestJournal(t *testing.T) {
	t.Parallel()

	change, v := withViews(t)
	h := newHouse(t, change)

	h.repeat(v, "m:1", "viewed", "ada")
	h.repeat(v, "m:1", "added", "ada")
	h.repeat(v, "m:2", "added", "bob")
	h.repeat(v, "m:1", "viewed", "ada")

	for path, want := range map[string]string{
		"?stream=m:1":                       "/m:1 viewed +1, /m:1 added",
		"?stream=m:1&all=true":              "/m:1 viewed again, /m:1 added, /m:1 viewed +1",
		"?stream=m:1&type=added":            "/m:1 added",
		"?stream=m:1&actor=bob":             "",
		"?stream=m:1&limit=1":               "/m:1 viewed +1",
		"?stream=m:1&before=4":              "/m:1 added",
		"?stream=m:1&token=x&subject=":      "/m:1 viewed +1, /m:1 added",
		"?stream=m:1&before=00000000000002": "",
	} {
		_, got := entriesOf(t, h.ask(http.MethodGet, "/v1/journal"+path, "").expect(t, http.StatusOK).body)
		if got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}

	first := h.ask(http.MethodGet, "/v1/journal?limit=2", "", "Test-Caller: admin").expect(t, http.StatusOK)
	page, got := entriesOf(t, first.body)
	if got != "/m:1 viewed +1, /m:2 added" || page.Next != "0000000000000003" || page.After != "0000000000000004" {
		t.Errorf("the first page: %s", first.body)
	}

	if e := page.Events[0]; e.Position != "0000000000000001" || e.Cursor != "0000000000000004" || e.LatestPosition != e.Cursor {
		t.Errorf("an entry: %+v", e)
	}

	if got := h.ask(http.MethodGet, "/v1/journal?limit=2", "", "Test-Caller: admin", "If-None-Match: "+first.header.Get("ETag")); got.status != http.StatusNotModified {
		t.Errorf("the same again: %d", got.status)
	}

	page, got = entriesOf(t, h.ask(http.MethodGet, "/v1/journal?limit=2&before="+page.Next, "", "Test-Caller: admin").body)
	if got != "/m:1 added" || page.Next != "" || page.After != "" {
		t.Errorf("the second page: %s, %+v", got, page)
	}
}

// TestJournalRefuses sees who sees what, and what makes no sense.
func TestJournalRefuses(t *testing.T) {
	t.Parallel()

	change, _ := withViews(t)
	guard := func(ctx context.Context, r *auth.Request) error {
		if r.Caller.ID == "eve" {
			return auth.Refuse(ctx, r)
		}

		return nil
	}
	h := newHouse(t, change, declared(t, map[string]category.Declaration{"m": {Guards: category.Guards{Read: guard}}, "w": {Guards: category.Guards{Watch: guard}}}))

	for _, c := range []struct {
		path, caller string
		status       int
		want         string
	}{
		{"", "", 403, "the journal of all streams is for callers with the role admin"},
		{"?type=x&actor=ada", "", 403, "admin"},
		{"?category=m", "", 403, "admin"},
		{"?category=w", "", 200, ""},
		{"?category=w", "eve", 403, "forbidden"},
		{"?category=w:1", "admin", 400, "has a colon"},
		{"?stream=m:1", "", 200, ""},
		{"?stream=m:1", "eve", 403, "forbidden"},
		{"?stream=m:1", "nobody", 401, ""},
		{"?stream=m:*", "", 400, ""},
		{"?stream=n:1", "", 404, "not declared"},
		{"?stream=$m:1", "", 403, "admin"},
		{"?stream=%00", "", 400, ""},
		{"?stream=m:1&limit=0", "", 400, "from 1 to 1000"},
		{"?stream=m:1&limit=x", "", 400, "from 1 to 1000"},
		{"?stream=m:1&stream=m:2", "", 400, "stands 2 times"},
		{"?stream=m:1&before=x", "", 400, "before"},
		{"?stream=m:1&before=0", "", 400, "before"},
		{"?stream=m:1&befor=1", "", 400, "did you mean before"},
		{"?stream=m:1&all=yes", "", 400, "true or false"},
		{"?stream=m:1&after=1", "", 400, "give live="},
		{"?stream=m:1&live=sse", "", 400, "needs after"},
		{"?stream=m:1&live=sse&after=0&before=1", "", 400, "leave out before"},
		{"?stream=m:1&live=see&after=0", "", 400, "did you mean sse"},
		{"?stream=m:1&live=sse&after=17", "", 410, "beyond the end"},
		{"?stream=m:1&live=long-poll&after=17", "", 410, "beyond the end"},
	} {
		got := h.ask(http.MethodGet, "/v1/journal"+c.path, "", "Test-Caller: "+c.caller)
		if got.status != c.status || !strings.Contains(got.body, c.want) {
			t.Errorf("%s by %q: %d %s", c.path, c.caller, got.status, got.body)
		}
	}

	h = newHouse(t)
	h.ask(http.MethodGet, "/v1/journal?stream=m:1", "").expect(t, http.StatusNotFound)
	h.ask(http.MethodGet, "/v1/queries/x", "", "Test-Caller: admin").expect(t, http.StatusNotFound)
}

// TestJournalPolls sees that a poll is answered with what is there, and with what
// comes.
func TestJournalPolls(t *testing.T) {
	t.Parallel()

	change, v := withViews(t)
	h := newHouse(t, change)
	h.repeat(v, "m:1", "viewed", "ada")

	page, got := entriesOf(t, h.ask(http.MethodGet, "/v1/journal?stream=m:1&live=long-poll&after=0", "").expect(t, http.StatusOK).body)
	if got != "/m:1 viewed" || page.After != "0000000000000001" {
		t.Errorf("what is there: %s, %+v", got, page)
	}

	answered := make(chan answer, 1)
	asked := make(chan struct{})

	go func() {
		close(asked)
		answered <- h.ask(http.MethodGet, "/v1/journal?stream=m:1&live=long-poll&after="+page.After, "")
	}()

	<-asked
	h.append("m:2", "other", 1)
	h.repeat(v, "m:1", "viewed", "ada")

	page, got = entriesOf(t, (<-answered).expect(t, http.StatusOK).body)
	if got != "/m:1 viewed +1" || page.After != "0000000000000003" {
		t.Errorf("what came: %s, %+v", got, page)
	}
}

// TestJournalStreams sees that who follows gets entries as they come, and again
// when they are repeated.
func TestJournalStreams(t *testing.T) {
	t.Parallel()

	change, v := withViews(t)
	h := newHouse(t, change)
	h.repeat(v, "m:1", "viewed", "ada")

	events := h.listen("/v1/journal?live=sse&after=0", "Test-Caller: admin")
	next := func() string {
		for m := events.next(); ; m = events.next() {
			if m.event != "control" {
				_, text := entriesOf(t, `{"events":`+m.data+`}`)

				return m.id + text
			}
		}
	}

	if got := next(); got != "0000000000000001/m:1 viewed" {
		t.Errorf("what was there: %s", got)
	}

	h.repeat(v, "m:1", "viewed", "ada")

	if got := next(); got != "0000000000000002/m:1 viewed +1" {
		t.Errorf("what came: %s", got)
	}

	h.repeat(v, "m:2", "added", "bob")

	if got := next(); got != "0000000000000003/m:2 added" {
		t.Errorf("what came then: %s", got)
	}
}

func TestQueries(t *testing.T) {
	t.Parallel()

	change, v := withViews(t)
	h := newHouse(t, change)
	h.repeat(v, "m:1", "viewed", "ada")

	receipt, err := h.log.Append(t.Context(), store.Batch{Stream: "m:1", Drafts: []event.Draft{{Type: "added"}}})
	must(t, err)

	at := receipt.Position.String()

	for _, c := range []struct {
		path, caller string
		status       int
		want         string
	}{
		{"counts?after=" + at, "admin", 200, "{\"rows\":[{\"type\":\"added\",\"n\":1},\n{\"type\":\"viewed\",\"n\":1}]}\n"},
		{"counts", "", 403, "the query counts is for callers with the role admin"},
		{"typed?type=added&token=x", "", 200, `{"rows":[{"type":"added"}]}` + "\n"},
		{"typed", "", 400, "the parameter type is missing"},
		{"typed?type=a&other=b", "", 400, `there is no parameter \"other\"`},
		{"typed?type=a&after=x", "", 400, "the parameter after"},
		{"mine?actor=ada", "", 200, `{"rows":[{"n":1}]}`},
		{"mine?actor=bob", "", 403, "forbidden"},
		{"scoped", "", 403, "the guard says no"},
		{"scoped", "admin", 200, `{"rows":[{"scope":"inner"}]}`},
		{"scoped?scope=outer", "", 200, `{"rows":[{"scope":"outer"}]}`},
		{"nothing", "", 403, "admin"},
		{"nothing", "admin", 404, `there is no query \"nothing\"`},
		{"broken", "", 400, "there is no column typ: did you mean type?"},
	} {
		got := h.ask(http.MethodGet, "/v1/queries/"+c.path, "", "Test-Caller: "+c.caller)
		if got.status != c.status || !strings.Contains(got.body, c.want) {
			t.Errorf("%s by %q: %d %s", c.path, c.caller, got.status, got.body)
		}
	}

	must(t, v.views.Pause(t.Context(), journals.Name))

	for range time.Tick(time.Millisecond) {
		if v.runner.Status()[0].State == projection.Paused {
			break
		}
	}

	h.append("m:1", "added", 1)

	beyond := event.PositionAt(receipt.Position.Number() + 1).String()
	for path, status := range map[string]int{"typed?type=added&after=" + beyond: 503, "typed?type=added": 200} {
		if got := h.ask(http.MethodGet, "/v1/queries/"+path, ""); got.status != status {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
}
