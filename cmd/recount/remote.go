package main

import (
	"context"
	"iter"
	"math"

	"github.com/recountdev/recount/backends"
	"github.com/recountdev/recount/client"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

// tokenVariable holds the token for a server where no flag does.
const tokenVariable = "RECOUNT_TOKEN"

// remote are the flags of commands that can work on the store of a server.
type remote struct {
	Server string `help:"Server to work on instead of a store, such as http://127.0.0.1:4000." placeholder:"URL" group:"Server flags:"`
	Token  string `help:"Token for the server. Defaults to RECOUNT_TOKEN, which may stand in .env." placeholder:"TOKEN" group:"Server flags:"`
}

// withLog does something with the log of the server that the flags name, else with
// that of the store.
func (s *session) withLog(ctx context.Context, r remote, o backends.Options, do func(store.Log) error) error {
	switch {
	case r.Server == "" && r.Token != "":
		return fault.Invalid("--token is for a server: name it with --server")
	case r.Server == "":
		return s.withStore(ctx, o, func(b store.Backend) error { return do(b.Log) })
	case s.storeFlag != "":
		return fault.Invalid("--server and --store stand side by side: name one of them")
	}

	token := r.Token
	if token == "" {
		var err error
		if token, err = s.variable(tokenVariable, "TOKEN"); err != nil {
			return err
		}
	}

	c, err := client.New(r.Server, client.Options{Token: token})
	if err != nil {
		return err
	}
	defer c.Close()

	return do(&remoteLog{client: c})
}

// remoteLog is the log of a server, as far as the commands need it.
type remoteLog struct {
	client *client.Client
	listed client.Listed // the stream that Streams yielded last
}

var _ store.Log = (*remoteLog)(nil)

// endOfLog stands for the end of the log, wherever that is: who may follow a
// stream may not ask for it.
func endOfLog() event.Position { return event.PositionAt(math.MaxUint64) }

// Append records one batch.
func (l *remoteLog) Append(ctx context.Context, batches ...store.Batch) (store.Receipt, error) {
	if len(batches) != 1 {
		return store.Receipt{}, fault.Invalid("an append over HTTP goes to one stream, not to %d", len(batches))
	}

	b := batches[0]

	got, err := l.client.Append(ctx, b.Stream, remoteExpectation(b.Expect), b.Drafts...)
	if err != nil {
		return store.Receipt{}, err
	}

	return store.Receipt{
		Position: got.Position,
		Batches:  []store.Recorded{{Version: got.Version, IDs: got.IDs}},
		Repeated: got.Repeated,
	}, nil
}

// remoteExpectation returns what a client calls an expectation.
func remoteExpectation(e store.Expectation) client.Expectation {
	switch e {
	case store.Anything():
		return client.Anything()
	case store.SomeStream():
		return client.SomeStream()
	default:
		version, _ := (&store.ConflictError{Expected: e}).ConflictVersions()

		return client.Exactly(event.Version(version))
	}
}

// Read yields the events of a stream.
func (l *remoteLog) Read(ctx context.Context, stream event.Stream, r store.Range) iter.Seq2[event.Event, error] {
	return l.client.Read(ctx, stream, client.Range{From: r.From, Until: r.Until, Limit: r.Limit, Backward: r.Backward})
}

// Feed yields the feed from the beginning, or from endOfLog. The feed of one stream
// is asked for as that stream, for which fewer rights will do; its pages then do
// not say how far they go.
func (l *remoteLog) Feed(ctx context.Context, after event.Position, f store.Filter) iter.Seq2[store.Page, error] {
	place := client.Place{Now: after == endOfLog(), Since: f.Since}
	filter := client.Filter{Categories: f.Categories, Types: f.Types, Actors: f.Actors, Follow: f.Follow}

	pages := l.client.Feed(ctx, place, filter)
	if len(f.Streams) == 1 {
		pages = l.streamFeed(ctx, f.Streams[0], place, f.Follow)
	}

	return func(yield func(store.Page, error) bool) {
		for page, err := range pages {
			if !yield(store.Page{Events: page.Events, Live: page.Live}, err) {
				return
			}
		}
	}
}

// streamFeed yields one stream.
func (l *remoteLog) streamFeed(ctx context.Context, stream event.Stream, place client.Place, follow bool) iter.Seq2[client.Page, error] {
	if follow {
		return l.client.Follow(ctx, stream, place)
	}

	return func(yield func(client.Page, error) bool) {
		if place.Now {
			return
		}

		var page client.Page
		for e, err := range l.client.Read(ctx, stream, client.Range{Since: place.Since}) {
			if err != nil {
				yield(client.Page{}, err)

				return
			}

			if page.Events = append(page.Events, e); len(page.Events) < store.DefaultPageSize {
				continue
			}

			if !yield(page, nil) {
				return
			}

			page = client.Page{}
		}

		page.Live = true
		yield(page, nil)
	}
}

// Head returns the version of a stream.
func (l *remoteLog) Head(ctx context.Context, stream event.Stream) (event.Version, error) {
	if l.listed.Stream == stream {
		return l.listed.Version, nil
	}

	return l.client.Head(ctx, stream)
}

// Streams yields the names of streams.
func (l *remoteLog) Streams(ctx context.Context, category string, after event.Stream) iter.Seq2[event.Stream, error] {
	return func(yield func(event.Stream, error) bool) {
		for listed, err := range l.client.Streams(ctx, category, after) {
			l.listed = listed
			if !yield(listed.Stream, err) || err != nil {
				return
			}
		}
	}
}

// Find fails: servers are asked for streams and positions.
func (*remoteLog) Find(_ context.Context, id event.ID) (store.Place, error) {
	return store.Place{}, fault.Invalid("a server does not say where the event with the id %q stands: find it in the store itself", id)
}

// State says that the log ends at its end.
func (*remoteLog) State(context.Context) (store.State, error) {
	return store.State{Head: endOfLog()}, nil
}

// Close does nothing: the log is the server's.
func (*remoteLog) Close(context.Context) error { return nil }
