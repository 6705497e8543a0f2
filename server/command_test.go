package server_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/recountdev/recount/aggregate"
	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/category"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/server"
	"github.com/recountdev/recount/store"
)

// decider is a server.Commands. place works, pay is refused, ship conflicts.
type decider struct {
	mu       sync.Mutex
	requests []aggregate.Request
}

func (d *decider) Dispatch(_ context.Context, r aggregate.Request) (aggregate.Answer, error) {
	d.mu.Lock()
	defer d.mu.Unlock()

	d.requests = append(d.requests, r)
	answer := aggregate.Answer{Stream: r.Stream, Result: []byte(`{"total":5}`), Version: 2, Position: event.PositionAt(7), Repeated: r.ID == "again"}

	switch {
	case r.Command == "pay":
		return aggregate.Answer{}, fault.Rejected("nothing to pay")
	case r.Command == "ship":
		return aggregate.Answer{}, &store.ConflictError{Stream: r.Stream, Expected: store.Exactly(1), Actual: 2}
	case r.Command == "void":
		answer.Result = nil
	case r.Stream.ID() == aggregate.Next:
		answer.Stream, answer.Version = event.Stream(r.Stream.Category()+":1/2"), 1
	}

	return answer, nil
}

func (d *decider) View(_ context.Context, stream event.Stream, at store.Point) (aggregate.View, error) {
	switch {
	case stream.Category() != "order":
		return aggregate.View{}, fault.NotFound("%s shows nothing", stream.Category())
	case at.Version > 9:
		return aggregate.View{}, fault.Gone("there is no version %d", at.Version)
	case at.Version > 0: // 9 is not there yet
		return aggregate.View{State: []byte(`{"then":true}`), Version: min(at.Version, 8)}, nil
	case !at.Time.IsZero():
		return aggregate.View{State: fmt.Appendf(nil, "%d", at.Time.Year()), Version: 2}, nil
	default:
		return aggregate.View{State: fmt.Appendf(nil, "%d", len(d.requests)), Version: 7}, nil
	}
}

// newOffice returns a house where orders are decided.
func newOffice(t *testing.T, changes ...func(*server.Options)) (*house, *decider) {
	t.Helper()

	d := new(decider)
	changes = append([]func(*server.Options){
		declared(t, map[string]category.Declaration{
			"order":  {Commands: []string{"place", "pay", "ship", "void"}, Open: []string{"noted"}},
			"note":   {},
			"secret": {Commands: []string{"open"}, Guards: category.Guards{Join: auth.Refuse, Dispatch: auth.Refuse}},
		}),
		func(o *server.Options) { o.Commands = d },
	}, changes...)

	return newHouse(t, changes...), d
}

