package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"

	"github.com/recountdev/recount/aggregate"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
)

// The candidates of the parts hot and many, and what is named after them.
const (
	nameStore    = "store"
	nameCommands = "commands"
	nameActor    = "actor"
)

// commandsBar is the least ratio of commands to appends.
const commandsBar = 0.7

// ledgers returns the names of n aggregates.
func ledgers(n int) []event.Stream {
	all := make([]event.Stream, n)
	for i := range all {
		all[i] = event.Stream("ledger:" + strconv.Itoa(i))
	}

	return all
}

// hot measures commands to one aggregate.
func (r *commandsRun) hot(ctx context.Context) error {
	all := []candidate{r.storeCandidate(1), r.commandsCandidate(1), r.actorCandidate()}

	t, err := r.turns(ctx, partHot, all)
	if err != nil {
		return err
	}

	if err := r.rates(t, "on one hot stream", "on one hot aggregate"); err != nil {
		return err
	}

	_, gain, _ := ratios(t.results[nameCommands], t.results[nameActor])

	return r.figures(
		Figure{Name: "hot_actor", Text: "the same with one append for each command", Value: medianOf(t.results[nameActor], (*result).perSecond), Unit: "/s"},
		Figure{Name: "hot_gain", Text: "commands, times those of one append each", Value: gain})
}

// many measures commands to many aggregates.
func (r *commandsRun) many(ctx context.Context) error {
	n := r.config.Aggregates

	t, err := r.turns(ctx, partMany, []candidate{r.storeCandidate(n), r.commandsCandidate(n)})
	if err != nil {
		return err
	}

	return r.rates(t, "on "+plural(n, "stream"), "on "+plural(n, "aggregate"))
}

// turns lets candidates take turns.
func (r *commandsRun) turns(ctx context.Context, part string, all []candidate) (*turns, error) {
	c := r.config
	progress, done := newPace(int64(c.Rounds*len(all))), int64(-1)
	status := func(text string) {
		done++
		r.statusf("%s: %s (%s)", part, text, progress.left(done))
	}

	t := &turns{
		folder: r.at(part), candidates: all, appenders: c.Callers,
		config: &AppendConfig{Time: c.Time, WarmUp: c.WarmUp, Rounds: c.Rounds, Status: status},
	}

	err := t.run(ctx)

	return t, err
}

// rates reports commands beside appends.
func (r *commandsRun) rates(t *turns, streams, aggregates string) error {
	part := partHot
	if len(t.candidates) == 2 {
		part = partMany
	}

	appends, commands := t.results[nameStore], t.results[nameCommands]
	low, ratio, high := ratios(commands, appends)
	callers := plural(t.appenders, "caller")

	return r.figures(
		Figure{Name: part + "_appends", Text: "appends " + streams + ", " + callers, Value: medianOf(appends, (*result).perSecond), Unit: "/s"},
		Figure{Name: part + "_commands", Text: "commands " + aggregates + ", " + callers, Value: medianOf(commands, (*result).perSecond), Unit: "/s"},
		Figure{Name: part + "_ratio", Text: fmt.Sprintf("commands, times appends (%.2f-%.2f)", low, high), Value: ratio, AtLeast: commandsBar},
		Figure{Name: part + "_p50", Text: "time of a command, p50", Value: medianOf(commands, quantileMillis(0.5)), Unit: "ms"},
		Figure{Name: part + "_p99", Text: "time of a command, p99", Value: medianOf(commands, quantileMillis(0.99)), Unit: "ms"},
		Figure{Name: part + "_append_cpu", Text: "CPU time of the whole process for an append", Value: medianOf(appends, (*result).cpuEach), Unit: "us"},
		Figure{Name: part + "_command_cpu", Text: "CPU time of the whole process for a command", Value: medianOf(commands, (*result).cpuEach), Unit: "us"},
		Figure{Name: part + "_append_allocs", Text: "allocations of the whole process for an append", Value: medianOf(appends, (*result).allocs)},
		Figure{Name: part + "_command_allocs", Text: "allocations of the whole process for a command", Value: medianOf(commands, (*result).allocs)})
}

func quantileMillis(q float64) func(*result) float64 {
	return func(r *result) float64 { return millis(r.latencies.quantile(q)) }
}

// storeCandidate appends the events of commands without any aggregate.
func (r *commandsRun) storeCandidate(streams int) candidate {
	return r.candidate(nameStore, "appends to "+plural(streams, "stream"), func(ctx context.Context, b store.Backend) (*commandTarget, error) {
		names := ledgers(streams)

		return &commandTarget{send: func(ctx context.Context, at, next int) error {
			_, err := b.Log.Append(ctx, store.Batch{Stream: names[at], Drafts: r.events[next : next+1 : next+1]})

			return err
		}, streams: streams}, prime(ctx, b.Log, names, r.events)
	})
}

