package client_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/recountdev/recount/client"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
)

// forker is a server that answers forks with what it is told to, and tells what it
// was asked.
type forker struct {
	asked  chan string
	status int
	answer string
	lost   atomic.Int32 // how many answers are lost
}

func (f *forker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	f.asked <- r.Method + " " + r.URL.EscapedPath() + " " + r.Header.Get("Content-Type") + " " + r.Header.Get("Authorization") + " " + string(body)

	if f.lost.Add(-1) >= 0 {
		panic(http.ErrAbortHandler)
	}

	w.WriteHeader(f.status)
	_, _ = io.WriteString(w, f.answer)
}

func newForker(t *testing.T, status int, answer string) (*forker, *client.Client) {
	t.Helper()

	f := &forker{asked: make(chan string, 10), status: status, answer: answer}
	listener := httptest.NewServer(f)
	t.Cleanup(listener.Close)

	c, err := client.New(listener.URL, client.Options{Token: "secret"})
	must(t, err)
	t.Cleanup(c.Close)

	return f, c
}

// TestFork sees what is asked of a server.
func TestFork(t *testing.T) {
	t.Parallel()

	for _, c := range []struct {
		from, to event.Stream
		at       client.Point
		path     string
		body     string
	}{
		{"a:1", "a:2", client.Point{}, "a:1", `{"to":"a:2"}`},
		{"a:1", "a:2", client.Point{Version: 17}, "a:1", `{"to":"a:2","at":17}`},
		{"a:1", "a:2", client.Point{Time: time.Date(2026, time.November, 21, 11, 0, 0, 5e6, time.FixedZone("east", 3600))}, "a:1", `{"to":"a:2","at":"2026-11-21T10:00:00.005Z"}`},
		{"a:b/c d@7?#ü", `a:"<`, client.Point{}, "a:b%2Fc%20d@7%3F%23%C3%BC", `{"to":"a:\"\u003c"}`},
	} {
		f, far := newForker(t, http.StatusOK, `{"stream":"a:2","version":17}`)
		if version, err := far.Fork(t.Context(), c.from, c.to, c.at); version != 17 || err != nil {
			t.Errorf("%s: version %d, %v", c.from, version, err)
		}

		if got, want := <-f.asked, "POST /v1/streams/"+c.path+"/fork application/json Bearer secret "+c.body; got != want {
			t.Errorf("asked %s, want %s", got, want)
		}
	}
}

// TestForkFails sees what comes of answers that are none, and of questions that
// need not be asked.
func TestForkFails(t *testing.T) {
	t.Parallel()

	for _, c := range []struct {
		status int
		answer string
		code   fault.Code
	}{
		{http.StatusOK, `{"stream":"a:2"}`, fault.CodeUnavailable},
		{http.StatusOK, `<html>`, fault.CodeUnavailable},
		{http.StatusConflict, `{"code":"conflict","detail":"it exists"}`, fault.CodeConflict},
		{http.StatusGone, `{"code":"gone","detail":"no version 9"}`, fault.CodeGone},
		{http.StatusNotFound, `404 page not found`, fault.CodeNotFound},
	} {
		f, far := newForker(t, c.status, c.answer)
		if version, err := far.Fork(t.Context(), "a:1", "a:2", client.Point{}); version != 0 || fault.Of(err) != c.code {
			t.Errorf("%d %s: version %d, %v, want %s", c.status, c.answer, version, err, c.code)
		}

		if n := len(f.asked); n != 1 {
			t.Errorf("%d %s: asked %d times", c.status, c.answer, n)
		}
	}

	f, far := newForker(t, http.StatusOK, `{"version":1}`)
	for _, c := range []struct {
		from, to event.Stream
		at       client.Point
	}{
		{"a", "a:2", client.Point{}},
		{"a:1", "a", client.Point{}},
		{"a:1", "a:*", client.Point{}},
		{"a:1", "a:2", client.Point{Version: 1, Time: time.Unix(1, 0)}},
		{"a:1", "a:2", client.Point{Time: time.Date(10000, time.January, 1, 0, 0, 0, 0, time.UTC)}},
	} {
		if _, err := far.Fork(t.Context(), c.from, c.to, c.at); fault.Of(err) != fault.CodeInvalid {
			t.Errorf("%+v: %v", c, err)
		}
	}

	if n := len(f.asked); n != 0 {
		t.Errorf("asked %d times, want never", n)
	}
}

// TestForkLostAnswer sees that a fork is asked for again until there is an answer,
// but not for ever.
func TestForkLostAnswer(t *testing.T) {
	t.Parallel()

	f, far := newForker(t, http.StatusOK, `{"stream":"a:2","version":17}`)
	f.lost.Store(2)

	if version, err := far.Fork(t.Context(), "a:1", "a:2", client.Point{}); version != 17 || err != nil || len(f.asked) != 3 {
		t.Errorf("version %d, %v after %d tries", version, err, len(f.asked))
	}

	f.lost.Store(10)

	_, err := far.Fork(t.Context(), "a:1", "a:2", client.Point{})
	if _, answered := errors.AsType[*client.Error](err); answered || fault.Of(err) != fault.CodeUnavailable || len(f.asked) != 6 {
		t.Errorf("%v after %d tries", err, len(f.asked)-3)
	}
}
