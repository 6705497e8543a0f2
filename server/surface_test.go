package server_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/server"
	"github.com/recountdev/recount/store"
)

// TestNotFound sees that whoever goes astray is told the way.
func TestNotFound(t *testing.T) {
	t.Parallel()

	h := newHouse(t)
	for path, help := range map[string]string{
		"/":                    "openapi.yaml",
		"/v1":                  "openapi.yaml",
		"/v1/stream":           "did you mean /v1/streams?",
		"/v1/stream/a:1":       "did you mean /v1/streams/a:1?",
		"/v1/streams/a:b/c":    "%2F",
		"/v1/streams/":         "did you mean /v1/streams?",
		"/v2/feed":             "did you mean /v1/feed?",
		"/health":              "did you mean /healthz?",
		"/socket/websockets":   "did you mean /socket/websocket?",
		"/v1/something/else/x": "openapi.yaml",
	} {
		got := h.ask(http.MethodGet, path, "").expect(t, http.StatusNotFound)
		if code, detail := got.problem(t); code != "not_found" || !strings.Contains(detail, help) {
			t.Errorf("%s: %s", path, got.body)
		}
	}
}

// TestMethods sees that each path names what it can do.
func TestMethods(t *testing.T) {
	t.Parallel()

	h := newHouse(t)
	for path, allow := range map[string]string{
		"/v1/streams/a:1":   "GET, HEAD, POST, OPTIONS",
		"/v1/streams":       "GET, HEAD, OPTIONS",
		"/v1/feed":          "GET, HEAD, OPTIONS",
		"/healthz":          "GET, HEAD, OPTIONS",
		"/socket/websocket": "GET, HEAD, OPTIONS",
	} {
		for _, method := range []string{http.MethodPut, http.MethodDelete, "BREW"} {
			got := h.ask(method, path, "").expect(t, http.StatusMethodNotAllowed)
			if code, detail := got.problem(t); code != "invalid" || got.header.Get("Allow") != allow || !strings.Contains(detail, allow) {
				t.Errorf("%s %s: %v %s", method, path, got.header, got.body)
			}
		}

		if got := h.ask(http.MethodOptions, path, "").expect(t, http.StatusNoContent); got.header.Get("Allow") != allow {
			t.Errorf("%s: %v", path, got.header)
		}
	}
}

// TestOrigins sees whose pages may come.
func TestOrigins(t *testing.T) {
	t.Parallel()

	h := newHouse(t, func(o *server.Options) { o.Origins = []string{"https://App.example.com/", "http://localhost:5173"} })
	for _, c := range []struct {
		origin, host string
		allowed      bool
	}{
		{"", "", true},
		{"https://app.example.com", "", true},
		{"http://localhost:5173", "", true},
		{"http://localhost:5174", "", false},
		{"http://app.example.com", "", false},
		{"https://app.example.com:8443", "", false},
		{"https://app.example.com.evil.org", "", false},
		{"null", "", false},
		{"http://recount.example", "recount.example", true},
		{"http://recount.example:80", "recount.example", true},
		{"https://recount.example", "recount.example:443", true},
		{"https://RECOUNT.example", "recount.example", true},
		{"http://recount.example:4000", "recount.example:4000", true},
		{"http://recount.example:4001", "recount.example:4000", false},
		{"file://recount.example", "recount.example", false},
		{"http://recount.example, http://recount.example", "recount.example", false},
		{"::", "", false},
	} {
		var headers []string
		if c.origin != "" {
			headers = append(headers, "Origin: "+c.origin)
		}

		if c.host != "" {
			headers = append(headers, "Host: "+c.host)
		}

		for _, path := range []string{"/v1/streams/a:1", "/healthz", "/nothing"} {
			got := h.ask(http.MethodGet, path, "", headers...)
			if forbidden := got.status == http.StatusForbidden; forbidden == c.allowed || !strings.Contains(strings.Join(got.header.Values("Vary"), " "), "Origin") {
				t.Errorf("%s %+v: status %d: %s", path, c, got.status, got.body)
			}

			open := got.header.Get("Access-Control-Allow-Origin")
			if shown := c.allowed && c.origin != ""; shown && open != c.origin || !shown && open != "" || shown != (got.header.Get("Access-Control-Allow-Credentials") == "true") {
				t.Errorf("%s %+v: %v", path, c, got.header)
			}
		}
	}
}

