package bench

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/projection"
	"github.com/recountdev/recount/projection/journal"
	"github.com/recountdev/recount/store"
)

const (
	// lagBar is the most that the p99 of the lag may be, in milliseconds.
	lagBar = 100
	// rateBar is the least share of the rate that has to be reached.
	rateBar = 0.95
	// watchers append and then wait to see what they appended. They can have
	// the whole rate in flight for as long as the bar.
	watchers = 256
	// liveStreams are those that the events go to.
	liveStreams = 1000
	// lookEvery says for which events the row is read, too.
	lookEvery = 64
)

// lag is what one round of the part live measured, or one watcher of it.
type lag struct {
	// views are the times from the acknowledged append until the projection
	// shows the event, by its place in names; appends those until it was
	// acknowledged.
	views   [2]histogram
	appends histogram
	last    time.Time
	took    time.Duration
}

// watched returns the names of the projections, which are also their tables.
func watched() [2]string { return [2]string{journal.Name, activityTable} }

func (l *lag) rate() float64 { return float64(l.appends.total) / l.took.Seconds() }

func (l *lag) merge(other *lag) {
	for i := range l.views {
		l.views[i].merge(&other.views[i])
	}

	l.appends.merge(&other.appends)

	if other.last.After(l.last) {
		l.last = other.last
	}
}

// live measures how long events take to be seen, at an even pace.
func (r *projectionsRun) live(ctx context.Context, d database) error {
	var rounds []*lag

	for round := range r.config.Rounds {
		r.statusf("%s, %s, round %d of %d", partLag, d.name(), round+1, r.config.Rounds)

		err := profiled(r.config.Profile, d.prefix()+partLag, func() error {
			l, err := r.liveRound(ctx, d, "live"+d.prefix()+strconv.Itoa(round))
			rounds = append(rounds, l)

			return err
		})
		if err != nil {
			return err
		}
	}

	name := d.prefix() + partLag + "_"
	quantile := func(of func(*lag) *histogram, q float64) float64 {
		return medianOf(rounds, func(l *lag) float64 { return millis(of(l).quantile(q)) })
	}
	appends := func(l *lag) *histogram { return &l.appends }
	figures := []Figure{
		{Name: name + "rate", Text: "events appended, seen in " + d.name(), Value: medianOf(rounds, (*lag).rate), Unit: "/s", AtLeast: rateBar * float64(r.config.Rate)},
		{Name: name + "append_p50", Text: "time of an append, p50", Value: quantile(appends, 0.5), Unit: "ms"},
		{Name: name + "append_p99", Text: "time of an append, p99", Value: quantile(appends, 0.99), Unit: "ms"},
	}

	for i, view := range watched() {
		lags := func(l *lag) *histogram { return &l.views[i] }
		figures = append(figures,
			Figure{Name: name + view + "_p50", Text: "from there until the table " + view + " shows it, p50", Value: quantile(lags, 0.5), Unit: "ms"},
			Figure{Name: name + view + "_p99", Text: "from there until the table " + view + " shows it, p99", Value: quantile(lags, 0.99), Unit: "ms", AtMost: lagBar})
	}

	return r.figures(figures...)
}

// liveRound is one round, on a store and in a place of its own.
func (r *projectionsRun) liveRound(ctx context.Context, d database, name string) (total *lag, err error) {
	in, err := d.place(ctx)
	if err != nil {
		return nil, err
	}

	defer func() { err = errors.Join(err, in.remove(ctx)) }()

	err = r.onStore(ctx, name, func(log store.Log) error {
		definitions := []*projection.Definition{journal.New(journal.Options{}), activity()}

		return withRunner(ctx, log, in, definitions, func(ctx context.Context, runner *projection.Runner, views *projection.Views, start func()) error {
			start()

			for _, name := range watched() {
				if err := caughtUp(ctx, runner, name, event.Position{}); err != nil {
					return err
				}
			}

			every := time.Second / time.Duration(r.config.Rate)
			from := int(r.config.WarmUp / every)
			w := &watch{
				beats: beats{every: every, from: from, until: from + max(int(r.config.Time/every), 2), start: time.Now()},
				log:   log, runner: runner, views: views, drafts: r.drafts,
			}

			total, err = w.run(ctx)

			return err
		})
	})

	return total, err
}

// watch appends events at an even pace, and waits for each to be seen.
type watch struct {
	beats

	log    store.Log
	runner *projection.Runner
	views  *projection.Views
	drafts []event.Draft
	next   atomic.Int64
}

func (w *watch) run(ctx context.Context) (*lag, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)

	var (
		group sync.WaitGroup
		all   = make([]lag, min(watchers, w.until))
	)

	for i := range all {
		group.Go(func() {
			if err := w.watch(ctx, &all[i]); err != nil {
				cancel(err)
			}
		})
	}

	group.Wait()

	if err := context.Cause(ctx); err != nil {
		return nil, err
	}

	total := &lag{}
	for i := range all {
		total.merge(&all[i])
	}

	total.took = total.last.Sub(w.start.Add(time.Duration(w.from) * w.every))

	return total, nil
}

// watch appends the next event that is due, and waits for it, again and again.
// One projection is asked, then the other.
func (w *watch) watch(ctx context.Context, l *lag) error {
	for {
		n := int(w.next.Add(1)) - 1
		if on, err := w.await(ctx, n); err != nil || !on {
			return err
		}

		sent := time.Now()

		receipts, err := w.log.Append(ctx, store.Batch{Stream: filledStream(n % liveStreams), Drafts: w.drafts[n%len(w.drafts) : n%len(w.drafts)+1]})
		if err != nil {
			return fmt.Errorf("append: %w", err)
		}

		durable, view := time.Now(), n%2
		name := watched()[view]

		if err := w.runner.WaitFor(ctx, name, receipts.Position); err != nil {
			return err
		}

		if n >= w.from {
			l.appends.add(durable.Sub(sent))
			l.views[view].add(time.Since(durable))
			l.last = durable
		}

		if n%lookEvery < len(l.views) {
			if err := w.look(ctx, name, receipts.Position); err != nil {
				return err
			}
		}
	}
}

// look fails if readers do not see the row of an event.
func (w *watch) look(ctx context.Context, table string, p event.Position) error {
	n := 0
	if err := w.views.Reader().QueryRowContext(ctx, fmt.Sprintf("select count(*) from %s where position = %d", table, p.Number())).Scan(&n); err != nil {
		return err
	}

	if n != 1 {
		return fault.Internal("the table %s has %d rows for the event at %s, which it is said to show", table, n, p)
	}

	return nil
}
