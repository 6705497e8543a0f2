package bench

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
)

// mostLatency is how many times the latency of a bare loop the server's may be,
// as the issue that asked for the server has it. The median is held against the
// loop without a disk, the tail against the one behind a log: see ADR 12.
const mostLatency = 3

// latencyResult is what a round measured of the server or of a bare loop.
type latencyResult struct {
	latencyReport

	// appends are the times from the call until the event was durable.
	appends histogram
	// cpu is what this process used meanwhile, warm-up included.
	cpu   time.Duration
	total int // deliveries, warm-up included
}

// latencies are the rounds of everything that is measured in turns.
type latencies struct {
	server, bare, synced []*latencyResult
}

// latency measures how long events take from the append to the clients, beside
// bare loops that write the same frames to as many sockets: one that has no
// disk, and one behind a log that syncs.
func (r *fanoutRun) latency(ctx context.Context) error {
	var all latencies

	measure := func(text, name string, one func(context.Context, *beats, string) (*latencyResult, error), to *[]*latencyResult) func(int) error {
		return func(round int) error {
			r.statusf("latency of %s, round %d of %d", text, round+1, r.config.Rounds)

			result, err := one(ctx, r.config.beats(), fmt.Sprintf("%s-%d", name, round+1))
			*to = append(*to, result)

			return err
		}
	}

	turns := []func(int) error{
		measure("the server", "latency", r.serverLatency, &all.server),
		measure("a bare loop without a disk", "bare", r.bareLatency, &all.bare),
		measure("a bare loop behind a sync", "bare-synced", r.syncedLatency, &all.synced),
	}

	for round := range r.config.Rounds {
		for i := range turns {
			if err := turns[(round+i)%len(turns)](round); err != nil {
				return err
			}
		}
	}

	return r.reportLatency(&all)
}

// reportLatency reports the medians.
func (r *fanoutRun) reportLatency(l *latencies) error {
	text := fmt.Sprintf("%s in rooms of %d: deliveries", plural(r.config.Connections, "client"), r.config.Room)
	ms := func(name, text string, of []*latencyResult, value func(*latencyResult) float64) Figure {
		return Figure{Name: name, Text: text, Value: medianOf(of, value), Unit: "ms"}
	}
	us := func(name, text string, of []*latencyResult) Figure {
		return Figure{Name: name, Text: text, Value: medianOf(of, (*latencyResult).perDelivery), Unit: "us"}
	}

	return r.figures(
		Figure{Name: "latency_deliveries", Text: text, Value: medianOf(l.server, (*latencyResult).rate), Unit: "/s"},
		Figure{Name: "bare_deliveries", Text: "  of the bare loop without a disk", Value: medianOf(l.bare, (*latencyResult).rate), Unit: "/s"},
		Figure{Name: "bare_synced_deliveries", Text: "  of the bare loop behind a sync", Value: medianOf(l.synced, (*latencyResult).rate), Unit: "/s"},
		ms("latency_p50", "latency from the append to the client, p50", l.server, (*latencyResult).p50),
		ms("latency_p99", "latency from the append to the client, p99", l.server, (*latencyResult).p99),
		ms("append_p50", "  of it until the event was durable, p50", l.server, (*latencyResult).append50),
		ms("append_p99", "  of it until the event was durable, p99", l.server, (*latencyResult).append99),
		ms("durable_p50", "  from then on, p50", l.server, func(l *latencyResult) float64 { return l.Durable50 / 1000 }),
		ms("durable_p99", "  from then on, p99", l.server, func(l *latencyResult) float64 { return l.Durable99 / 1000 }),
		ms("bare_p50", "latency of the bare loop without a disk, p50", l.bare, (*latencyResult).p50),
		ms("bare_p99", "latency of the bare loop without a disk, p99", l.bare, (*latencyResult).p99),
		ms("bare_synced_p50", "latency of the bare loop behind a sync, p50", l.synced, (*latencyResult).p50),
		ms("bare_synced_p99", "latency of the bare loop behind a sync, p99", l.synced, (*latencyResult).p99),
		ms("bare_synced_append_p50", "  of it until the event was durable, p50", l.synced, (*latencyResult).append50),
		ms("bare_synced_append_p99", "  of it until the event was durable, p99", l.synced, (*latencyResult).append99),
		Figure{Name: "latency_ratio_p50", Text: "p50, times the bare loop without a disk", Value: ratioOf(l.server, l.bare, (*latencyResult).p50), AtMost: mostLatency},
		Figure{Name: "latency_ratio_p99", Text: "p99, times the bare loop without a disk (no bar: ADR 12)", Value: ratioOf(l.server, l.bare, (*latencyResult).p99)},
		Figure{Name: "latency_ratio_synced_p50", Text: "p50, times the bare loop behind a sync", Value: ratioOf(l.server, l.synced, (*latencyResult).p50)},
		Figure{Name: "latency_ratio_synced_p99", Text: "p99, times the bare loop behind a sync", Value: ratioOf(l.server, l.synced, (*latencyResult).p99), AtMost: mostLatency},
		us("delivery_cpu", "CPU time of the server for a delivery", l.server),
		us("bare_cpu", "  of the bare loop without a disk", l.bare),
		us("bare_synced_cpu", "  of the bare loop behind a sync", l.synced))
}

// ratioOf returns the median of a quantity's ratios, round by round.
func ratioOf(of, to []*latencyResult, quantity func(*latencyResult) float64) float64 {
	all := make([]float64, 0, len(of))
	for i := range of {
		all = append(all, quantity(of[i])/quantity(to[i]))
	}

	return median(all)
}

