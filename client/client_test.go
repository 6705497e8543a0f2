package client_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/category"
	"github.com/recountdev/recount/client"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fanout"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/server"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/memory"
	"github.com/recountdev/recount/topic"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// house is a whole server over a log in memory, with a client. Its wall stands
// between the two.
type house struct {
	t      *testing.T
	log    store.Log
	client *client.Client
	wall   func(next http.Handler, w http.ResponseWriter, r *http.Request)

	handler http.Handler
}

func newHouse(t *testing.T) *house {
	t.Helper()

	h := &house{t: t, log: memory.New().Log}
	h.wall = func(next http.Handler, w http.ResponseWriter, r *http.Request) { next.ServeHTTP(w, r) }
	ctx, cancel := context.WithCancel(context.Background())

	var pumping sync.WaitGroup
	t.Cleanup(func() { cancel(); pumping.Wait() })

	identity, err := auth.New(ctx, auth.Options{Func: func(r *http.Request) (auth.Caller, error) {
		switch auth.TokenOf(r) {
		case "admin":
			return auth.Caller{ID: "root", Role: "admin"}, nil
		case "":
			return auth.Caller{ID: "ada"}, nil
		default:
			return auth.Caller{}, fault.New(fault.CodeUnauthenticated, "who is it?")
		}
	}})
	must(t, err)

	hub, err := topic.New(ctx, h.log, topic.Options{})
	must(t, err)

	s, err := server.New(server.Options{Log: h.log, Topics: hub, Categories: category.Open(), Auth: identity})
	must(t, err)
	h.handler = s.Handler()
	pumping.Go(func() { fanout.Run(ctx, h.log, hub, slog.New(slog.DiscardHandler)) })

	listener := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { forward(h, w, r) }))
	t.Cleanup(func() { s.Close(); listener.Close() })
	h.client = h.of(listener.URL, "admin")

	return h
}

// of returns a client of a server.
func (h *house) of(url, token string) *client.Client {
	h.t.Helper()

	c, err := client.New(url, client.Options{Token: token})
	must(h.t, err)
	h.t.Cleanup(c.Close)

	return c
}

