// Package recounttest gives tests a whole Recount in memory: the real log, the
// real server on a port of the loopback, nothing on disk.
//
//	func TestMeeting(t *testing.T) {
//		r := recounttest.New(t, recount.Options{Categories: categories})
//		r.Append("meeting:42", "card_added", map[string]string{"title": "Coffee"})
//		// point your client to r.URL, then:
//		events := r.Wait("meeting:42", 2)
//	}
package recounttest

import (
	"context"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/recountdev/recount"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/memory"
)

// Recount is an App and a server that shows it. Its methods fail the test if
// something goes wrong; like the test's own, those that do must be called from
// the test's goroutine.
type Recount struct {
	// App is the whole Recount.
	App *recount.App
	// URL is where it listens: http://127.0.0.1:PORT.
	URL string

	tb testing.TB
}

// patience is how long a test waits for something before it fails.
const patience = 30 * time.Second

// New starts a Recount that ends with the test. Without a Backend it stands on a
// memory of its own; without Categories it is a workbench, on which everything
// is allowed.
func New(tb testing.TB, o recount.Options) *Recount {
	tb.Helper()

	if o.Backend.Log == nil {
		o.Backend = memory.New()
	}

	if o.Categories == nil {
		o.Workbench = true
	}

	app, err := recount.New(tb.Context(), o)
	if err != nil {
		tb.Fatal(err)
	}

	server := httptest.NewServer(app.Handler())
	tb.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(tb.Context()), patience)
		defer cancel()

		if err := app.Close(ctx); err != nil {
			tb.Error(err)
		}

		server.Close()
	})

	return &Recount{App: app, URL: server.URL, tb: tb}
}

// Append records an event, with the JSON encoding of data, and returns the
// stream's version. It goes to the log itself, past the guards.
func (r *Recount) Append(stream event.Stream, typ string, data any) event.Version {
	r.tb.Helper()

	draft, err := event.NewDraft(typ, data)
	if err != nil {
		r.tb.Fatal(err)
	}

	receipt, err := r.App.Log().Append(r.tb.Context(), store.Batch{Stream: stream, Drafts: []event.Draft{draft}})
	if err != nil {
		r.tb.Fatal(err)
	}

	return receipt.Batches[0].Version
}

// Events returns all events of a stream.
func (r *Recount) Events(stream event.Stream) []event.Event {
	r.tb.Helper()

	var events []event.Event
	for e, err := range r.App.Log().Read(r.tb.Context(), stream, store.Range{}) {
		if err != nil {
			r.tb.Fatal(err)
		}

		events = append(events, e)
	}

	return events
}

// Wait returns all events of a stream as soon as it has a version; the test
// fails if that takes more than 10 s.
func (r *Recount) Wait(stream event.Stream, version event.Version) []event.Event {
	r.tb.Helper()

	ctx, cancel := context.WithTimeout(r.tb.Context(), patience)
	defer cancel()

	filter := store.Filter{Streams: []event.Stream{stream}, Follow: true}
	for page, err := range r.App.Log().Feed(ctx, event.Position{}, filter) {
		if err != nil {
			r.tb.Fatalf("stream %s did not reach version %d: %v", stream, version, err)
		}

		if n := len(page.Events); n > 0 && page.Events[n-1].Version >= version {
			break
		}
	}

	return r.Events(stream)
}
