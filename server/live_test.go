package server_test

import (
	"bufio"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/server"
)

// message is a server-sent event.
type message struct{ event, id, data string }

// events reads server-sent events.
type events struct {
	t     *testing.T
	lines *bufio.Scanner
	other []string // comments and retry
}

// listen begins to listen to server-sent events.
func (h *house) listen(path string, headers ...string) *events {
	h.t.Helper()

	r, err := http.NewRequestWithContext(h.t.Context(), http.MethodGet, h.url+path, http.NoBody)
	must(h.t, err)
	setHeaders(r, headers)

	response, err := http.DefaultTransport.RoundTrip(r)
	must(h.t, err)
	h.t.Cleanup(func() { _ = response.Body.Close() })

	if response.StatusCode != http.StatusOK || response.Header.Get("Content-Type") != "text/event-stream" || response.Header.Get("Cache-Control") != "no-cache" || response.Header.Get("X-Content-Type-Options") != "nosniff" {
		h.t.Fatalf("status %d, %v", response.StatusCode, response.Header)
	}

	e := &events{t: h.t, lines: bufio.NewScanner(response.Body)}
	e.lines.Buffer(nil, 4<<20)

	return e
}

// next returns the next event; an empty one at the end.
func (e *events) next() message {
	e.t.Helper()

	var (
		m    message
		data strings.Builder
	)

	for e.lines.Scan() {
		name, value, _ := strings.Cut(e.lines.Text(), ": ")

		switch name {
		case "event":
			m.event = value
		case "id":
			m.id = value
		case "data":
			data.WriteString(value)
		case "":
			if m.event != "" {
				m.data = data.String()

				return m
			}
		default:
			e.other = append(e.other, e.lines.Text())
		}
	}

	return message{}
}

// expect fails unless the next events bring these versions, followed by the place
// after them.
func (e *events) expect(versions, next string, upToDate bool) {
	e.t.Helper()

	if versions != "" {
		m := e.next()
		if got := (answer{body: m.data}).versions(e.t); m.event != "data" || got != versions || m.id != next {
			e.t.Fatalf("got %+v, want %s", m, versions)
		}
	}

	m := e.next()
	if m.event != "control" || m.id != next || !strings.Contains(m.data, `"streamNextOffset":"`+next+`","streamCursor":"`) || strings.Contains(m.data, `"upToDate":true`) != upToDate {
		e.t.Fatalf("got %+v, want %s", m, next)
	}
}

// TestEvents follows a stream from its history on.
func TestEvents(t *testing.T) {
	t.Parallel()

	h := newHouse(t)
	h.append("a:1", "x", 3)

	all := h.listen("/v1/streams/a:1?offset=-1&live=sse")
	all.expect("1 2 3", "0000000000000003", true)

	rest := h.listen("/v1/streams/a:1?offset=0000000000000002&live=sse")
	rest.expect("3", "0000000000000003", true)

	resumed := h.listen("/v1/streams/a:1?offset=-1&live=sse", "Last-Event-ID: 0000000000000001")
	resumed.expect("2 3", "0000000000000003", true)

	end := h.listen("/v1/streams/a:1?offset=now&live=sse")
	end.expect("", "0000000000000003", true)

	empty := h.listen("/v1/streams/a:2?offset=-1&live=sse")
	empty.expect("", "0000000000000000", true)

	h.append("a:2", "x", 1)
	h.append("a:1", "x", 1)

	for _, e := range []*events{all, rest, resumed, end} {
		e.expect("4", "0000000000000004", true)
	}

	empty.expect("1", "0000000000000001", true)
	if len(all.other) != 1 || !strings.HasPrefix(all.other[0], "retry: ") {
		t.Error(all.other)
	}
}

