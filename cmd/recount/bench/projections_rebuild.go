package bench

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/projection"
	"github.com/recountdev/recount/store"
)

// The candidates of the rebuilds.
const (
	nameRebuild = "rebuild"
	nameBare    = "bare"
	nameBatched = "batched"
)

// rebuilding measures the rebuild of a projection beside bare inserts of its rows.
func (r *projectionsRun) rebuilding(ctx context.Context, d database, s subject) error {
	return r.onStore(ctx, "log", func(log store.Log) (err error) {
		if err := r.write(ctx, log); err != nil {
			return err
		}

		state, err := log.State(ctx)
		if err != nil {
			return err
		}

		b := &rebuilds{run: r, database: d, subject: s, log: log, head: state.Head, results: make(map[string][]*result)}

		r.statusf("%s, %s: the first build", s.part, d.name())

		// The rows of the bare inserts come from here. This build does not count.
		if b.built, err = d.place(ctx); err != nil {
			return err
		}

		defer func() { err = errors.Join(err, b.built.remove(ctx)) }()

		if _, err := b.rebuild(ctx, b.built); err != nil {
			return err
		}

		if err := b.turns(ctx); err != nil {
			return err
		}

		return b.report()
	})
}

// rebuilds are the turns of one projection in one database.
type rebuilds struct {
	run      *projectionsRun
	database database
	subject  subject
	log      store.Log
	head     event.Position
	built    place // where the projection was built first
	results  map[string][]*result
}

// turns lets the candidates take turns, in changing order.
func (b *rebuilds) turns(ctx context.Context) error {
	order := []string{nameBare, nameRebuild}
	if b.subject.single {
		order = append(order, nameBatched)
	}

	for round := range b.run.config.Rounds {
		for _, name := range order {
			b.run.statusf("%s, %s, round %d of %d: %s", b.subject.part, b.database.name(), round+1, b.run.config.Rounds, name)

			if err := b.turn(ctx, name); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}

		slices.Reverse(order)
	}

	return nil
}

// turn is one candidate's turn, in a place of its own.
func (b *rebuilds) turn(ctx context.Context, name string) (err error) {
	in, err := b.database.place(ctx)
	if err != nil {
		return err
	}

	defer func() { err = errors.Join(err, in.remove(ctx)) }()

	var result *result

	if name == nameRebuild {
		err = profiled(b.run.config.Profile, b.database.prefix()+b.subject.part, func() (err error) {
			result, err = b.rebuild(ctx, in)

			return err
		})
	} else {
		result, err = b.bare(ctx, in, name)
	}

	b.results[name] = append(b.results[name], result)

	return err
}

// bare inserts the rows of the projection.
func (b *rebuilds) bare(ctx context.Context, in place, name string) (*result, error) {
	rows, err := readRows(ctx, b.database, b.built, &b.subject)
	if err != nil {
		return nil, fmt.Errorf("read the rows to insert: %w", err)
	}

	if n := rows.rows(); n != b.run.config.Events {
		return nil, fault.Internal("the projection has %d rows for %d events", n, b.run.config.Events)
	}

	return rows.turn(ctx, in, b.rows(name))
}

// rows is how many rows a candidate of bare inserts puts into a statement.
func (b *rebuilds) rows(name string) int {
	if b.subject.single && name == nameBare {
		return 1
	}

	return b.database.rows()
}

// rebuild builds the projection, until readers see all of it.
func (b *rebuilds) rebuild(ctx context.Context, in place) (r *result, err error) {
	name := b.subject.definition.Name()

	err = withRunner(ctx, b.log, in, []*projection.Definition{b.subject.definition}, func(ctx context.Context, runner *projection.Runner, _ *projection.Views, start func()) error {
		r, err = measured(b.run.config.Events, func() error {
			start()

			return caughtUp(ctx, runner, name, b.head)
		})

		return err
	})

	return r, err
}

