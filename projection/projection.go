package projection

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/internal/wake"
	"github.com/recountdev/recount/store"
)

// projection is one that a runner runs.
type projection struct {
	*compiled

	log    store.Log
	views  *Views
	logger *slog.Logger

	reload   wake.Signal  // what is to be done may have changed
	revision atomic.Int64 // of what is being done

	changed wake.Signal // something below did
	mu      sync.Mutex
	paused  bool
	ended   bool
	// live is the progress of the generation that readers see, building of the
	// one that is made. Either may be nil. foreign says that there are only
	// generations of another declaration.
	live, building *Progress
	foreign        bool
	failure        *Failure // of reading what is to be done
	skipped        []Skipped
	streams        []StreamRebuild
}

// The shortest and the longest pause before a projection that failed tries again.
const (
	shortest = time.Second
	longest  = time.Minute
)

// run does what the database says, until ctx ends.
func (p *projection) run(ctx context.Context) {
	defer p.set(func() { p.ended = true })

	for pause := shortest; ctx.Err() == nil; {
		changed := p.reload.Changed()

		made, err := p.load(ctx, false)
		if err == nil {
			pause = shortest
			p.install(made)
			p.follow(ctx, made, changed)

			continue
		}

		if ctx.Err() != nil {
			return
		}

		p.logger.ErrorContext(ctx, "reading what a projection has to do failed", "retry_in", pause, "error", err)
		p.set(func() { p.failure = &Failure{Error: err.Error(), Since: time.Now()} })

		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}

		pause = min(2*pause, longest)
	}
}

// follow runs generations until something changes.
func (p *projection) follow(ctx context.Context, made *plan, changed <-chan struct{}) {
	var followers sync.WaitGroup

	stop := make(chan struct{})

	for _, g := range []*generation{made.live, made.building} {
		if g == nil || made.control.paused {
			continue
		}

		f := &follower{
			projection: p,
			g:          g,
			skips:      made.skips,
			statements: statements{views: p.views, names: p.tables.of(g.Generation)},
		}
		followers.Go(func() { f.keep(ctx, stop) })
	}

	select {
	case <-changed:
	case <-ctx.Done():
	}

	close(stop)
	followers.Wait()
}

// install shows what is done from now on.
func (p *projection) install(made *plan) {
	p.revision.Store(made.control.revision)
	p.set(func() {
		before := []*Progress{p.live, p.building}
		p.live, p.building = nil, nil

		if made.live != nil {
			p.live = shownFrom(made.live, before)
		}

		if made.building != nil {
			p.building = shownFrom(made.building, before)
		}

		p.paused, p.failure = made.control.paused, nil
		p.foreign = made.live == nil && made.building == nil
		p.skipped, p.streams = made.skipped, made.streams
	})
}

// shownFrom returns the progress of a generation, which may have been shown
// before: then it has come at least as far as that.
func shownFrom(g *generation, before []*Progress) *Progress {
	shown := g.Progress
	for _, old := range before {
		if old == nil || old.Generation != g.Generation {
			continue
		}

		if old.Position.Compare(shown.Position) > 0 {
			shown.Position = old.Position
		}

		if old.Head.Compare(shown.Head) > 0 {
			shown.Head = old.Head
		}

		shown.Rate = old.Rate
	}

	return &shown
}

// set changes what is shown, and wakes who waits for it.
func (p *projection) set(change func()) {
	p.mu.Lock()
	change()
	p.mu.Unlock()
	p.changed.Wake()
}

// wait waits until readers see all events up to a position.
func (p *projection) wait(ctx context.Context, to event.Position) error {
	for {
		changed := p.changed.Changed()

		done, err := p.reached(to)
		if done || err != nil {
			return err
		}

		select {
		case <-changed:
		case <-ctx.Done():
			return fault.Unavailable("projection %s has not come to position %s in time: ask again, or without a position: %w", p.name, to, ctx.Err())
		}
	}
}

// reached reports whether readers see all events up to a position, and fails if
// there is nothing to wait for.
func (p *projection) reached(to event.Position) (bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()

	failure := p.failure
	switch {
	case failure != nil:
	case p.live != nil:
		failure = p.live.Failure
	case p.building != nil:
		failure = p.building.Failure
	}

	switch {
	case p.live != nil && p.live.Position.Compare(to) >= 0:
		return true, nil
	case p.ended:
		return false, fault.Unavailable("projection %s does not run any more: the program is closing", p.name)
	case p.paused:
		return false, fault.Unavailable("projection %s is paused: resume it", p.name)
	case p.foreign:
		return false, fault.Unavailable("projection %s belongs to a program with another declaration now: start this one anew, with the same", p.name)
	case failure != nil:
		return false, fault.Unavailable("projection %s stopped at position %s: %s", p.name, failure.Position, failure.Error)
	case p.live == nil:
		return false, fault.Unavailable("projection %s is being built: ask again later", p.name)
	default:
		return false, nil
	}
}

// status returns how the projection is.
func (p *projection) status() Status {
	p.mu.Lock()
	defer p.mu.Unlock()

	s := Status{Name: p.name, Version: p.options.Version, State: Building, Skipped: slices.Clone(p.skipped), Streams: slices.Clone(p.streams)}

	switch {
	case p.live != nil:
		s.show(p.paused, true, *p.live)
	case p.building != nil:
		s.show(p.paused, false, *p.building)
	}

	if p.live != nil && p.building != nil {
		beside := p.building.with()
		s.Rebuild = &beside
	}

	failure := p.failure
	if p.foreign {
		failure = &Failure{Error: "another program has another declaration of this projection: start this one anew, with the same"}
	}

	if failure != nil && !p.paused {
		s.State, s.Failure = Stopped, failure
	}

	return s
}
