package recount_test

import (
	"context"
	"fmt"

	"github.com/recountdev/recount"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/projection"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/memory"
)

// How do I write my first projection? Say which tables it has, and what an event
// changes in them.
func Example_projectionFirst() {
	type VoteCast struct{ Topic string }

	votes := projection.Define("votes", projection.Options{
		Tables:      `create table votes (meeting text, topic text, n bigint not null, primary key (meeting, topic))`,
		ClearStream: `delete from votes where meeting = ?`,
	}, projection.On("vote_cast", func(ctx context.Context, tx *projection.Tx, e *event.Event, v VoteCast) error {
		_, err := tx.Exec(ctx, `insert into votes (meeting, topic, n) values (?, ?, 1)
			on conflict (meeting, topic) do update set n = votes.n + 1`, string(e.Stream), v.Topic)

		return err
	}))

	ctx := context.Background()
	views, err := projection.Open(ctx, "sqlite::memory:") // or sqlite:data/views.db, or postgres://…
	check(err)
	app, err := recount.New(ctx, recount.Options{
		Backend: memory.New(),
		Views:   recount.Views{Database: views, Projections: []*projection.Definition{votes}},
	})
	check(err)
	defer app.Close(ctx)

	receipt, err := app.Log().Append(ctx, store.Batch{Stream: "meeting:42", Drafts: []event.Draft{
		{Type: "vote_cast", Data: []byte(`{"topic":"tea"}`)},
		{Type: "vote_cast", Data: []byte(`{"topic":"coffee"}`)},
		{Type: "card_added", Data: []byte(`{"title":"Cake"}`)}, // nobody handles it, so it costs nothing
		{Type: "vote_cast", Data: []byte(`{"topic":"tea"}`)},
	}})
	check(err)
	check(app.WaitFor(ctx, "votes", receipt.Position))

	rows, err := views.Reader().QueryContext(ctx, `select topic, n from votes order by n desc`)
	check(err)
	defer rows.Close()

	for rows.Next() {
		var (
			topic string
			n     int
		)
		check(rows.Scan(&topic, &n))
		fmt.Println(topic, n)
	}

	check(rows.Err())
	// Output:
	// tea 2
	// coffee 1
}