func (h *house) append(stream event.Stream, n int) {
	h.t.Helper()

	for range n {
		_, err := h.log.Append(h.t.Context(), store.Batch{Stream: stream, Drafts: []event.Draft{{Type: "x"}}})
		must(h.t, err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()

	if err != nil {
		t.Fatal(err)
	}
}

// TestNew refuses what is no URL of a server.
func TestNew(t *testing.T) {
	t.Parallel()

	for _, url := range []string{"", "localhost:4000", "ftp://host", "http://", "http://h/?a=1", "http://h/#a", "http://me@h", "http://[::1", "pebble:data"} {
		if _, err := client.New(url, client.Options{}); fault.Of(err) != fault.CodeInvalid {
			t.Errorf("%q: %v", url, err)
		}
	}
}

// TestAppendRead appends all that a draft can have, and reads it back.
func TestAppendRead(t *testing.T) {
	t.Parallel()

	h := newHouse(t)
	at := time.Date(2026, time.November, 21, 10, 0, 0, 5e6, time.UTC)
	drafts := []event.Draft{
		{Type: "x"},
		{Type: "x", Data: []byte(`{"a":  1}`), ID: "i-1", Actor: "eve", Subject: "<ü>", Time: at, Meta: event.Meta{Correlation: "c", Causation: "d", Extra: []byte(`{"k": "v"}`)}},
		{Type: "x", Data: []byte("null")},
		{Type: "x", Data: []byte(" {\n}\n")},
		{Type: "x", Data: []byte{0, 255}, ContentType: "image/png"},
		{Type: "x", Data: []byte("[\n1]"), ContentType: "application/vnd.x+json"},
	}

	for _, stream := range []event.Stream{"a:b/c", "a:ü?&=#%2F", "a:../..", "a:b//c"} {
		for i := range drafts {
			if drafts[i].ID != "" {
				drafts[i].ID = event.ID(stream)
			}
		}

		receipt, err := h.client.Append(t.Context(), stream, client.NoStream(), drafts...)
		must(t, err)
		if receipt.Version != 6 || receipt.Position.IsZero() || len(receipt.IDs) != 6 || receipt.Repeated {
			t.Errorf("%+v", receipt)
		}

		var there []event.Event
		for e, err := range h.log.Read(t.Context(), stream, store.Range{}) {
			must(t, err)

			there = append(there, e)
		}

		for i, d := range drafts {
			e := there[i]
			if e.Type != d.Type || !bytes.Equal(e.Data, d.Data) || e.ContentType != d.ContentType || e.Subject != d.Subject || string(e.Meta.Extra) != string(d.Meta.Extra) || e.Meta.Causation != d.Meta.Causation || e.ID != receipt.IDs[i] {
				t.Errorf("got %+v, want %+v", e, d)
			}
		}

		if e := there[1]; e.Actor != "eve" || !e.Time.Equal(at) || there[0].Actor != "root" {
			t.Errorf("%+v", e)
		}

		i := 0
		for e, err := range h.client.Read(t.Context(), stream, client.Range{}) {
			must(t, err)

			want := there[i]
			if e.Stream != stream || e.Version != want.Version || e.Position != want.Position || !e.Recorded.Equal(want.Recorded) || !bytes.Equal(e.Data, want.Data) {
				t.Errorf("got %+v, want %+v", e, want)
			}

			i++
		}

		if i != 6 {
			t.Errorf("%d events", i)
		}
	}
}

// TestErrors sees that errors come back as they were.
func TestErrors(t *testing.T) {
	t.Parallel()

	h := newHouse(t)
	h.append("a:1", 3)

	_, err := h.client.Append(t.Context(), "a:1", client.Exactly(2), event.Draft{Type: "x"})
	e, ok := errors.AsType[*client.Error](err)
	if !ok || fault.Of(err) != fault.CodeConflict || e.Status != http.StatusPreconditionFailed || *e.Expected != 2 || *e.Actual != 3 || !strings.Contains(err.Error(), "expected version 2") {
		t.Errorf("%+v", err)
	}

	_, err = h.client.Append(t.Context(), "a:2", client.SomeStream(), event.Draft{Type: "x"})
	if e, ok := errors.AsType[*client.Error](err); !ok || e.Actual == nil || *e.Actual != 0 {
		t.Errorf("%+v", err)
	}

	for name, c := range map[string]struct {
		code fault.Code
		err  error
	}{
		"bad stream":      {fault.CodeInvalid, last(h.client.Append(t.Context(), "a", client.Anything(), event.Draft{Type: "x"}))},
		"no draft":        {fault.CodeInvalid, last(h.client.Append(t.Context(), "a:1", client.Anything()))},
		"no type":         {fault.CodeInvalid, last(h.client.Append(t.Context(), "a:1", client.Anything(), event.Draft{}))},
		"bad head":        {fault.CodeInvalid, last(h.client.Head(t.Context(), "a"))},
		"bad read":        {fault.CodeInvalid, firstError(h.client.Read(t.Context(), "a", client.Range{}))},
		"bad follow":      {fault.CodeInvalid, firstError(h.client.Follow(t.Context(), "a", client.Place{}))},
		"beyond the end":  {fault.CodeGone, firstError(h.client.Follow(t.Context(), "a:1", client.Place{After: client.AfterVersion(9)}))},
		"beyond the feed": {fault.CodeGone, firstError(h.client.Feed(t.Context(), client.Place{After: client.AfterPosition(event.PositionAt(9))}, client.Filter{}))},
	} {
		if fault.Of(c.err) != c.code {
			t.Errorf("%s: %v", name, c.err)
		}
	}
}

func last[T any](_ T, err error) error { return err }

// firstError returns the first error of a sequence.
func firstError[T any](sequence func(func(T, error) bool)) error {
	for _, err := range sequence {
		if err != nil {
			return err
		}
	}

	return nil
}

// TestRefused sees what who has no right, or no token, is told.
func TestRefused(t *testing.T) {
	t.Parallel()

	h := newHouse(t)
	for token, code := range map[string]fault.Code{"": fault.CodeForbidden, "forged": fault.CodeUnauthenticated} {
		front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.StripPrefix("/mounted", h.handler).ServeHTTP(w, r)
		}))
		t.Cleanup(front.Close)

		c := h.of(front.URL+"/mounted/", token)
		for name, err := range map[string]error{
			"feed":    firstError(c.Feed(t.Context(), client.Place{}, client.Filter{})),
			"follow":  firstError(c.Feed(t.Context(), client.Place{}, client.Filter{Follow: true})),
			"streams": firstError(c.Streams(t.Context(), "", "")),
			"append":  last(c.Append(t.Context(), "$sys:1", client.Anything(), event.Draft{Type: "x"})),
			"read":    firstError(c.Read(t.Context(), "$sys:1", client.Range{From: 2})),
		} {
			if fault.Of(err) != code {
				t.Errorf("%s with token %q: %v", name, token, err)
			}
		}
	}
}

