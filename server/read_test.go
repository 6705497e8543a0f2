package server_test

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/category"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/server"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/memory"
)

// TestRead asks for parts of a stream of five events.
func TestRead(t *testing.T) {
	t.Parallel()

	h := newHouse(t)
	h.append("a:1", "x", 5)

	const end = "0000000000000005"

	for _, c := range []struct {
		query    string
		versions string
		next     string
		upToDate bool
	}{
		{"", "1 2 3 4 5", end, true},
		{"?offset=-1", "1 2 3 4 5", end, true},
		{"?offset=0000000000000000", "1 2 3 4 5", end, true},
		{"?offset=0000000000000003", "4 5", end, true},
		{"?offset=3", "4 5", end, true},
		{"?offset=" + end, "", end, true},
		{"?offset=now", "", end, true},
		{"?offset=1&limit=2", "2 3", "0000000000000003", false},
		{"?offset=3&limit=2", "4 5", end, true},
		{"?limit=9999", "1 2 3 4 5", end, true},
		{"?offset=1&whatever=1&cursor=12", "2 3 4 5", end, true},
		{"?backward=true", "5 4 3 2 1", "0000000000000000", true},
		{"?backward=true&limit=2", "5 4", "0000000000000003", false},
		{"?backward=true&limit=2&offset=3", "3 2", "0000000000000001", false},
		{"?backward=true&offset=1", "1", "0000000000000000", true},
		{"?backward=true&offset=-1", "", "0000000000000000", true},
		{"?backward=false", "1 2 3 4 5", end, true},
		{"?until=2001-01-01T00:00:00Z", "", "0000000000000000", true},
		{"?until=2999-01-01T00:00:00Z", "1 2 3 4 5", end, true},
		{"?since=2001-01-01T00:00:00Z", "1 2 3 4 5", end, true},
		{"?since=2999-01-01T00:00:00%2B01:00", "", end, true},
	} {
		got := h.ask(http.MethodGet, "/v1/streams/a:1"+c.query, "").expect(t, http.StatusOK)
		if got.versions(t) != c.versions || got.header.Get("Stream-Next-Offset") != c.next || got.header.Get("Stream-Up-To-Date") == "true" != c.upToDate {
			t.Errorf("%s: %v %s", c.query, got.header, got.body)
		}

		if got.header.Get("Content-Type") != "application/json" || got.header.Get("X-Content-Type-Options") != "nosniff" || got.header.Get("Cache-Control") == "" {
			t.Errorf("%s: %v", c.query, got.header)
		}
	}
}

// TestReadRefused asks for what cannot be read.
func TestReadRefused(t *testing.T) {
	t.Parallel()

	h := newHouse(t, declared(t, map[string]category.Declaration{
		"open": {},
		"shut": {Guards: category.Guards{Read: func(context.Context, *auth.Request) error { return fault.Forbidden("not you") }}},
	}))
	h.append("open:1", "x", 5)

	for _, c := range []struct {
		path, code, detail string
	}{
		{"/v1/streams/open", "invalid", "category:id"},
		{"/v1/streams/opn:1", "not_found", "did you mean"},
		{"/v1/streams/shut:1", "forbidden", "not you"},
		{"/v1/streams/shut:1?offset=now", "forbidden", "not you"},
		{"/v1/streams/shut:1?offset=0&live=long-poll", "forbidden", "not you"},
		{"/v1/streams/shut:1?offset=0&live=sse", "forbidden", "not you"},
		{"/v1/streams/shut:1?backward=true&offset=0", "forbidden", "not you"},
		{"/v1/streams/$sys:1", "forbidden", "$sys"},
		{"/v1/streams/open:1?offset=", "invalid", "offset"},
		{"/v1/streams/open:1?offset=1,2", "invalid", "offset"},
		{"/v1/streams/open:1?offset=+1", "invalid", "offset"},
		{"/v1/streams/open:1?offset=1&offset=2", "invalid", "2 times"},
		{"/v1/streams/open:1?offset=99999999999999999999", "invalid", "offset"},
		{"/v1/streams/open:1?offset=%zz", "invalid", "percent-encode"},
		{"/v1/streams/open:1?offset=6", "gone", "0000000000000005"},
		{"/v1/streams/open:1?offset=6&backward=true", "", ""},
		{"/v1/streams/open:1?offset=6&live=long-poll", "gone", "5"},
		{"/v1/streams/open:1?offset=6&live=sse", "gone", "5"},
		{"/v1/streams/open:1?live=sse", "invalid", "needs an offset"},
		{"/v1/streams/open:1?live=long-poll", "invalid", "needs an offset"},
		{"/v1/streams/open:1?offset=0&live=longpoll", "invalid", "did you mean long-poll?"},
		{"/v1/streams/open:1?offset=0&live=websocket", "invalid", "long-poll or sse"},
		{"/v1/streams/open:1?offset=0&live=sse&backward=true", "invalid", "forward"},
		{"/v1/streams/open:1?limit=0", "invalid", "1 to 500"},
		{"/v1/streams/open:1?since=yesterday", "invalid", "2026"},
		{"/v1/streams/open:1?since=2026-11-21T10:00:00Z&backward=true", "invalid", "forward"},
		{"/v1/feed", "forbidden", "feed"},
		{"/v1/feed?offset=now", "forbidden", "feed"},
		{"/v1/feed?category=open&offset=0&live=sse", "forbidden", "open:*"},
		{"/v1/feed?type=", "invalid", "type"},
		{"/v1/feed?" + strings.Repeat("type=x&", 101), "invalid", "at most 100"},
		{"/v1/feed?backward=true", "invalid", "backward"},
		{"/v1/streams", "forbidden", "list of streams"},
		{"/v1/streams?limit=x", "invalid", "limit"},
		{"/v1/streams?limit=%zz", "invalid", "percent-encode"},
	} {
		got := h.ask(http.MethodGet, c.path, "")
		if c.code == "" {
			got.expect(t, http.StatusOK)

			continue
		}

		if code, detail := got.problem(t); code != c.code || got.status != fault.Code(code).HTTPStatus() || !strings.Contains(detail, c.detail) {
			t.Errorf("%s: status %d: %s", c.path, got.status, got.body)
		}
	}
}