// commandsCandidate sends commands to aggregates that are in memory.
func (r *commandsRun) commandsCandidate(streams int) candidate {
	return r.candidate(nameCommands, "commands to "+plural(streams, "aggregate"), func(ctx context.Context, b store.Backend) (*commandTarget, error) {
		names := ledgers(streams)
		if err := prime(ctx, b.Log, names, r.events); err != nil {
			return nil, err
		}

		p := newProgram()

		runtime, err := p.runtime(ctx, b, 2*streams)
		if err != nil {
			return nil, err
		}

		t := &commandTarget{send: func(ctx context.Context, at, next int) error {
			_, err := p.enter.Do(ctx, runtime, names[at], r.inputs[next])

			return err
		}, streams: streams, runtime: runtime}

		err = t.loadAll(ctx)

		return t, err
	})
}

// actorCandidate does commands one after another.
func (r *commandsRun) actorCandidate() candidate {
	return r.candidate(nameActor, "one append for each command", func(ctx context.Context, b store.Backend) (*commandTarget, error) {
		a, err := newActor(ctx, b.Log, ledgers(1)[0])

		return &commandTarget{send: func(ctx context.Context, _, next int) error {
			_, err := a.enter(ctx, &r.inputs[next])

			return err
		}, streams: 1}, err
	})
}

// candidate returns a candidate on a store of its own.
func (r *commandsRun) candidate(name, text string, open func(context.Context, store.Backend) (*commandTarget, error)) candidate {
	return candidate{name: name, text: text, open: func(ctx context.Context, folder string) (target, error) {
		b, err := r.config.Open(ctx, folder)
		if err != nil {
			return nil, fmt.Errorf("open the store to measure: %w", err)
		}

		t, err := open(ctx, b)
		if t == nil {
			t = &commandTarget{}
		}

		t.log = b.Log
		if err != nil {
			_ = t.close(ctx)

			return nil, err
		}

		return t, nil
	}}
}

// prime appends an event to every stream of a store that has none.
func prime(ctx context.Context, log store.Log, names []event.Stream, events []event.Draft) error {
	const most = 1000

	for len(names) > 0 {
		n := min(most, len(names))
		batches := make([]store.Batch, 0, n)

		for i, name := range names[:n] {
			head, err := log.Head(ctx, name)
			if err != nil {
				return err
			}

			if head == 0 {
				batches = append(batches, store.Batch{Stream: name, Drafts: events[i : i+1]})
			}
		}

		if len(batches) > 0 {
			if _, err := log.Append(ctx, batches...); err != nil {
				return err
			}
		}

		names = names[n:]
	}

	return nil
}

// commandTarget is an open candidate.
type commandTarget struct {
	// send sends the next-th input to the at-th stream.
	send    func(ctx context.Context, at, next int) error
	streams int
	log     store.Log
	// runtime is nil where there are no aggregates.
	runtime *aggregate.Runtime
}

// loadAll sends one command to each aggregate.
func (t *commandTarget) loadAll(ctx context.Context) error {
	const loaders = 64

	return inParallel(ctx, loaders, t.streams, func(ctx context.Context, i int) error { return t.send(ctx, i, i%poolSize) })
}

// inParallel does something for every number below n; some do it at the same
// time.
func inParallel(ctx context.Context, workers, n int, do func(ctx context.Context, i int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)

	var group sync.WaitGroup

	for w := range min(workers, n) {
		group.Go(func() {
			for i := w; i < n && ctx.Err() == nil; i += workers {
				if err := do(ctx, i); err != nil {
					cancel(err)
				}
			}
		})
	}

	group.Wait()

	return context.Cause(ctx)
}

func (t *commandTarget) appender(i int) appender {
	return &commandCaller{target: t, random: rand.New(rand.NewPCG(uint64(i), 2026)), next: i * stride} //nolint:gosec // the same streams each time
}

func (t *commandTarget) close(ctx context.Context) error {
	var err error
	if t.runtime != nil {
		err = t.runtime.Close(context.WithoutCancel(ctx))
	}

	return closeAfter(ctx, t.log, err)
}

// commandCaller sends one command after another, each to a stream by chance.
type commandCaller struct {
	target   *commandTarget
	random   *rand.Rand
	at, next int
}

func (c *commandCaller) prepare() {
	c.at = c.random.IntN(c.target.streams)
	c.next = (c.next + 1) % poolSize
}

func (c *commandCaller) append(ctx context.Context) error { return c.target.send(ctx, c.at, c.next) }