// TestRead reads parts of a stream of more than one page.
func TestRead(t *testing.T) {
	t.Parallel()

	const total = 1203

	h := newHouse(t)
	h.append("a:1", total)

	for name, c := range map[string]struct {
		r           client.Range
		first, last event.Version
		n           int
	}{
		"all":                 {client.Range{}, 1, total, total},
		"from":                {client.Range{From: 1000}, 1000, total, 204},
		"limit":               {client.Range{Limit: 700}, 1, 700, 700},
		"backward":            {client.Range{Backward: true}, total, 1, total},
		"backward, limit":     {client.Range{Backward: true, Limit: 501}, total, total - 500, 501},
		"backward from":       {client.Range{Backward: true, From: 2}, 2, 1, 2},
		"backward from afar":  {client.Range{Backward: true, From: 9999, Limit: 1}, total, total, 1},
		"until long ago":      {client.Range{Until: time.Unix(1, 0)}, 0, 0, 0},
		"until tomorrow":      {client.Range{Until: time.Now().Add(time.Hour), Limit: 1}, 1, 1, 1},
		"from beyond the end": {client.Range{From: 9999}, 0, 0, 0},
	} {
		var versions []event.Version
		for e, err := range h.client.Read(t.Context(), "a:1", c.r) {
			must(t, err)

			versions = append(versions, e.Version)
		}

		if len(versions) != c.n || c.n > 0 && (versions[0] != c.first || versions[c.n-1] != c.last) {
			t.Errorf("%s: %d events", name, len(versions))
		}
	}

	for _, err := range h.client.Read(t.Context(), "a:1", client.Range{}) {
		must(t, err)

		break
	}

	if head, err := h.client.Head(t.Context(), "a:1"); head != total || err != nil {
		t.Errorf("%d %v", head, err)
	}
}

// TestStreams lists more streams than fit into an answer.
func TestStreams(t *testing.T) {
	t.Parallel()

	h := newHouse(t)
	for range 1001 {
		h.append(event.Stream("a:"+event.NewID()), 1)
	}
	h.append("b:1", 2)

	var all []client.Listed
	for l, err := range h.client.Streams(t.Context(), "", "") {
		must(t, err)

		all = append(all, l)
	}

	if len(all) != 1002 || all[1001] != (client.Listed{Stream: "b:1", Version: 2}) || !slices.IsSortedFunc(all, func(a, b client.Listed) int { return strings.Compare(string(a.Stream), string(b.Stream)) }) {
		t.Errorf("%d streams", len(all))
	}

	for l, err := range h.client.Streams(t.Context(), "b", "") {
		if l.Stream != "b:1" || err != nil {
			t.Error(l, err)
		}
	}
}