func TestDispatch(t *testing.T) {
	t.Parallel()

	h, d := newOffice(t)

	for _, c := range []struct {
		path, body string
		headers    []string
		status     int
		answer     string
		want       aggregate.Request
	}{
		{"order:1/place", `{"item":"tea"}`, nil, 200, `{"result":{"total":5},"version":2,"position":"0000000000000007"}`, aggregate.Request{Stream: "order:1", Command: "place", Data: []byte(`{"item":"tea"}`), Actor: "ada"}},
		{"order:1/place", "", []string{"Content-Type: "}, 200, `{"result":{"total":5},"version":2,"position":"0000000000000007"}`, aggregate.Request{Stream: "order:1", Command: "place", Actor: "ada"}},
		{"order:1/place", " \n", nil, 200, ``, aggregate.Request{Stream: "order:1", Command: "place", Actor: "ada"}},
		{"order:1/place", ` "tea" `, []string{"Content-Type: application/json; charset=UTF-8"}, 200, ``, aggregate.Request{Stream: "order:1", Command: "place", Data: []byte(`"tea"`), Actor: "ada"}},
		{"order:1/place", `null`, []string{"Idempotency-Key: k-1", "Test-Caller: bob"}, 200, ``, aggregate.Request{Stream: "order:1", Command: "place", Data: []byte(`null`), ID: "k-1", Actor: "bob"}},
		{"order:1/place", "1", []string{`Idempotency-Key: "again"`}, 200, `{"result":{"total":5},"version":2,"position":"0000000000000007","repeated":true}`, aggregate.Request{Stream: "order:1", Command: "place", Data: []byte(`1`), ID: "again", Actor: "ada"}},
		{"order:1/void", "", nil, 200, `{"result":null,"version":2,"position":"0000000000000007"}`, aggregate.Request{Stream: "order:1", Command: "void", Actor: "ada"}},
		{"order:a%2Fb/place?token=", "", nil, 200, ``, aggregate.Request{Stream: "order:a/b", Command: "place", Actor: "ada"}},
		{"order:$next/place", `{}`, nil, 201, `{"stream":"order:1/2","result":{"total":5},"version":1,"position":"0000000000000007"}`, aggregate.Request{Stream: "order:$next", Command: "place", Data: []byte(`{}`), Actor: "ada"}},
		{"order:%24next/void", ``, nil, 200, `{"result":null,"version":2`, aggregate.Request{Stream: "order:$next", Command: "void", Actor: "ada"}},
	} {
		got := h.ask(http.MethodPost, "/v1/commands/"+c.path, c.body, c.headers...)
		if got.status != c.status || !strings.HasPrefix(got.body, c.answer) || got.header.Get("Content-Type") != "application/json" || got.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s %s: status %d %v: %s", c.path, c.body, got.status, got.header, got.body)

			continue
		}

		if location := got.header.Get("Location"); c.status == http.StatusCreated && location != "/v1/streams/order:1%2F2" || c.status == http.StatusOK && location != "" {
			t.Errorf("%s: created %q", c.path, location)
		}

		if asked := d.requests[len(d.requests)-1]; fmt.Sprintf("%q", asked) != fmt.Sprintf("%q", c.want) {
			t.Errorf("%s %s: asked %q, want %q", c.path, c.body, asked, c.want)
		}
	}
}

// TestDispatchRefused sends what cannot be dispatched.
func TestDispatchRefused(t *testing.T) {
	t.Parallel()

	h, d := newOffice(t, func(o *server.Options) { o.Limits.Body, o.Limits.Event.Data = 4096, 1000 })
	for _, c := range []struct {
		name, path, body string
		headers          []string
		status           int
		code, detail     string
	}{
		{"bad name", "order/place", "", nil, 400, "invalid", "category:id"},
		{"whole category", "order:*/place", "", nil, 400, "invalid", "whole category"},
		{"undeclared category", "oder:1/place", "", nil, 404, "not_found", `did you mean "order"?`},
		{"undeclared command", "order:1/plase", "", nil, 404, "not_found", `did you mean "place"?`},
		{"no commands", "note:1/place", "", nil, 404, "not_found", "category note has no commands"},
		{"system", "$sys:1/place", "", nil, 404, "not_found", "no commands"},
		{"no command", "order:1", "", nil, 404, "not_found", "there is nothing at"},
		{"no command, slash", "order:1/", "", nil, 404, "not_found", "there is nothing at"},
		{"slash in the name", "order:1/2/place", "", nil, 404, "not_found", "there is nothing at"},
		{"guard", "secret:1/open", "", nil, 403, "forbidden", `dispatch of "open" to "secret:1" is forbidden`},
		{"nobody", "order:1/place", "", []string{"Test-Caller: nobody"}, 401, "unauthenticated", "who"},
		{"other origin", "order:1/place", "", []string{"Origin: https://evil.org"}, 403, "forbidden", "origin"},
		{"no JSON", "order:1/place", `{"a":`, nil, 400, "invalid", "byte 5"},
		{"two values", "order:1/place", `{} {}`, nil, 400, "invalid", "byte 4"},
		{"not UTF-8", "order:1/place", "\"\xff\"", nil, 400, "invalid", "UTF-8"},
		{"data too large", "order:1/place", `"` + strings.Repeat("x", 1000) + `"`, nil, 413, "too_large", "1000"},
		{"body too large", "order:1/place", strings.Repeat(" ", 4097), nil, 413, "too_large", "4096"},
		{"form", "order:1/place", `a=1`, []string{"Content-Type: application/x-www-form-urlencoded"}, 415, "invalid", "application/json"},
		{"text", "order:1/place", `{}`, []string{"Content-Type: text/plain"}, 415, "invalid", "application/json"},
		{"latin", "order:1/place", `{}`, []string{"Content-Type: application/json; charset=latin1"}, 415, "invalid", "UTF-8"},
		{"no content type", "order:1/place", `{}`, []string{"Content-Type: "}, 400, "invalid", "application/json"},
		{"parameter", "order:1/place?expect=1", "", nil, 400, "invalid", `"expect" is not known`},
		{"If-Match", "order:1/place", "", []string{`If-Match: "1"`}, 400, "invalid", "If-Match"},
		{"If-None-Match", "order:1/place", "", []string{`If-None-Match: *`}, 400, "invalid", "If-None-Match"},
		{"empty key", "order:1/place", "", []string{`Idempotency-Key: ""`}, 400, "invalid", "empty"},
		{"half a key", "order:1/place", "", []string{`Idempotency-Key: "a`}, 400, "invalid", "quote"},
		{"two keys", "order:1/place", "", []string{`Idempotency-Key: a, b`}, 400, "invalid", "quotes"},
		{"long key", "order:1/place", "", []string{`Idempotency-Key: ` + strings.Repeat("k", 129)}, 413, "too_large", "128"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()

			got := h.ask(http.MethodPost, "/v1/commands/"+c.path, c.body, c.headers...)
			code, detail := got.problem(t)
			if got.status != c.status || code != c.code || !strings.Contains(detail, c.detail) {
				t.Errorf("status %d: %s", got.status, got.body)
			}
		})
	}

	t.Cleanup(func() {
		if len(d.requests) > 0 {
			t.Errorf("asked %q", d.requests)
		}
	})
}

