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

// How do I join two categories? One projection sees the events of both, in the
// order in which they happened, and has a table for each.
func Example_projectionJoin() {
	type Named struct{ Name string }

	teams := projection.Define("teams", projection.Options{
		Categories: []string{"team", "user"},
		Tables: `
			create table teams (id text primary key, name text not null);
			create table members (id text primary key, name text not null, team text);
			create index members_by_team on members (team);`,
	},
		projection.On("team_founded", func(ctx context.Context, tx *projection.Tx, e *event.Event, t Named) error {
			_, err := tx.Exec(ctx, `insert into teams (id, name) values (?, ?)`, e.Stream.ID(), t.Name)

			return err
		}),
		projection.On("user_registered", func(ctx context.Context, tx *projection.Tx, e *event.Event, u Named) error {
			_, err := tx.Exec(ctx, `insert into members (id, name) values (?, ?)`, e.Stream.ID(), u.Name)

			return err
		}),
		projection.On("team_joined", func(ctx context.Context, tx *projection.Tx, e *event.Event, j struct{ Team string }) error {
			_, err := tx.Exec(ctx, `update members set team = ? where id = ?`, j.Team, e.Stream.ID())

			return err
		}),
	)

	ctx := context.Background()
	views, err := projection.Open(ctx, "sqlite::memory:")
	check(err)
	app, err := recount.New(ctx, recount.Options{
		Backend: memory.New(),
		Views:   recount.Views{Database: views, Projections: []*projection.Definition{teams}},
	})
	check(err)
	defer app.Close(ctx)

	receipt, err := app.Log().Append(ctx,
		store.Batch{Stream: "team:1", Drafts: []event.Draft{{Type: "team_founded", Data: []byte(`{"name":"Tea"}`)}}},
		store.Batch{Stream: "user:7", Drafts: []event.Draft{
			{Type: "user_registered", Data: []byte(`{"name":"Ada"}`)},
			{Type: "team_joined", Data: []byte(`{"team":"1"}`)},
		}},
		store.Batch{Stream: "user:8", Drafts: []event.Draft{{Type: "user_registered", Data: []byte(`{"name":"Bob"}`)}}},
	)
	check(err)
	check(app.WaitFor(ctx, "teams", receipt.Position))

	rows, err := views.Reader().QueryContext(ctx, `select m.name, coalesce(t.name, 'none') from members m left join teams t on t.id = m.team order by m.name`)
	check(err)
	defer rows.Close()

	for rows.Next() {
		var member, team string
		check(rows.Scan(&member, &team))
		fmt.Println(member+":", team)
	}

	check(rows.Err())
	// Output:
	// Ada: Tea
	// Bob: none
}