// TestPreflight asks as a browser does before it lets a page send something.
func TestPreflight(t *testing.T) {
	t.Parallel()

	h := newHouse(t, func(o *server.Options) { o.Origins = []string{"https://app.example.com"} })
	got := h.ask(http.MethodOptions, "/v1/streams/a:1", "", "Origin: https://app.example.com", "Access-Control-Request-Method: POST", "Access-Control-Request-Headers: content-type").expect(t, http.StatusNoContent)
	for name, want := range map[string]string{
		"Access-Control-Allow-Origin":      "https://app.example.com",
		"Access-Control-Allow-Credentials": "true",
		"Access-Control-Allow-Methods":     "POST",
		"Access-Control-Allow-Headers":     "If-Match",
		"Access-Control-Max-Age":           "600",
	} {
		if !strings.Contains(got.header.Get(name), want) {
			t.Errorf("%s: %v", name, got.header)
		}
	}

	h.ask(http.MethodOptions, "/v1/streams/a:1", "", "Origin: https://evil.org", "Access-Control-Request-Method: POST").expect(t, http.StatusForbidden)
	read := h.ask(http.MethodGet, "/v1/streams/a:1", "", "Origin: https://app.example.com").expect(t, http.StatusOK)
	if exposed := read.header.Get("Access-Control-Expose-Headers"); !strings.Contains(exposed, "Stream-Next-Offset") || !strings.Contains(exposed, "ETag") {
		t.Error(read.header)
	}
}

// TestCookie sees that an anonymous caller is the same one when it comes back.
func TestCookie(t *testing.T) {
	t.Parallel()

	h := newHouse(t, func(o *server.Options) {
		identity, err := auth.New(t.Context(), auth.Options{Anonymous: true})
		must(t, err)
		o.Auth = identity
	})

	first := h.ask(http.MethodPost, "/v1/streams/a:1", `{"type":"x"}`).expect(t, http.StatusOK).header.Get("Set-Cookie")
	if !strings.HasPrefix(first, "recount_caller=") || !strings.Contains(first, "HttpOnly") || !strings.Contains(first, "SameSite=Lax") || strings.Contains(first, "Secure") {
		t.Error(first)
	}

	cookie, _, _ := strings.Cut(first, ";")
	if again := h.ask(http.MethodPost, "/v1/streams/a:1", `{"type":"x"}`, "Cookie: "+cookie).expect(t, http.StatusOK).header.Get("Set-Cookie"); again != "" {
		t.Error(again)
	}

	_, token, _ := strings.Cut(cookie, "=")
	if again := h.ask(http.MethodPost, "/v1/streams/a:1", `{"type":"x"}`, "Authorization: Bearer "+token).expect(t, http.StatusOK).header.Get("Set-Cookie"); again != "" {
		t.Error(again)
	}

	other := h.ask(http.MethodPost, "/v1/streams/a:1", `{"type":"x"}`, "Cookie: recount_caller=forged", "X-Forwarded-Proto: https").expect(t, http.StatusOK).header.Get("Set-Cookie")
	if other == "" || strings.HasPrefix(other, cookie) || !strings.Contains(other, "Secure") {
		t.Error(other)
	}

	actors := make(map[string]int)
	for _, e := range readAll(t, h.log, "a:1") {
		actors[e.Actor]++
	}

	if len(actors) != 2 {
		t.Error(actors)
	}

	refused := h.ask(http.MethodGet, "/v1/streams/a:1", "", "Authorization: Bearer nonsense").expect(t, http.StatusUnauthorized)
	if code, _ := refused.problem(t); code != "unauthenticated" || !strings.HasPrefix(refused.header.Get("WWW-Authenticate"), "Bearer") {
		t.Error(refused.header, refused.body)
	}
}

// brokenLog is a log that fails, and panics when it is asked for a stream named
// a:panic.
type brokenLog struct{ store.Log }

var errDisk = errors.New("disk sda1 at /var/secret is on fire")

func (brokenLog) Append(context.Context, ...store.Batch) (store.Receipt, error) {
	return store.Receipt{}, errDisk
}

func (b brokenLog) Head(ctx context.Context, stream event.Stream) (event.Version, error) {
	if stream == "a:panic" {
		panic(errDisk)
	}

	return b.Log.Head(ctx, stream)
}

// TestInternalErrors sees that clients learn nothing of what is ours but an ID, and
// the log all.
func TestInternalErrors(t *testing.T) {
	t.Parallel()

	h := newHouse(t, func(o *server.Options) { o.Log = brokenLog{o.Log} })
	for _, got := range []answer{
		h.ask(http.MethodPost, "/v1/streams/a:1", `{"type":"x"}`),
		h.ask(http.MethodGet, "/v1/streams/a:panic?offset=now", ""),
	} {
		code, _ := got.expect(t, http.StatusInternalServerError).problem(t)
		_, id, _ := strings.Cut(got.body, `"error_id":"`)
		id, _, _ = strings.Cut(id, `"`)
		if code != "internal" || len(id) < 10 || strings.Contains(got.body, "secret") {
			t.Error(got.body)
		}

		if logged := h.logged.String(); !strings.Contains(logged, "error_id="+id) || !strings.Contains(logged, "secret") {
			t.Errorf("%s is not in the log: %s", id, logged)
		}
	}
}

