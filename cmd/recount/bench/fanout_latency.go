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

// mostLatency is how many times the latency of the bare loop the server's may
// be: the bar of the issue that asked for the server.
const mostLatency = 3

// latencyResult is what a round measured of the server or of the bare loop.
type latencyResult struct {
	latencyReport

	// appends are the times from the call until the event was durable.
	appends histogram
	// cpu is what this process used meanwhile, warm-up included.
	cpu   time.Duration
	total int // deliveries, warm-up included
}

// latency measures how long events take from the append to the clients, beside
// a bare loop that writes the same frames to as many sockets.
func (r *fanoutRun) latency(ctx context.Context) error {
	var server, bare []*latencyResult

	measure := func(text, name string, one func(context.Context, *beats, string) (*latencyResult, error), to *[]*latencyResult) func(int) error {
		return func(round int) error {
			r.statusf("latency of %s, round %d of %d", text, round+1, r.config.Rounds)

			result, err := one(ctx, r.config.beats(), fmt.Sprintf("%s-%d", name, round+1))
			*to = append(*to, result)

			return err
		}
	}

	turns := []func(int) error{
		measure("the server", "latency", r.serverLatency, &server),
		measure("a bare loop", "bare", r.bareLatency, &bare),
	}

	for round := range r.config.Rounds {
		for i := range turns {
			if err := turns[(round+i)%len(turns)](round); err != nil {
				return err
			}
		}
	}

	return r.reportLatency(server, bare)
}

// reportLatency reports the medians.
func (r *fanoutRun) reportLatency(server, bare []*latencyResult) error {
	p50 := func(l *latencyResult) float64 { return l.P50 / 1000 }
	p99 := func(l *latencyResult) float64 { return l.P99 / 1000 }
	ratio := func(of func(*latencyResult) float64) float64 {
		all := make([]float64, 0, len(server))
		for i := range server {
			all = append(all, of(server[i])/of(bare[i]))
		}

		return median(all)
	}
	half := func(l *latencyResult) float64 { return micros(l.appends.quantile(0.5)) / 1000 }
	most := func(l *latencyResult) float64 { return micros(l.appends.quantile(0.99)) / 1000 }
	c := r.config
	text := fmt.Sprintf("%s in rooms of %d: deliveries", plural(c.Connections, "client"), c.Room)

	return r.figures(
		Figure{Name: "latency_deliveries", Text: text, Value: medianOf(server, (*latencyResult).rate), Unit: "/s"},
		Figure{Name: "bare_deliveries", Text: "  of the bare loop", Value: medianOf(bare, (*latencyResult).rate), Unit: "/s"},
		Figure{Name: "latency_p50", Text: "latency from the append to the client, p50", Value: medianOf(server, p50), Unit: "ms"},
		Figure{Name: "latency_p99", Text: "latency from the append to the client, p99", Value: medianOf(server, p99), Unit: "ms"},
		Figure{Name: "bare_p50", Text: "latency of the bare loop, p50", Value: medianOf(bare, p50), Unit: "ms"},
		Figure{Name: "bare_p99", Text: "latency of the bare loop, p99", Value: medianOf(bare, p99), Unit: "ms"},
		Figure{Name: "latency_ratio_p50", Text: "  p50, times the bare loop", Value: ratio(p50), AtMost: mostLatency},
		Figure{Name: "latency_ratio_p99", Text: "  p99, times the bare loop", Value: ratio(p99), AtMost: mostLatency},
		Figure{Name: "append_p50", Text: "  of it until the event was durable, p50", Value: medianOf(server, half), Unit: "ms"},
		Figure{Name: "append_p99", Text: "  of it until the event was durable, p99", Value: medianOf(server, most), Unit: "ms"},
		Figure{Name: "durable_p50", Text: "  from then on, p50", Value: medianOf(server, func(l *latencyResult) float64 { return l.Durable50 / 1000 }), Unit: "ms"},
		Figure{Name: "durable_p99", Text: "  from then on, p99", Value: medianOf(server, func(l *latencyResult) float64 { return l.Durable99 / 1000 }), Unit: "ms"},
		Figure{Name: "delivery_cpu", Text: "CPU time of the server for a delivery", Value: medianOf(server, (*latencyResult).perDelivery), Unit: "us"},
		Figure{Name: "bare_cpu", Text: "  of the bare loop", Value: medianOf(bare, (*latencyResult).perDelivery), Unit: "us"})
}

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

// await waits until the n-th event is due; false if none is any more.
func (b *beats) await(ctx context.Context, n int) (bool, error) {
	if n >= b.until {
		return false, nil
	}

	if left := time.Until(b.start.Add(time.Duration(n) * b.every)); left > 0 {
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
