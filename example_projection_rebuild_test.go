package recount_test

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/recountdev/recount"
	"github.com/recountdev/recount/backends"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/projection"
	"github.com/recountdev/recount/store"
)

// How do I change what a projection does? Raise its version: the new one is built
// beside the old, which is read until then. `recount projections rebuild` does the
// same without a change.
func Example_projectionRebuild() {
	ctx := context.Background()
	folder, err := os.MkdirTemp("", "rebuild")
	check(err)
	defer os.RemoveAll(folder)

	// points opens the App with a projection in which a vote is worth so much.
	points := func(version, worth int) *recount.App {
		backend, err := backends.Open(ctx, "pebble:"+folder+"/data")
		check(err)
		views, err := projection.Open(ctx, "sqlite:"+folder+"/views.db")
		check(err)
		app, err := recount.New(ctx, recount.Options{Backend: backend, Views: recount.Views{
			Database: views,
			Projections: []*projection.Definition{projection.Define("points", projection.Options{
				Version: version,
				Tables:  `create table points (meeting text primary key, n bigint not null)`,
			}, projection.On("vote_cast", func(ctx context.Context, tx *projection.Tx, e *event.Event, _ struct{}) error {
				_, err := tx.Exec(ctx, `insert into points (meeting, n) values (?, ?)
					on conflict (meeting) do update set n = points.n + excluded.n`, string(e.Stream), worth)

				return err
			}))},
		}})
		check(err)

		return app
	}

	// until waits until the version that is live is another one.
	until := func(app *recount.App, version int) {
		for range time.Tick(time.Millisecond) {
			for _, p := range app.Projections() {
				if p.Name == "points" && p.Version == version && p.State == projection.Live && p.Rebuild == nil {
					return
				}
			}
		}
	}

	show := func(app *recount.App) {
		var n int
		check(app.Views().Reader().QueryRowContext(ctx, `select n from points where meeting = 'meeting:42'`).Scan(&n))
		fmt.Println("points:", n)
	}

	app := points(1, 1)
	receipt, err := app.Log().Append(ctx, store.Batch{Stream: "meeting:42", Drafts: []event.Draft{{Type: "vote_cast"}, {Type: "vote_cast"}}})
	check(err)
	until(app, 1)
	check(app.WaitFor(ctx, "points", receipt.Position))
	show(app)
	check(app.Close(ctx))

	app = points(2, 10)
	until(app, 2)
	show(app)
	check(app.Close(ctx))
	// Output:
	// points: 2
	// points: 20
}
