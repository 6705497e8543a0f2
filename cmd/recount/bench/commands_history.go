package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/recountdev/recount/aggregate"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

const (
	shortHistory = 10
	// shortStreams have a short history; each gets few commands, so that it stays
	// short.
	shortStreams = 200
	// eachStream is how many commands a stream with a short history gets.
	eachStream = 5
	longStream = event.Stream("ledger:long")
)

// historyBar is the most that the cost of a command may grow with the history:
// what noise makes of medians that are the same.
const historyBar = 1.2

// sinceSnapshot is how many events come after a snapshot before the next is
// made, less one.
const sinceSnapshot = 999

// deciding measures deciding and folding alone: a command that enters very
// often, and is refused at last, so that nothing of it is encoded or recorded.
func (r *commandsRun) deciding(ctx context.Context) error {
	const times = 10_000

	return r.onStore(ctx, r.at(partDecide), func(b store.Backend) error {
		p := newProgram()

		return r.withRuntime(ctx, p, b, func(runtime *aggregate.Runtime) error {
			var rates []float64

			r.statusf("decide: for %s", r.config.Time*time.Duration(r.config.Rounds))

			for range r.config.Rounds {
				decided, start := 0, time.Now()
				for decided == 0 || time.Since(start) < r.config.Time {
					if _, err := p.decide.Do(ctx, runtime, "ledger:decide", times); !errors.Is(err, errDecided) {
						return fault.Internal("deciding ended with %w", err)
					}

					decided += times
				}

				rates = append(rates, float64(decided)/time.Since(start).Seconds())
			}

			return r.figure(Figure{Name: "decide", Text: "decisions without encoding and recording, one core", Value: median(rates), Unit: "/s", AtLeast: 1e6})
		})
	})
}

// onStore opens the store of a folder for a while.
func (r *commandsRun) onStore(ctx context.Context, folder string, do func(b store.Backend) error) error {
	b, err := r.config.Open(ctx, folder)
	if err != nil {
		return fmt.Errorf("open the store to measure: %w", err)
	}

	return closeAfter(ctx, b.Log, do(b))
}

// withRuntime starts a runtime for a while. When it is closed, the snapshots are
// made that somebody wanted.
func (r *commandsRun) withRuntime(ctx context.Context, p *program, b store.Backend, do func(*aggregate.Runtime) error) error {
	runtime, err := p.runtime(ctx, b, r.config.Live)
	if err != nil {
		return err
	}

	return errors.Join(do(runtime), runtime.Close(context.WithoutCancel(ctx)))
}

// extend brings a stream to a version.
func (r *commandsRun) extend(ctx context.Context, log store.Log, stream event.Stream, version int) error {
	const most = 1000

	head, err := log.Head(ctx, stream)
	if err != nil {
		return err
	}

	progress := newPace(int64(version))

	for at := int(head); at < version; {
		from := at % (len(r.events) - most)
		n := min(most, version-at)

		if _, err := log.Append(ctx, store.Batch{Stream: stream, Drafts: r.events[from : from+n]}); err != nil {
			return fmt.Errorf("write the history: %w", err)
		}

		if at += n; at%100_000 == 0 {
			r.statusf("writing a history: %s", progress.left(int64(at)))
		}
	}

	return nil
}

// historied is the folder of the store with histories.
func (r *commandsRun) historied(ctx context.Context) (string, error) {
	folder := r.at(partHistory)
	if r.written {
		return folder, nil
	}

	r.written = true

	return folder, r.onStore(ctx, folder, func(b store.Backend) error {
		return r.extend(ctx, b.Log, longStream, r.config.Events)
	})
}

// length is a length of history, and the aggregates that have it.
type length struct {
	name    string
	events  int
	streams []event.Stream
	took    histogram
}