// p50 and p99 return milliseconds from the append to the client, append50 and
// append99 those until the event was durable.
func (l *latencyResult) p50() float64      { return l.P50 / 1000 }
func (l *latencyResult) p99() float64      { return l.P99 / 1000 }
func (l *latencyResult) append50() float64 { return micros(l.appends.quantile(0.5)) / 1000 }
func (l *latencyResult) append99() float64 { return micros(l.appends.quantile(0.99)) / 1000 }

// perDelivery returns the microseconds of CPU time for a delivery.
func (l *latencyResult) perDelivery() float64 { return micros(l.cpu) / float64(l.total) }

// rate returns the deliveries a second.
func (l *latencyResult) rate() float64 { return float64(l.Deliveries) / l.Seconds }

// beats say when which room gets its next event: one room after the other, evenly.
type beats struct {
	rooms, each int
	every       time.Duration // between two events of any rooms
	start       time.Time
	from, until int // the first event that counts, and the number of all
}

// beats returns those of a round.
func (c *FanoutConfig) beats() *beats {
	every := time.Duration(float64(c.Room) / float64(c.Rate) * float64(time.Second))
	from := int(c.WarmUp / every)

	return &beats{
		rooms: c.Connections / c.Room,
		each:  c.Room,
		every: every,
		from:  from,
		until: from + max(int(c.Time/every), 2), // two make a span
	}
}

// due is when the n-th event is to be made.
func (b *beats) due(n int) time.Time { return b.start.Add(time.Duration(n) * b.every) }

// await waits until the n-th event is due; false if none is any more.
func (b *beats) await(ctx context.Context, n int) (bool, error) {
	if n >= b.until {
		return false, nil
	}

	if left := time.Until(b.due(n)); left > 0 {
		return true, wait(ctx, left)
	}

	return true, ctx.Err()
}

// serverLatency is one round of the server.
func (r *fanoutRun) serverLatency(ctx context.Context, b *beats, name string) (result *latencyResult, err error) {
	h, err := r.openHost(ctx, name)
	if err != nil {
		return nil, err
	}

	defer func() { err = errors.Join(err, h.close(ctx)) }()

	_, err = r.load.ask(ctx, &order{Connect: &connectOrder{Address: h.address, Rooms: roomNames(b.rooms), Each: b.each, Samples: true}})
	if err != nil {
		return nil, err
	}

	if err := wait(ctx, min(presenceSettles, r.config.Time)); err != nil {
		return nil, err
	}

	runtime.GC()
	b.start = time.Now()

	s := &steady{beats: b, log: h.app.Log(), texts: r.texts, durable: make([][]int64, b.rooms)}
	before := cpuTime()

	if err := r.profiled(name, func() error { return s.run(ctx) }); err != nil {
		return nil, err
	}

	return r.collect(ctx, b, s.durable, before)
}

// presenceSettles is how long the server may be busy with showing who is there
// when many have joined.
const presenceSettles = time.Second

// collect waits until all events have arrived, and returns their latencies.
// durable says of every version of every room after how many nanoseconds it was
// durable, before what this process had used when the first was appended.
func (r *fanoutRun) collect(ctx context.Context, b *beats, durable [][]int64, before time.Duration) (*latencyResult, error) {
	heads := make([]uint64, b.rooms)
	result := &latencyResult{total: b.until * b.each}

	for room, times := range durable {
		heads[room] = uint64(len(times))
		for _, took := range times {
			result.appends.add(time.Duration(took))
		}
	}

	if _, err := r.load.ask(ctx, &order{Complete: &completeOrder{Heads: heads, Milliseconds: completeWithin}}); err != nil {
		return nil, err
	}

	result.cpu = cpuTime() - before

	answer, err := r.load.ask(ctx, &order{Latencies: &latencyOrder{From: b.from, Durable: durable}})
	if err != nil {
		return nil, err
	}

	result.latencyReport = *answer.Latencies
	_, err = r.load.ask(ctx, &order{Leave: true})

	return result, err
}

// steady appends to all rooms at an even pace. Each room has its own appender:
// an append that takes long delays no other room.
type steady struct {
	*beats

	log     store.Log
	texts   *texts
	durable [][]int64
}

func (s *steady) run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)

	var appenders sync.WaitGroup

	for room := range s.rooms {
		appenders.Go(func() {
			if err := s.append(ctx, room); err != nil {
				cancel(err)
			}
		})
	}

	appenders.Wait()

	return context.Cause(ctx)
}

// append appends to one room.
func (s *steady) append(ctx context.Context, room int) error {
	batch := store.Batch{Stream: event.Stream(roomNames(room + 1)[room]), Drafts: make([]event.Draft, 1)}

	for n := room; ; n += s.rooms {
		if on, err := s.await(ctx, n); err != nil || !on {
			return err
		}

		sent := time.Now()
		batch.Drafts[0] = s.texts.draft(n, sent)

		receipt, err := s.log.Append(ctx, batch)
		if err != nil {
			return fmt.Errorf("append to %s: %w", batch.Stream, err)
		}

		s.durable[room] = append(s.durable[room], int64(time.Since(sent)))
		if version := int(receipt.Batches[0].Version); version != len(s.durable[room]) {
			return fmt.Errorf("append to %s: recorded version %d instead of %d", batch.Stream, version, len(s.durable[room]))
		}
	}
}
