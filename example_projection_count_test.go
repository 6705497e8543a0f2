package recount_test

import (
	"context"
	"fmt"
	"net/url"

	"github.com/recountdev/recount"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/projection"
	"github.com/recountdev/recount/projection/journal"
	"github.com/recountdev/recount/projection/query"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/memory"
)

// How do I count events by type? That needs no projection of your own: the journal
// has every event as a row. Over HTTP a query of the App's Views.Queries is
// GET /v1/queries/counts?category=meeting.
func Example_projectionCount() {
	ctx := context.Background()
	views, err := projection.Open(ctx, "sqlite::memory:")
	check(err)
	app, err := recount.New(ctx, recount.Options{Backend: memory.New(), Views: recount.Views{Database: views}})
	check(err)
	defer app.Close(ctx)

	queries, err := query.New(query.Options{Views: views}, map[string]query.Declaration{
		"counts": {
			SQL:    `select type, count(*) as n from journal where category = :category group by type order by n desc`,
			Params: map[string]query.Param{"category": {}},
		},
	})
	check(err)

	receipt, err := app.Log().Append(ctx, store.Batch{Stream: "meeting:42", Drafts: []event.Draft{
		{Type: "card_added"}, {Type: "vote_cast"}, {Type: "vote_cast"},
	}})
	check(err)
	check(app.WaitFor(ctx, journal.Name, receipt.Position))

	found, err := queries.Run(ctx, "counts", url.Values{"category": {"meeting"}})
	check(err)
	fmt.Println(string(found.AppendJSON(nil)))
	// Output:
	// {"rows":[{"type":"vote_cast","n":2},
	// {"type":"card_added","n":1}]}
}