// TestFeedEvents follows the feed through a filter: the place moves on, also where
// nothing is shown.
func TestFeedEvents(t *testing.T) {
	t.Parallel()

	h := newHouse(t)
	h.append("a:1", "x", 2)
	h.append("b:1", "x", 1)

	feed := h.listen("/v1/feed?category=a&offset=1&live=sse", "Test-Caller: admin")
	feed.expect("2", "0000000000000003", true)
	h.append("b:1", "x", 1)
	h.append("a:1", "x", 1)
	feed.expect("3", "0000000000000005", true)
}

// TestManyEvents sees that a long history comes whole and in order while events
// keep coming.
func TestManyEvents(t *testing.T) {
	t.Parallel()

	const total = 1200

	h := newHouse(t)
	h.append("a:1", "x", total/2)

	var appending sync.WaitGroup
	defer appending.Wait()
	appending.Go(func() { h.append("a:1", "x", total/2) })

	e := h.listen("/v1/streams/a:1?offset=-1&live=sse")
	for want := 1; want <= total; {
		m := e.next()
		if m.event != "data" {
			continue
		}

		for version := range strings.FieldsSeq((answer{body: m.data}).versions(t)) {
			if version != atLeast("0", want) {
				t.Fatalf("got %s, want %d", version, want)
			}

			want++
		}
	}
}

// TestPoll waits for events.
func TestPoll(t *testing.T) {
	t.Parallel()

	h := newHouse(t)
	h.append("a:1", "x", 3)

	first := h.ask(http.MethodGet, "/v1/streams/a:1?offset=1&live=long-poll", "").expect(t, http.StatusOK)
	cursor := first.header.Get("Stream-Cursor")
	if first.versions(t) != "2 3" || first.header.Get("Stream-Next-Offset") != "0000000000000003" || first.header.Get("Stream-Up-To-Date") != "true" || cursor == "" {
		t.Error(first.header, first.body)
	}

	again := h.ask(http.MethodGet, "/v1/streams/a:1?offset=1&live=long-poll&limit=1&cursor="+cursor, "").expect(t, http.StatusOK)
	if next := again.header.Get("Stream-Cursor"); again.versions(t) != "2" || again.header.Get("Stream-Next-Offset") != "0000000000000002" || again.header.Get("Stream-Up-To-Date") != "" || len(next) < len(cursor) || len(next) == len(cursor) && next <= cursor {
		t.Error(again.header, again.body)
	}

	h.ask(http.MethodGet, "/v1/streams/a:1?offset=1&live=long-poll", "", "If-None-Match: "+first.header.Get("ETag")).expect(t, http.StatusNotModified)

	waiting := make(chan answer)
	go func() { waiting <- h.ask(http.MethodGet, "/v1/streams/a:1?offset=now&live=long-poll", "") }()
	for got := (answer{}); got.status == 0; {
		h.append("a:1", "x", 1) // until the other request has begun to wait

		select {
		case got = <-waiting:
			if got.status != http.StatusOK || got.versions(t) == "" || strings.HasPrefix(got.body, "[]") {
				t.Errorf("status %d: %s", got.status, got.body)
			}
		default:
		}
	}
}

// quiet runs f with a house whose time is not that of the clock.
func quiet(t *testing.T, f func(h *house)) {
	t.Helper()

	synctest.Test(t, func(t *testing.T) { f(newQuietHouse(t)) })
}

// call asks without a network, and returns the answer and how long it took.
func (h *house) call(ctx context.Context, path string, headers ...string) (*httptest.ResponseRecorder, time.Duration) {
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, path, http.NoBody)
	setHeaders(r, headers)

	began := time.Now()
	w := httptest.NewRecorder()
	h.server.Handler().ServeHTTP(w, r)

	return w, time.Since(began)
}