// TestLostAnswer sees that an append whose answer is lost is recorded once.
func TestLostAnswer(t *testing.T) {
	t.Parallel()

	h := newHouse(t)

	var lost atomic.Int32
	h.wall = func(next http.Handler, w http.ResponseWriter, r *http.Request) {
		if lost.Add(1) > 2 {
			next.ServeHTTP(w, r)

			return
		}

		next.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	}

	receipt, err := h.client.Append(t.Context(), "a:1", client.NoStream(), event.Draft{Type: "x"}, event.Draft{Type: "y"})
	if err != nil || receipt.Version != 2 || receipt.Repeated || lost.Load() != 3 {
		t.Errorf("%+v %v", receipt, err)
	}

	lost.Store(1)

	if receipt, err := h.client.Append(t.Context(), "a:1", client.Anything(), event.Draft{Type: "x", ID: "1"}); err != nil || receipt.Version != 3 {
		t.Errorf("%+v %v", receipt, err)
	}

	if receipt, err := h.client.Append(t.Context(), "a:1", client.Anything(), event.Draft{Type: "x", ID: "1"}); err != nil || !receipt.Repeated {
		t.Errorf("%+v %v", receipt, err)
	}

	if head, err := h.client.Head(t.Context(), "a:1"); head != 3 || err != nil {
		t.Errorf("%d %v", head, err)
	}

	lost.Store(-10) // all are lost
	if _, err := h.client.Append(t.Context(), "a:1", client.Anything(), event.Draft{Type: "x"}); fault.Of(err) != fault.CodeUnavailable || lost.Load() != -7 {
		t.Errorf("%v after %d", err, lost.Load())
	}
}

// TestAnonymous sees that an anonymous caller stays the same one.
func TestAnonymous(t *testing.T) {
	t.Parallel()

	h := newHouse(t)
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := r.Cookie("recount_caller"); err != nil {
			http.SetCookie(w, &http.Cookie{Name: "recount_caller", Value: "anon", Path: "/"})
			w.Header().Set("Stream-Next-Offset", "0000000000000001")

			return
		}

		w.Header().Set("Stream-Next-Offset", "0000000000000002")
	}))
	t.Cleanup(front.Close)

	c := h.of(front.URL, "")
	for want := range event.Version(2) {
		if got, err := c.Head(t.Context(), "a:1"); got != want+1 || err != nil {
			t.Errorf("%d %v", got, err)
		}
	}
}

// TestNobodyThere sees what is said where there is no server, or another one.
func TestNobodyThere(t *testing.T) {
	t.Parallel()

	h := newHouse(t)
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "502") {
			http.Error(w, "bad\ngateway", http.StatusBadGateway)
		} else {
			_, _ = w.Write([]byte(`<html>hello</html>`))
		}
	}))
	t.Cleanup(other.Close)

	const nobody = "http://127.0.0.1:1" // a port that was free a moment ago may be another's now

	for url, want := range map[string]string{nobody: "no server at", other.URL: "answer", other.URL + "/502": "502 Bad Gateway bad"} {
		c := h.of(url, "")
		for name, err := range map[string]error{
			"append":  last(c.Append(t.Context(), "a:1", client.Anything(), event.Draft{Type: "x"})),
			"head":    last(c.Head(t.Context(), "a:1")),
			"read":    firstError(c.Read(t.Context(), "a:1", client.Range{})),
			"streams": firstError(c.Streams(t.Context(), "", "")),
			"feed":    firstError(c.Feed(t.Context(), client.Place{}, client.Filter{})),
		} {
			if fault.Of(err) != fault.CodeUnavailable || !strings.Contains(err.Error(), want) {
				t.Errorf("%s at %s: %v", name, url, err)
			}
		}
	}

	if err := firstError(h.of(nobody, "").Follow(t.Context(), "a:1", client.Place{})); fault.Of(err) != fault.CodeUnavailable {
		t.Error(err)
	}
}