// TestDispatchFails sees how errors of who decides arrive.
func TestDispatchFails(t *testing.T) {
	t.Parallel()

	h, _ := newOffice(t)
	if code, detail := h.ask(http.MethodPost, "/v1/commands/order:1/pay", "").expect(t, http.StatusUnprocessableEntity).problem(t); code != "rejected" || detail != "nothing to pay" {
		t.Error(code, detail)
	}

	got := h.ask(http.MethodPost, "/v1/commands/order:1/ship", "").expect(t, http.StatusConflict)
	if code, _ := got.problem(t); code != "conflict" || !strings.Contains(got.body, `"expected":1,"actual":2`) {
		t.Error(got.body)
	}

	none := newHouse(t, declared(t, map[string]category.Declaration{"order": {Commands: []string{"place"}}}))
	for _, got := range []answer{none.ask(http.MethodPost, "/v1/commands/order:1/place", ""), none.ask(http.MethodGet, "/v1/state/order:1", "")} {
		if code, detail := got.expect(t, http.StatusNotFound).problem(t); code != "not_found" || !strings.Contains(detail, "this server has no aggregates") {
			t.Error(got.body)
		}
	}
}

// TestCommandMetrics reads how commands ended.
func TestCommandMetrics(t *testing.T) {
	t.Parallel()

	h, _ := newOffice(t)
	if got := h.ask(http.MethodGet, "/metrics", ""); !strings.Contains(got.body, "\nrecount_commands_total{code=\"ok\"} 0") {
		t.Error("there is no count before the first command")
	}

	for _, path := range []string{"order:1/place", "order:1/place", "order:1/pay", "secret:1/open"} {
		h.ask(http.MethodPost, "/v1/commands/"+path, "")
	}

	got := h.ask(http.MethodGet, "/metrics", "").expect(t, http.StatusOK)
	for _, line := range []string{
		`recount_commands_total{code="ok"} 2`,
		`recount_commands_total{code="rejected"} 1`,
		`recount_commands_total{code="forbidden"} 1`,
		`recount_command_duration_seconds_count 2`,
		`recount_http_requests_total{method="POST",route="/v1/commands/{stream}/{command}",status="422"} 1`,
	} {
		if !strings.Contains(got.body, "\n"+line) {
			t.Errorf("no line %s", line)
		}
	}
}

// TestCommandsOfPages sees that pages of other hosts can send a key, and read
// where what they made is.
func TestCommandsOfPages(t *testing.T) {
	t.Parallel()

	h, _ := newOffice(t, func(o *server.Options) { o.Origins = []string{"https://app.example.com"} })
	for _, path := range []string{"/v1/commands/order:1/place", "/v1/streams/note:1/fork"} {
		got := h.ask(http.MethodOptions, path, "", "Origin: https://app.example.com", "Access-Control-Request-Method: POST").expect(t, http.StatusNoContent)
		if !strings.Contains(got.header.Get("Access-Control-Allow-Headers"), "Idempotency-Key") || got.header.Get("Access-Control-Allow-Methods") != "POST, OPTIONS" {
			t.Errorf("%s: %v", path, got.header)
		}
	}

	got := h.ask(http.MethodPost, "/v1/commands/order:$next/place", "", "Origin: https://app.example.com").expect(t, http.StatusCreated)
	if !strings.Contains(got.header.Get("Access-Control-Expose-Headers"), "Location") {
		t.Error(got.header)
	}
}