// TestPollEnds sees that a long-poll ends when nothing comes.
func TestPollEnds(t *testing.T) {
	t.Parallel()

	quiet(t, func(h *house) {
		h.append("a:1", "x", 3)

		w, took := h.call(h.t.Context(), "/v1/streams/a:1?offset=now&live=long-poll")
		if header := w.Header(); w.Code != http.StatusNoContent || took != 25*time.Second || header.Get("Stream-Next-Offset") != "0000000000000003" || header.Get("Stream-Up-To-Date") != "true" || header.Get("Stream-Cursor") == "" || header.Get("Cache-Control") != "no-store" {
			h.t.Errorf("status %d after %v: %v", w.Code, took, header)
		}

		w, took = h.call(h.t.Context(), "/v1/feed?category=none&offset=0&live=long-poll", "Test-Caller: admin")
		if header := w.Header(); w.Code != http.StatusNoContent || took != 25*time.Second || header.Get("Stream-Next-Offset") != "0000000000000003" || header.Get("Stream-Up-To-Date") != "true" {
			h.t.Errorf("status %d after %v: %v", w.Code, took, header)
		}
	})
}

// TestPollGivenUp sees that a client who leaves costs nothing more.
func TestPollGivenUp(t *testing.T) {
	t.Parallel()

	quiet(t, func(h *house) {
		ctx, cancel := context.WithTimeout(h.t.Context(), time.Second)
		defer cancel()

		w, took := h.call(ctx, "/v1/streams/a:1?offset=now&live=long-poll")
		if took != time.Second || w.Body.Len() > 0 {
			h.t.Errorf("after %v: %s", took, w.Body)
		}
	})
}

// TestEventsEnd sees signs of life while nothing comes, and a good end after about
// a minute.
func TestEventsEnd(t *testing.T) {
	t.Parallel()

	quiet(t, func(h *house) {
		w, took := h.call(h.t.Context(), "/v1/streams/a:1?offset=-1&live=sse")
		if lives := strings.Count(w.Body.String(), ": still here\n\n"); took < 54*time.Second || took > 66*time.Second || lives < 3 || lives > 4 {
			h.t.Errorf("after %v: %s", took, w.Body)
		}
	})
}

// TestFeedEventsMoveOn sees that a place that moved silently is told in time.
func TestFeedEventsMoveOn(t *testing.T) {
	t.Parallel()

	quiet(t, func(h *house) {
		time.AfterFunc(time.Second, func() { h.append("b:1", "x", 1) })

		w, _ := h.call(h.t.Context(), "/v1/feed?category=a&offset=-1&live=sse", "Test-Caller: admin")
		if text := w.Body.String(); strings.Count(text, "event: control") != 2 || !strings.Contains(text, `"streamNextOffset":"0000000000000001"`) || !strings.Contains(text, ": still here") {
			h.t.Error(text)
		}
	})
}

// TestLiveEndsWithToken sees that nobody follows longer than their token lasts.
func TestLiveEndsWithToken(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		h := newQuietHouse(t, func(o *server.Options) {
			identity, err := auth.New(t.Context(), auth.Options{Func: func(*http.Request) (auth.Caller, error) {
				return auth.Caller{ID: "ada", Expires: time.Now().Add(3 * time.Second)}, nil
			}})
			must(t, err)
			o.Auth = identity
		})

		for _, live := range []string{"sse", "long-poll"} {
			if w, took := h.call(t.Context(), "/v1/streams/a:1?offset=-1&live="+live); took != 3*time.Second || w.Code >= http.StatusBadRequest {
				t.Errorf("%s: status %d after %v", live, w.Code, took)
			}
		}
	})
}

// TestLiveEndsWhenDraining sees that a server that goes away keeps nobody.
func TestLiveEndsWhenDraining(t *testing.T) {
	t.Parallel()

	for _, live := range []string{"sse", "long-poll"} {
		quiet(t, func(h *house) {
			time.AfterFunc(3*time.Second, func() { _ = h.server.Drain(context.Background(), time.Second) })

			if w, took := h.call(h.t.Context(), "/v1/streams/a:1?offset=-1&live="+live); took != 3*time.Second || w.Code >= http.StatusBadRequest {
				h.t.Errorf("%s: status %d after %v", live, w.Code, took)
			}
		})
	}
}