// TestReadPages sees that a long stream comes in pages of bounded size, and that
// their ETags spare a second sending.
func TestReadPages(t *testing.T) {
	t.Parallel()

	h := newHouse(t)
	h.append("a:1", "x", 501)
	large := strings.Repeat("x", 600<<10)
	for range 3 {
		_, err := h.log.Append(t.Context(), store.Batch{Stream: "b:1", Drafts: []event.Draft{{Type: "x", Data: []byte(`"` + large + `"`)}}})
		must(t, err)
	}

	first := h.ask(http.MethodGet, "/v1/streams/a:1", "").expect(t, http.StatusOK)
	if first.header.Get("Stream-Next-Offset") != "0000000000000500" || first.header.Get("Stream-Up-To-Date") != "" || !strings.Contains(first.header.Get("Cache-Control"), "max-age=60") {
		t.Error(first.header)
	}

	last := h.ask(http.MethodGet, "/v1/streams/a:1?offset="+first.header.Get("Stream-Next-Offset"), "").expect(t, http.StatusOK)
	if last.versions(t) != "501" || last.header.Get("Cache-Control") != "private, no-cache" {
		t.Error(last.header, last.body)
	}

	for offset := range 3 {
		if got := h.ask(http.MethodGet, "/v1/streams/b:1?offset="+strconv.Itoa(offset), ""); got.versions(t) != strconv.Itoa(offset+1) {
			t.Error(got.header, len(got.body))
		}
	}

	tag := last.header.Get("ETag")
	same := h.ask(http.MethodGet, "/v1/streams/a:1?offset=500", "", "If-None-Match: \"1\", W/"+tag).expect(t, http.StatusNotModified)
	if same.body != "" || same.header.Get("ETag") != tag || same.header.Get("Stream-Next-Offset") != "0000000000000501" || same.header.Get("Stream-Up-To-Date") != "true" {
		t.Error(same.header)
	}

	h.append("a:1", "x", 1)
	if got := h.ask(http.MethodGet, "/v1/streams/a:1?offset=500", "", "If-None-Match: "+tag).expect(t, http.StatusOK); got.header.Get("ETag") == tag {
		t.Error(got.header)
	}
}

// TestHead asks where a stream and the feed end.
func TestHead(t *testing.T) {
	t.Parallel()

	h := newHouse(t)
	h.append("a:1", "x", 2)
	h.append("b:1", "x", 1)

	for path, want := range map[string]string{"/v1/streams/a:1": "0000000000000002", "/v1/streams/a:none": "0000000000000000", "/v1/feed": "0000000000000003"} {
		got := h.ask(http.MethodHead, path, "", "Test-Caller: admin").expect(t, http.StatusOK)
		if got.header.Get("Stream-Next-Offset") != want || got.header.Get("Cache-Control") != "no-store" || got.header.Get("Content-Type") != "application/json" || got.header.Get("ETag") == "" {
			t.Errorf("%s: %v", path, got.header)
		}
	}

	h.ask(http.MethodHead, "/v1/feed", "").expect(t, http.StatusForbidden)
	h.ask(http.MethodHead, "/v1/feed?backward=true", "").expect(t, http.StatusBadRequest)
	h.ask(http.MethodHead, "/v1/streams/a", "").expect(t, http.StatusBadRequest)
}