// TestRetryAfter sees that busy servers say when to come again.
func TestRetryAfter(t *testing.T) {
	t.Parallel()

	for code, status := range map[fault.Code]int{fault.CodeUnavailable: http.StatusServiceUnavailable, fault.CodeRateLimited: http.StatusTooManyRequests} {
		h := newHouse(t, func(o *server.Options) {
			identity, err := auth.New(t.Context(), auth.Options{Func: func(*http.Request) (auth.Caller, error) {
				return auth.Caller{}, fault.New(code, "come again")
			}})
			must(t, err)
			o.Auth = identity
		})

		got := h.ask(http.MethodGet, "/v1/streams/a:1", "").expect(t, status)
		if wait := got.header.Get("Retry-After"); len(wait) != 1 || wait < "1" || wait > "5" || !strings.Contains(got.body, `"retry":true`) {
			t.Errorf("%v %s", got.header, got.body)
		}
	}
}

// TestHealth sees who is well, and who wants no requests.
func TestHealth(t *testing.T) {
	t.Parallel()

	h := newHouse(t)
	if got := h.ask(http.MethodGet, "/healthz", "", "Test-Caller: nobody").expect(t, http.StatusOK); got.body != `{"status":"ok"}` || got.header.Get("Cache-Control") != "no-store" {
		t.Error(got)
	}

	if got := h.ask(http.MethodGet, "/readyz", "", "Test-Caller: nobody").expect(t, http.StatusOK); got.body != `{"status":"ready"}` {
		t.Error(got)
	}

	must(t, h.log.Close(t.Context()))
	if code, _ := h.ask(http.MethodGet, "/readyz", "").expect(t, http.StatusServiceUnavailable).problem(t); code != "unavailable" {
		t.Error(code)
	}

	drained := newHouse(t)
	must(t, drained.server.Drain(t.Context(), 0))
	if got := drained.ask(http.MethodGet, "/readyz", "").expect(t, http.StatusServiceUnavailable); !strings.Contains(got.body, "draining") || got.header.Get("Retry-After") == "" {
		t.Error(got)
	}

	drained.ask(http.MethodGet, "/healthz", "").expect(t, http.StatusOK)
	drained.ask(http.MethodGet, "/v1/streams/a:1", "").expect(t, http.StatusOK)
	for _, live := range []string{"sse", "long-poll"} {
		drained.ask(http.MethodGet, "/v1/streams/a:1?offset=-1&live="+live, "").expect(t, http.StatusServiceUnavailable)
	}
}

// TestMetrics reads the metrics after some requests.
func TestMetrics(t *testing.T) {
	t.Parallel()

	registry := prometheus.NewRegistry()
	h := newHouse(t, func(o *server.Options) { o.Registry = registry })
	h.ask(http.MethodPost, "/v1/streams/a:1", `[{"type":"x"},{"type":"x"}]`).expect(t, http.StatusOK)
	h.ask(http.MethodPost, "/v1/streams/a:1", `{"type":"x"}`, `If-Match: "7"`).expect(t, http.StatusPreconditionFailed)
	h.ask("BREW", "/coffee", "").expect(t, http.StatusNotFound)
	listening := h.listen("/v1/streams/a:1?offset=-1&live=sse")
	listening.expect("1 2", "0000000000000002", true)

	got := h.ask(http.MethodGet, "/metrics", "").expect(t, http.StatusOK)
	for _, line := range []string{
		`recount_appends_total 1`,
		`recount_appended_events_total 2`,
		`recount_append_duration_seconds_count 1`,
		`recount_delivery_duration_seconds_count 0`,
		`recount_connections{kind="sse"} 1`,
		`recount_connections{kind="socket"} 0`,
		`recount_connections_opened_total{kind="sse"} 1`,
		`recount_topics 1`,
		`recount_subscriptions 1`,
		`recount_slowest_cursor_events 0`,
		`recount_dropped_signals_total 0`,
		`recount_refusals_total{code="conflict"} 1`,
		`recount_http_requests_total{method="POST",route="/v1/streams/{stream}",status="200"} 1`,
		`recount_http_requests_total{method="POST",route="/v1/streams/{stream}",status="412"} 1`,
		`recount_http_requests_total{method="other",route="other",status="404"} 1`,
		`go_goroutines `,
		`process_start_time_seconds `,
	} {
		if !strings.Contains(got.body, "\n"+line) {
			t.Errorf("no line %s", line)
		}
	}

	h.append("a:1", "x", 1)
	listening.expect("3", "0000000000000003", true)

	gathered, err := registry.Gather()
	must(t, err)

	problems, err := promlint.NewWithMetricFamilies(gathered).Lint()
	must(t, err)
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}

	if _, err := server.New(h.options); fault.Of(err) != fault.CodeInvalid {
		t.Errorf("two servers share a registry: %v", err)
	}
}
