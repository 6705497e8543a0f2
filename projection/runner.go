package projection

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

// Settings are what a runner is made of.
type Settings struct {
	// Log is what is projected. Required.
	Log store.Log
	// Views is where to. Required; the caller closes it after Run has returned.
	Views *Views
	// Definitions are the projections. Defaults to none.
	Definitions []*Definition
	// Logger is told of failures and of finished builds. Defaults to one that
	// discards.
	Logger *slog.Logger
}

// Runner keeps projections up to date. All methods are safe for concurrent use.
type Runner struct {
	views       *Views
	logger      *slog.Logger
	projections []*projection // sorted by name
	run         sync.Once
}

// look is how often a runner looks whether another program asked for something.
const look = 500 * time.Millisecond

// New checks the definitions and makes what is missing in the database. All that
// is wrong with the definitions is one error with fault.CodeInvalid.
func New(ctx context.Context, s Settings) (*Runner, error) {
	if s.Log == nil || s.Views == nil {
		return nil, fault.Invalid("projections: there is no log or no views: give both")
	}

	if s.Logger == nil {
		s.Logger = slog.New(slog.DiscardHandler)
	}

	all, err := compileAll(s.Definitions)
	if err != nil {
		return nil, err
	}

	r := &Runner{views: s.Views, logger: s.Logger}
	for _, c := range all {
		p := &projection{compiled: c, log: s.Log, views: s.Views, logger: s.Logger.With("projection", c.name)}

		made, err := p.load(ctx, true)
		if err != nil {
			return nil, err
		}

		p.install(made)
		r.projections = append(r.projections, p)
	}

	slices.SortFunc(r.projections, func(a, b *projection) int { return cmp.Compare(a.name, b.name) })

	return r, nil
}

// Run follows the log until ctx ends, and returns when all has come to rest. It
// runs once; later calls return at once.
func (r *Runner) Run(ctx context.Context) {
	r.run.Do(func() {
		var all sync.WaitGroup
		for _, p := range r.projections {
			all.Go(func() { p.run(ctx) })
		}

		r.watch(ctx)
		all.Wait()
	})
}

// watch looks for what was asked of the projections, here or by another program.
func (r *Runner) watch(ctx context.Context) {
	every := time.NewTicker(look)
	defer every.Stop()

	for {
		asked := r.views.asked.Changed()

		found, err := r.views.controls(ctx, r.views.read, "")
		if err != nil && ctx.Err() == nil {
			r.logger.WarnContext(ctx, "looking for what was asked of projections failed", "retry_in", look, "error", err)
		}

		for _, c := range found {
			if p := r.find(c.name); p != nil && c.revision > p.revision.Load() {
				p.reload.Wake()
			}
		}

		select {
		case <-asked:
		case <-every.C:
		case <-ctx.Done():
			return
		}
	}
}

func (r *Runner) find(name string) *projection {
	at, found := slices.BinarySearchFunc(r.projections, name, func(p *projection, name string) int { return cmp.Compare(p.name, name) })
	if !found {
		return nil
	}

	return r.projections[at]
}

// WaitFor waits until what readers see of a projection has all events up to a
// position, whether it takes them or not. It fails with fault.CodeUnavailable if
// the projection stopped, is paused or is being built, and when ctx ends, which
// is the limit; with fault.CodeNotFound if there is no such projection.
func (r *Runner) WaitFor(ctx context.Context, name string, p event.Position) error {
	found := r.find(name)
	if found == nil {
		return fault.NotFound("projection %q: there is none of that name", name)
	}

	return found.wait(ctx, p)
}

// Status returns how the projections are, sorted by name, as this program knows
// it. Skipped events and streams to rebuild are those of the last time that
// something was asked.
func (r *Runner) Status() []Status {
	all := make([]Status, len(r.projections))
	for i, p := range r.projections {
		all[i] = p.status()
	}

	return all
}
