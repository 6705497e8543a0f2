package door

import (
	"context"
	"iter"

	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
)

// MayReadJournal says why a caller may not see what the journal has of a stream,
// or, if that is "", of a category, or, if that is "", too, of all; nil if they
// may. Who may read a stream may see its journal, and who may watch a category
// that of the category.
func (d *Door) MayReadJournal(ctx context.Context, c *auth.Caller, stream event.Stream, category string) error {
	switch {
	case stream != "":
		if err := d.checkExisting(stream); err != nil {
			return err
		}

		return d.MayRead(ctx, c, stream)
	case category != "":
		return d.mayFeed(ctx, c, &store.Filter{Categories: []string{category}})
	default:
		return d.categories.AuthorizeAdmin(ctx, c, "the journal of all streams")
	}
}

// MayQuery says why a caller may not run a named query with parameters, as JSON;
// nil if they may. Without a guard only admins may.
func (d *Door) MayQuery(ctx context.Context, c *auth.Caller, guard auth.Guard, name string, params []byte) error {
	if guard == nil {
		return d.categories.AuthorizeAdmin(ctx, c, "the query "+name)
	}

	return guard.Decide(ctx, &auth.Request{Operation: auth.Query, Caller: c, Type: name, Data: params})
}

// Follow yields the feed as the log has it, to whom another method has let in.
func (d *Door) Follow(ctx context.Context, after event.Position, f store.Filter) iter.Seq2[store.Page, error] {
	return d.log.Feed(ctx, after, f)
}