// withRunner makes a runner for a while; it runs from start on.
func withRunner(ctx context.Context, log store.Log, in place, definitions []*projection.Definition,
	do func(ctx context.Context, runner *projection.Runner, views *projection.Views, start func()) error,
) error {
	views, err := projection.Open(ctx, in.address)
	if err != nil {
		return err
	}

	runner, err := projection.New(ctx, projection.Settings{Log: log, Views: views, Definitions: definitions})
	if err != nil {
		return errors.Join(err, views.Close())
	}

	var running sync.WaitGroup

	ctx, cancel := context.WithCancel(ctx)
	err = do(ctx, runner, views, func() { running.Go(func() { runner.Run(ctx) }) })

	cancel()
	running.Wait()

	return errors.Join(err, views.Close())
}

// caughtUp waits until readers see all events of a projection up to a position,
// also if it is being built, and fails if it stops.
func caughtUp(ctx context.Context, runner *projection.Runner, name string, to event.Position) error {
	const look = time.Millisecond

	for {
		err := runner.WaitFor(ctx, name, to)
		if err == nil {
			return nil
		}

		if slices.ContainsFunc(runner.Status(), func(s projection.Status) bool {
			return s.Name == name && s.State == projection.Stopped
		}) {
			return err
		}

		if err := wait(ctx, look); err != nil {
			return err
		}
	}
}

// measured measures something that is done for a number of events.
func measured(events int, do func() error) (*result, error) {
	var before, after runtime.MemStats

	runtime.GC() // whatever the one before left is not this one's to clean up
	runtime.ReadMemStats(&before)

	start, used := time.Now(), cpuTime()
	if err := do(); err != nil {
		return nil, err
	}

	r := &result{appends: uint64(events), elapsed: time.Since(start), cpu: cpuTime() - used}

	runtime.ReadMemStats(&after)
	r.mallocs = after.Mallocs - before.Mallocs

	return r, nil
}

// report reports what was measured.
func (b *rebuilds) report() error {
	s, rebuild, bare := &b.subject, b.results[nameRebuild], b.results[nameBare]
	name, where := b.database.prefix()+s.part, " in "+b.database.name()
	low, ratio, high := ratios(rebuild, bare)

	figures := []Figure{
		{Name: name + "_rebuild", Text: "rebuild of " + s.text + where, Value: medianOf(rebuild, (*result).perSecond), Unit: "events/s"},
		{Name: name + "_bare", Text: "bare inserts of its rows, " + plural(b.rows(nameBare), "row") + " a statement", Value: medianOf(bare, (*result).perSecond), Unit: "rows/s"},
		{Name: name + "_ratio", Text: fmt.Sprintf("rebuild, times bare inserts (%.2f-%.2f)", low, high), Value: ratio, AtLeast: b.database.bar()},
		{Name: name + "_rebuild_cpu", Text: "CPU time of the whole process for an event", Value: medianOf(rebuild, (*result).cpuEach), Unit: "us"},
		{Name: name + "_bare_cpu", Text: "CPU time of the whole process for a bare row", Value: medianOf(bare, (*result).cpuEach), Unit: "us"},
		{Name: name + "_rebuild_allocs", Text: "allocations of the whole process for an event", Value: medianOf(rebuild, (*result).allocs)},
		{Name: name + "_bare_allocs", Text: "allocations of the whole process for a bare row", Value: medianOf(bare, (*result).allocs)},
	}

	if batched := b.results[nameBatched]; len(batched) > 0 {
		_, ratio, _ := ratios(rebuild, batched)
		figures = append(figures,
			Figure{Name: name + "_batched", Text: "bare inserts of its rows, " + plural(b.rows(nameBatched), "row") + " a statement", Value: medianOf(batched, (*result).perSecond), Unit: "rows/s"},
			Figure{Name: name + "_batched_ratio", Text: "rebuild, times these", Value: ratio})
	}

	return b.run.figures(figures...)
}