func TestState(t *testing.T) {
	t.Parallel()

	const full, tail = "private, max-age=60, stale-while-revalidate=300", "private, no-cache"

	h, _ := newOffice(t)
	for _, c := range []struct{ query, body, cache string }{
		{"", `{"state":0,"version":7}`, tail},
		{"?at=", `{"state":0,"version":7}`, tail},
		{"?at=3", `{"state":{"then":true},"version":3}`, full},
		{"?at=9", `{"state":{"then":true},"version":8}`, tail},
		{"?at=2001-02-03T04:05:06Z", `{"state":2001,"version":2}`, tail},
		{"?at=2001-02-03T04:05:06%2B01:00&token=", `{"state":2001,"version":2}`, tail},
	} {
		got := h.ask(http.MethodGet, "/v1/state/order:1"+c.query, "").expect(t, http.StatusOK)
		tag := got.header.Get("ETag")
		if got.body != c.body+"\n" || got.header.Get("Cache-Control") != c.cache || len(tag) < 10 {
			t.Errorf("%s: %v %s", c.query, got.header, got.body)
		}

		again := h.ask(http.MethodGet, "/v1/state/order:1"+c.query, "", "If-None-Match: "+tag).expect(t, http.StatusNotModified)
		if again.body != "" || again.header.Get("ETag") != tag || again.header.Get("Cache-Control") != c.cache {
			t.Errorf("%s: %v %s", c.query, again.header, again.body)
		}
	}

	tag := h.ask(http.MethodGet, "/v1/state/order:1", "").header.Get("ETag")
	h.ask(http.MethodPost, "/v1/commands/order:1/place", "").expect(t, http.StatusOK)
	if now := h.ask(http.MethodGet, "/v1/state/order:1", "", "If-None-Match: "+tag).expect(t, http.StatusOK); now.header.Get("ETag") == tag {
		t.Error("another state has the same ETag")
	}

	if head := h.ask(http.MethodHead, "/v1/state/order:1", "").expect(t, http.StatusOK); head.body != "" || head.header.Get("ETag") == "" {
		t.Errorf("%v", head)
	}

	for path, want := range map[string]struct {
		status int
		detail string
	}{
		"order:1?at=0":        {400, "1 or more"},
		"order:1?at=soon":     {400, "at cannot be"},
		"order:1?at=1&at=2":   {400, "stands 2 times"},
		"order:1?att=1":       {400, "did you mean at?"},
		"order:1?at=%zz":      {400, "cannot be read"},
		"order:1?at=12":       {410, "no version 12"},
		"order":               {400, "category:id"},
		"order:$next":         {400, "next one"},
		"oder:1":              {404, "did you mean"},
		"note:1":              {404, "shows nothing"},
		"secret:1":            {403, "forbidden"},
		"$sys:1":              {403, "admin"},
		"order:1/x":           {404, "nothing at"},
		"order:1?at=99999999": {410, "no version"},
	} {
		got := h.ask(http.MethodGet, "/v1/state/"+path, "")
		if _, detail := got.problem(t); got.status != want.status || !strings.Contains(detail, want.detail) || got.header.Get("Cache-Control") != "no-store" || got.header.Get("ETag") != "" {
			t.Errorf("%s: status %d %v: %s", path, got.status, got.header, got.body)
		}
	}
}