// TestReadSince finds the place of a time among many.
func TestReadSince(t *testing.T) {
	t.Parallel()

	began := time.Date(2026, time.November, 21, 10, 0, 0, 0, time.UTC)
	clock := began
	backend := memory.NewWith(memory.Options{Clock: func() time.Time {
		clock = clock.Add(time.Second)

		return clock
	}})
	h := newHouse(t, func(o *server.Options) { o.Log = backend.Log })
	h.append("a:1", "x", 100)

	for seconds, want := range map[int]string{0: "1", 1: "1", 2: "2", 50: "50", 100: "100"} {
		at := began.Add(time.Duration(seconds) * time.Second).Format(time.RFC3339)
		if got := h.ask(http.MethodGet, "/v1/streams/a:1?limit=1&since="+at, ""); got.versions(t) != want {
			t.Errorf("since %s: %s", at, got.body)
		}

		if got := h.ask(http.MethodGet, "/v1/streams/a:1?limit=1&offset=50&since="+at, ""); got.versions(t) != atLeast(want, 51) {
			t.Errorf("since %s: %s", at, got.body)
		}
	}

	until := began.Add(7 * time.Second).Format(time.RFC3339)
	if got := h.ask(http.MethodGet, "/v1/streams/a:1?backward=true&limit=2&until="+until, ""); got.versions(t) != "7 6" {
		t.Error(got.body)
	}
}

// atLeast returns a number that is not below least, as text.
func atLeast(number string, least int) string {
	n, _ := strconv.Atoi(number)

	return strconv.Itoa(max(n, least))
}

// TestFeed filters the feed.
func TestFeed(t *testing.T) {
	t.Parallel()

	watched := category.Guards{Watch: func(context.Context, *auth.Request) error { return nil }}
	h := newHouse(t, declared(t, map[string]category.Declaration{"a": {Guards: watched}, "b": {}}))
	h.append("a:1", "x", 2)
	h.append("b:1", "x", 1)
	h.append("b:1", "y", 1)
	h.ask(http.MethodPost, "/v1/streams/a:2", `{"type":"y"}`, "Test-Caller: eve").expect(t, http.StatusOK)

	for query, want := range map[string]string{
		"":                            "1 2 3 4 5",
		"?offset=3":                   "4 5",
		"?category=a":                 "1 2 5",
		"?category=a&category=b":      "1 2 3 4 5",
		"?type=y":                     "4 5",
		"?type=y&actor=eve":           "5",
		"?since=2999-01-01T00:00:00Z": "",
		"?limit=2&offset=1":           "2 3",
		"?offset=now":                 "",
		"?category=b&limit=1":         "3",
		"?category=nothing&offset=-1": "",
		"?offset=0000000000000005":    "",
		"?live=&limit=1&offset=0&a=b": "1",
	} {
		got := h.ask(http.MethodGet, "/v1/feed"+query, "", "Test-Caller: admin")
		if query == "?category=nothing&offset=-1" {
			got.expect(t, http.StatusNotFound)

			continue
		}

		got.expect(t, http.StatusOK)
		positions := strings.ReplaceAll(strings.Join(field[string](t, got.body, "position"), " "), "000000000000000", "")
		if positions != want {
			t.Errorf("%s: %s", query, got.body)
		}

		full := strings.Contains(query, "limit")
		if upToDate := got.header.Get("Stream-Up-To-Date") == "true"; upToDate == full || !full && got.header.Get("Stream-Next-Offset") != "0000000000000005" {
			t.Errorf("%s: %v", query, got.header)
		}
	}

	h.ask(http.MethodGet, "/v1/feed?category=a", "").expect(t, http.StatusOK)
	h.ask(http.MethodGet, "/v1/feed?category=a&category=b", "").expect(t, http.StatusForbidden)
	h.ask(http.MethodGet, "/v1/feed?offset=6", "", "Test-Caller: admin").expect(t, http.StatusGone)
}

// TestListStreams lists streams page by page.
func TestListStreams(t *testing.T) {
	t.Parallel()

	h := newHouse(t)
	h.append("a:1", "x", 2)
	h.append("a:2", "x", 1)
	h.append("b:1", "x", 1)

	for query, want := range map[string]string{
		"":                             `{"streams":[{"stream":"a:1","version":2},{"stream":"a:2","version":1},{"stream":"b:1","version":1}]}`,
		"?category=a":                  `{"streams":[{"stream":"a:1","version":2},{"stream":"a:2","version":1}]}`,
		"?category=c":                  `{"streams":[]}`,
		"?limit=2":                     `{"streams":[{"stream":"a:1","version":2},{"stream":"a:2","version":1}],"next":"a:2"}`,
		"?limit=2&after=a:2":           `{"streams":[{"stream":"b:1","version":1}]}`,
		"?limit=1&category=a&after=b:": `{"streams":[]}`,
	} {
		got := h.ask(http.MethodGet, "/v1/streams"+query, "", "Test-Caller: admin").expect(t, http.StatusOK)
		if strings.TrimSpace(got.body) != want {
			t.Errorf("%s: %s", query, got.body)
		}
	}
}