// history measures commands one after another on aggregates in memory, by the
// length of their history, each length in turn.
func (r *commandsRun) history(ctx context.Context) error {
	folder, err := r.historied(ctx)
	if err != nil {
		return err
	}

	middle := min(10_000, r.config.Events)
	lengths := []*length{
		{name: "short", events: shortHistory},
		{name: "middle", events: middle, streams: []event.Stream{"ledger:middle"}},
		{name: "long", events: r.config.Events, streams: []event.Stream{longStream}},
	}

	for i := range shortStreams {
		lengths[0].streams = append(lengths[0].streams, event.Stream("ledger:short"+strconv.Itoa(i)))
	}

	err = r.onStore(ctx, folder, func(b store.Backend) error {
		for _, l := range lengths {
			for _, stream := range l.streams {
				if err := r.extend(ctx, b.Log, stream, l.events); err != nil {
					return err
				}
			}
		}

		p := newProgram()

		return r.withRuntime(ctx, p, b, func(runtime *aggregate.Runtime) error { return r.takeTurns(ctx, p, runtime, lengths) })
	})
	if err != nil {
		return err
	}

	slowest := 0.0
	first := millis(lengths[0].took.quantile(0.5))

	for _, l := range lengths {
		took := millis(l.took.quantile(0.5))
		slowest = max(slowest, took/first)

		if err := r.figure(Figure{
			Name: "history_" + l.name, Text: "a command after " + plural(l.events, "event") + " of history, p50", Value: took, Unit: "ms",
		}); err != nil {
			return err
		}
	}

	return r.figure(Figure{Name: "history_growth", Text: "the slowest of these, times the shortest history", Value: slowest, AtMost: historyBar})
}

// takeTurns sends commands to each length of history in turn.
func (r *commandsRun) takeTurns(ctx context.Context, p *program, runtime *aggregate.Runtime, lengths []*length) error {
	send := func(l *length, i int) error {
		_, err := p.enter.Do(ctx, runtime, l.streams[i%len(l.streams)], r.inputs[i%poolSize])

		return err
	}

	r.statusf("history: loading")

	for _, l := range lengths {
		for i := range l.streams {
			if err := send(l, i); err != nil {
				return err
			}
		}
	}

	r.statusf("history: %s commands to each length", grouped(shortStreams*eachStream))

	for i := range shortStreams * eachStream {
		for _, l := range lengths {
			start := time.Now()
			if err := send(l, i); err != nil {
				return err
			}

			l.took.add(time.Since(start))
		}

		lengths = slices.Concat(lengths[1:], lengths[:1]) // another one is the first
	}

	return nil
}

// loading measures the first command to an aggregate with the longest history
// that is not in memory. The store was closed before.
func (r *commandsRun) loading(ctx context.Context) error {
	folder, err := r.historied(ctx)
	if err != nil {
		return err
	}

	if _, err := r.firstCommand(ctx, folder, true); err != nil { // leaves a snapshot
		return err
	}

	var with, without []time.Duration

	for round := range r.config.Rounds {
		for _, snapshots := range []bool{true, false} {
			r.statusf("load: round %d of %d", round+1, r.config.Rounds)

			took, err := r.firstCommand(ctx, folder, snapshots)
			if err != nil {
				return err
			}

			if snapshots {
				with = append(with, took)
			} else {
				without = append(without, took)
			}
		}
	}

	text := "the first command after " + plural(r.config.Events, "event")

	return r.figures(
		Figure{Name: "load_snapshot", Text: fmt.Sprintf("%s, snapshot and %d events since", text, sinceSnapshot), Value: medianOf(with, millis), Unit: "ms", AtMost: 50},
		Figure{Name: "load_without", Text: text + ", no snapshot", Value: medianOf(without, millis), Unit: "ms"})
}

// firstCommand returns how long the first command takes. With snapshots it makes
// the next one, after which come as many events as may come.
func (r *commandsRun) firstCommand(ctx context.Context, folder string, snapshots bool) (took time.Duration, err error) {
	err = r.onStore(ctx, folder, func(b store.Backend) error {
		p := newProgram()
		if !snapshots {
			b.Marks = nil
		}

		err := r.withRuntime(ctx, p, b, func(runtime *aggregate.Runtime) error {
			start := time.Now()
			_, err := p.enter.Do(ctx, runtime, longStream, r.inputs[0])
			took = time.Since(start)

			return err
		})
		if err != nil || !snapshots {
			return err
		}

		head, err := b.Log.Head(ctx, longStream)
		if err != nil {
			return err
		}

		return r.extend(ctx, b.Log, longStream, int(head)+sinceSnapshot)
	})

	return took, err
}
