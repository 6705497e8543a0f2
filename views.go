package recount

import (
	"context"
	"errors"
	"maps"

	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/projection"
	"github.com/recountdev/recount/projection/journal"
	"github.com/recountdev/recount/projection/query"
	"github.com/recountdev/recount/server"
)

// Views say what is folded from the log into a database, and what may be asked of
// it.
type Views struct {
	// Database is what projection.Open returns; the App owns it once New has
	// returned one.
	// With one the journal of all events is kept. Defaults to none: then there
	// are no projections and no queries.
	Database *projection.Views
	// Projections are those beside the journal. Defaults to none.
	Projections []*projection.Definition
	// Queries are what clients may ask, by name. Defaults to none.
	Queries map[string]Query
}

// Query is a named query that clients may run.
type Query struct {
	query.Declaration

	// Guard decides who may run it: its request has the query's name as Type,
	// and the parameters as Data. Defaults to admins.
	Guard auth.Guard
}

// readSide is what an App has of its views.
type readSide struct {
	database *projection.Views
	runner   *projection.Runner
}

// newReadSide returns the read side, and adds to the options of the server what
// it shows.
func newReadSide(ctx context.Context, o *Options, shown *server.Options) (*readSide, error) {
	v := &o.Views
	if v.Database == nil {
		if len(v.Projections) > 0 || len(v.Queries) > 0 {
			return nil, fault.Invalid(`recount.Options.Views.Database is empty: set it to what projection.Open(ctx, "sqlite:views.db") returns`)
		}

		return &readSide{}, nil
	}

	runner, err := projection.New(ctx, projection.Settings{
		Log:         o.Backend.Log,
		Views:       v.Database,
		Definitions: append([]*projection.Definition{journal.New(journal.Options{Categories: o.Categories})}, v.Projections...),
		Logger:      o.Logger,
	})
	if err != nil {
		return nil, err
	}

	declared := make(map[string]query.Declaration, len(v.Queries))
	guards := make(map[string]auth.Guard, len(v.Queries))
	for name := range maps.Keys(v.Queries) {
		declared[name], guards[name] = v.Queries[name].Declaration, v.Queries[name].Guard
	}

	queries, err := query.New(query.Options{Views: v.Database, Wait: runner.WaitFor}, declared)
	if err != nil {
		return nil, err
	}

	if err := queries.Check(ctx); err != nil {
		return nil, err
	}

	shown.Journal, shown.Queries, shown.QueryGuards = journal.NewReader(v.Database, runner), queries, guards

	return &readSide{v.Database, runner}, nil
}

// run keeps the projections up to date until ctx ends.
func (r *readSide) run(ctx context.Context) {
	if r.runner != nil {
		r.runner.Run(ctx)
	}
}

func (r *readSide) close() error {
	if r.database == nil {
		return nil
	}

	return r.database.Close()
}

// Views returns the database of the read side, nil without one; its Reader runs
// queries over the tables of all projections.
func (a *App) Views() *projection.Views { return a.read.database }

// Projections returns how the projections are, sorted by name.
func (a *App) Projections() []projection.Status {
	if a.read.runner == nil {
		return nil
	}

	return a.read.runner.Status()
}

// WaitFor waits until a projection has all events up to a position, such as an
// append or a command returned it: then a query sees what was written. It fails
// with fault.CodeUnavailable if there is no use in waiting, or when ctx ends.
func (a *App) WaitFor(ctx context.Context, name string, p event.Position) error {
	if a.read.runner == nil {
		return fault.NotFound("there is no projection %s: the App has no Views", name)
	}

	err := a.read.runner.WaitFor(ctx, name, p)
	if errors.Is(err, context.DeadlineExceeded) {
		return fault.Unavailable("projection %s has not come to position %s in time: ask again later: %w", name, p, err)
	}

	return err
}