func TestFork(t *testing.T) {
	t.Parallel()

	h, _ := newOffice(t)
	h.append("note:1", "x", 3)

	for _, c := range []struct {
		path, body, caller string
		status             int
		want               string
	}{
		{"note:1/fork", `{"to":"note:2"}`, "", 200, `{"stream":"note:2","version":3}`},
		{"note:1/fork", `{"to":"note:2"}`, "", 200, `{"stream":"note:2","version":3}`},
		{"note:1/fork", `{"to":"note:3","at":2}`, "", 200, `{"stream":"note:3","version":2}`},
		{"note:1/fork", `{"to":"note:2","at":2}`, "", 409, `"conflict"`},
		{"note:1/fork", `{"to":"note:4","at":4}`, "", 410, `"gone"`},
		{"note:1/fork", `{"to":"note:4","at":"2001-01-01T00:00:00Z"}`, "", 404, `"not_found"`},
		{"note:1/fork", `{"to":"note:4","at":"soon"}`, "", 400, `at cannot be`},
		{"note:1/fork", `{"to":"note:4","ad":2}`, "", 400, `did you mean at?`},
		{"note:1/fork", `{"at":2}`, "", 400, `does not say to which stream`},
		{"note:1/fork", `{"to":7}`, "", 400, `give a string`},
		{"note:1/fork", `["note:4"]`, "", 400, `give an object`},
		{"note:1/fork", ``, "", 400, `the body is empty`},
		{"note:1/fork", `{`, "", 400, `not JSON`},
		{"note:1/fork?to=note:4", `{}`, "", 400, `is not known`},
		{"note:1/frok", `{"to":"note:4"}`, "", 404, `did you mean /v1/streams/note:1/fork?`},
		{"nte:1/fork", `{"to":"note:4"}`, "", 404, `did you mean`},
		{"note:1/fork", `{"to":"order:1"}`, "", 403, `from its commands only`},
		{"note:1/fork", `{"to":"$sys:1"}`, "admin", 403, `the system's own`},
		{"$sys:1/fork", `{"to":"note:4"}`, "admin", 403, `the system's own`},
		{"note:1/fork", `{"to":"note:4"}`, "nobody", 401, `who`},
		{"note:1/fork", `{"to":"order:4"}`, "admin", 200, `{"stream":"order:4","version":3}`},
	} {
		got := h.ask(http.MethodPost, "/v1/streams/"+c.path, c.body, "Test-Caller: "+c.caller)
		if got.status != c.status || !strings.Contains(got.body, c.want) {
			t.Errorf("%s %s by %q: status %d: %s", c.path, c.body, c.caller, got.status, got.body)
		}

		if got.status != http.StatusOK {
			got.problem(t)
		}
	}

	for stream, want := range map[event.Stream]int{"note:2": 3, "note:3": 2, "note:4": 0, "order:1": 0, "$sys:1": 0} {
		if events := readAll(t, h.log, stream); len(events) != want {
			t.Errorf("%s has %d events, want %d", stream, len(events), want)
		}
	}

	if got := h.ask(http.MethodGet, "/v1/streams/note:1/fork", "").expect(t, http.StatusMethodNotAllowed); got.header.Get("Allow") != "POST, OPTIONS" {
		t.Error(got.header)
	}
}

// TestNobodyWritesPastADecider tries every way that HTTP has, as anybody and as
// an admin.
func TestNobodyWritesPastADecider(t *testing.T) {
	t.Parallel()

	h, d := newOffice(t)
	for _, caller := range []string{"ada", "admin"} {
		for _, body := range []string{
			`{"type":"placed"}`, `{"type":"place"}`, `[{"type":"noted"},{"type":"placed"}]`, `[{"type":"placed"},{"type":"noted"}]`, `{"type":"placed","id":"1"}`,
		} {
			got := h.ask(http.MethodPost, "/v1/streams/order:1", body, "Test-Caller: "+caller).expect(t, http.StatusForbidden)
			if code, detail := got.problem(t); code != "forbidden" || !strings.Contains(detail, "from its commands only") {
				t.Errorf("%s %s: %s", caller, body, got.body)
			}
		}

		for _, body := range []string{`{"type":"noted"}`, `{"type":"placed"}`} {
			h.ask(http.MethodPost, "/v1/streams/order:$next", body, "Test-Caller: "+caller).expect(t, http.StatusBadRequest)
		}
	}

	state, err := h.log.State(t.Context())
	must(t, err)
	if state.Head.Number() > 0 || len(d.requests) > 0 {
		t.Errorf("the log goes up to %s, asked %q", state.Head, d.requests)
	}

	h.ask(http.MethodPost, "/v1/streams/order:1", `{"type":"noted"}`).expect(t, http.StatusOK)
}
