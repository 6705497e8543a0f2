package door

import (
	"cmp"
	"context"
	"iter"
	"strings"

	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/category"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

// Options say what is behind a door.
type Options struct {
	Log        store.Log
	Categories *category.Set
	// Limits of what an event from outside may have.
	Limits event.Limits
	// Events is how many an append from outside may have. Defaults to 1,000.
	Events int
	// Commands decides commands. Defaults to nobody: there are none.
	Commands Commands
}

// Door lets callers at the log. All methods are safe for concurrent use.
type Door struct {
	log        store.Log
	categories *category.Set
	limits     event.Limits
	events     int
	commands   Commands
}

// New returns a door.
func New(o Options) *Door {
	return &Door{log: o.Log, categories: o.Categories, limits: o.Limits, events: cmp.Or(o.Events, 1000), commands: o.Commands}
}

// CheckName says what is wrong with the name of a stream, or of category:*, whose
// topic somebody wants to join.
func (d *Door) CheckName(stream event.Stream) error {
	if whole, ok := strings.CutSuffix(string(stream), ":*"); ok {
		stream = event.Stream(whole + ":x")
	}

	return d.checkExisting(stream)
}

// MayJoin says why a caller may not join a stream's topic, or, for category:*,
// watch the category; nil if they may.
func (d *Door) MayJoin(ctx context.Context, c *auth.Caller, stream event.Stream) error {
	operation := auth.Join
	if stream.ID() == "*" {
		operation = auth.Watch
	}

	return d.categories.Authorize(ctx, &auth.Request{Operation: operation, Caller: c, Stream: stream})
}

// MayRead says why a caller may not read a stream; nil if they may.
func (d *Door) MayRead(ctx context.Context, c *auth.Caller, stream event.Stream) error {
	return d.categories.Authorize(ctx, &auth.Request{Operation: auth.Read, Caller: c, Stream: stream})
}

// MaySignal says why a caller may not send a signal; nil if they may.
func (d *Door) MaySignal(ctx context.Context, c *auth.Caller, stream event.Stream, typ string, data []byte) error {
	found, err := d.categories.Find(stream.Category())
	if err != nil {
		return err
	}

	if err := found.CheckSignal(typ); err != nil {
		return err
	}

	return d.categories.Authorize(ctx, &auth.Request{Operation: auth.Signal, Caller: c, Stream: stream, Type: typ, Data: data})
}

// Category returns the declaration of a stream's category.
func (d *Door) Category(stream event.Stream) (*category.Category, error) {
	return d.categories.Find(stream.Category())
}

// Read yields a stream's events to a caller who may read it.
func (d *Door) Read(ctx context.Context, c *auth.Caller, stream event.Stream, r store.Range) iter.Seq2[event.Event, error] {
	if err := d.MayRead(ctx, c, stream); err != nil {
		return func(yield func(event.Event, error) bool) { yield(event.Event{}, err) }
	}

	return d.log.Read(ctx, stream, r)
}

// Head returns a stream's version to a caller who may read it.
func (d *Door) Head(ctx context.Context, c *auth.Caller, stream event.Stream) (event.Version, error) {
	if err := d.MayRead(ctx, c, stream); err != nil {
		return 0, err
	}

	return d.log.Head(ctx, stream)
}

// Feed yields the feed to an admin, or to a caller who may watch all the
// categories that the filter names.
func (d *Door) Feed(ctx context.Context, c *auth.Caller, after event.Position, f store.Filter) iter.Seq2[store.Page, error] {
	if err := d.mayFeed(ctx, c, &f); err != nil {
		return func(yield func(store.Page, error) bool) { yield(store.Page{}, err) }
	}

	return d.log.Feed(ctx, after, f)
}

func (d *Door) mayFeed(ctx context.Context, c *auth.Caller, f *store.Filter) error {
	if len(f.Categories) == 0 {
		return d.categories.AuthorizeAdmin(ctx, c, "the feed of all streams")
	}

	for _, name := range f.Categories {
		if strings.Contains(name, ":") {
			return fault.Invalid("category %q has a colon: name the category alone, such as %s", name, event.Stream(name).Category())
		}

		if err := d.MayJoin(ctx, c, event.Stream(name+":*")); err != nil {
			return err
		}
	}

	return nil
}

// Streams yields the names of streams to an admin.
func (d *Door) Streams(ctx context.Context, c *auth.Caller, of string, after event.Stream) iter.Seq2[event.Stream, error] {
	if err := d.categories.AuthorizeAdmin(ctx, c, "the list of streams"); err != nil {
		return func(yield func(event.Stream, error) bool) { yield("", err) }
	}

	return d.log.Streams(ctx, of, after)
}

// State returns which log this is and how far it goes.
func (d *Door) State(ctx context.Context) (store.State, error) { return d.log.State(ctx) }
