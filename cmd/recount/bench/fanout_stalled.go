package bench

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/recountdev/recount/fault"
)

// Stall says how many clients of a room read, and how many more do not.
type Stall struct {
	Reading, Stalled int
}

const (
	// leastBesideStalled is the part of their throughput that clients keep
	// beside some that stopped reading: the bar of the issue that asked for
	// the server.
	leastBesideStalled = 0.9
	// mostStalledKilobytes is what a client that stopped reading may hold of
	// the server's memory: 512 KiB.
	mostStalledKilobytes = 512 * 1.024
	// longestStalled is how long a round measures at most: the server closes a
	// connection that took nothing for 30 s.
	longestStalled = 20 * time.Second
	// stallsWithin is how long clients have to stop, or to be gone.
	stallsWithin = 10 * time.Second
)

// stalledResult is what a round measured.
type stalledResult struct {
	with, without countReport // of those who read
	behind        float64     // events that those who stalled lacked at last
	each          float64     // bytes that the server held for one of them
}

// stalled measures how many deliveries a second those get who read, beside some
// who do not, and without them.
func (r *fanoutRun) stalled(ctx context.Context) error {
	results := make([]*stalledResult, 0, r.config.Rounds)

	for round := range r.config.Rounds {
		r.statusf("clients that stop reading, round %d of %d", round+1, r.config.Rounds)

		result, err := r.stalledRound(ctx, fmt.Sprintf("stalled-%d", round+1))
		if err != nil {
			return err
		}

		results = append(results, result)
	}

	ratios := make([]float64, 0, len(results))
	for _, one := range results {
		ratios = append(ratios, one.ratio())
	}

	s := r.config.Stall
	text := fmt.Sprintf("1 room x %s: deliveries", plural(s.Reading, "reading client"))
	beside := fmt.Sprintf("  beside %d that stopped reading", s.Stalled)
	ratio := fmt.Sprintf("  with them, times without (%s-%s)", number(slices.Min(ratios)), number(slices.Max(ratios)))

	return r.figures(
		Figure{Name: "stalled_without", Text: text, Value: medianOf(results, func(s *stalledResult) float64 { return s.without.rate() }), Unit: "/s"},
		Figure{Name: "stalled_with", Text: beside, Value: medianOf(results, func(s *stalledResult) float64 { return s.with.rate() }), Unit: "/s"},
		Figure{Name: "stalled_ratio", Text: ratio, Value: median(ratios), AtLeast: leastBesideStalled},
		Figure{Name: "stalled_behind", Text: "  events that those who stopped lack in the end", Value: medianOf(results, func(s *stalledResult) float64 { return s.behind })},
		Figure{
			Name: "stalled_memory", Text: "memory of the server for a client that stopped reading", Unit: "kB", AtMost: mostStalledKilobytes,
			Value: medianOf(results, func(s *stalledResult) float64 { return s.each / 1e3 }),
		})
}

// ratio returns the rate with those who stopped, times that without them.
func (s *stalledResult) ratio() float64 { return s.with.rate() / s.without.rate() }

// rate returns the deliveries a second.
func (c *countReport) rate() float64 { return float64(c.Events) / c.Seconds }

// add adds what came within another time.
func (c *countReport) add(other *countReport) {
	c.Events += other.Events
	c.Bytes += other.Bytes
	c.Reads += other.Reads
	c.Seconds += other.Seconds
}

// stalledRound measures four times while appenders go on, the first and the last
// time beside those who stalled: whatever changes with time counts for both.
func (r *fanoutRun) stalledRound(ctx context.Context, name string) (result *stalledResult, err error) {
	h, err := r.openHost(ctx, name)
	if err != nil {
		return nil, err
	}

	defer func() { err = errors.Join(err, h.close(ctx)) }()

	_, err = r.load.ask(ctx, &order{Connect: &connectOrder{
		Address: h.address, Rooms: roomNames(1), Each: r.config.Stall.Reading, Progress: true,
	}})
	if err != nil {
		return nil, err
	}

	p := newPublishers(h.app.Log(), r.texts, 1, uint64(r.config.Behind))
	r.load.watch(p.saw)
	defer r.load.watch(nil)

	runtime.GC()

	result = &stalledResult{}
	_, err = p.during(ctx, appendersEach, func(ctx context.Context) (loadReport, error) {
		return loadReport{}, r.profiled(name, func() error { return r.stalledTurns(ctx, h, result) })
	})
	if err != nil {
		return nil, err
	}

	_, err = r.load.ask(ctx, &order{Complete: &completeOrder{Heads: p.heads, Milliseconds: completeWithin}})
	if err != nil {
		return nil, err
	}

	if err := r.weighStalled(ctx, h, result); err != nil {
		return nil, err
	}

	_, err = r.load.ask(ctx, &order{Leave: true})

	return result, err
}

// stalledTurns measures in turns, and leaves the clients that stopped reading
// as they are.
func (r *fanoutRun) stalledTurns(ctx context.Context, h *host, result *stalledResult) error {
	const turns = 2 // of each kind

	c := r.config
	for _, with := range []bool{true, false, false, true} {
		stalled, sum := 0, &result.without
		if with {
			stalled, sum = c.Stall.Stalled, &result.with
		}

		if err := r.stall(ctx, h, stalled); err != nil {
			return err
		}

		if err := wait(ctx, min(c.WarmUp, longestStalled/5)/turns); err != nil {
			return err
		}

		answer, err := r.load.ask(ctx, &order{Count: &countOrder{Milliseconds: millis(min(c.Time, longestStalled) / turns)}})
		if err != nil {
			return err
		}

		sum.add(answer.Count)

		if err := r.stillThere(ctx, h, stalled); err != nil {
			return err
		}
	}

	return nil
}

// stillThere fails if the server has closed clients that stalled.
func (r *fanoutRun) stillThere(ctx context.Context, h *host, stalled int) error {
	o, err := h.observe(ctx)
	if err != nil {
		return err
	}

	if left := int(o.subscriptions) - r.config.Stall.Reading; left != stalled {
		return fault.Internal("%d of %d clients that stopped reading are left: the server closed some, and they were not in the way", left, stalled)
	}

	return nil
}

// stall returns when so many clients stall, in place of those that did before,
// and the others are gone.
func (r *fanoutRun) stall(ctx context.Context, h *host, n int) error {
	if _, err := r.load.ask(ctx, &order{Stall: &stallOrder{}}); err != nil {
		return err
	}

	if err := h.observed(ctx, fmt.Sprintf("%d subscriptions", r.config.Stall.Reading), func(o observation) bool {
		return int(o.subscriptions) == r.config.Stall.Reading
	}); err != nil || n == 0 {
		return err
	}

	if _, err := r.load.ask(ctx, &order{Stall: &stallOrder{Each: n}}); err != nil {
		return err
	}

	// Those who read are never so far behind: see publishers.
	far := float64(r.config.Behind + eventsEach)

	return h.observed(ctx, fmt.Sprintf("%d clients that take nothing more", n), func(o observation) bool {
		return int(o.subscriptions) == r.config.Stall.Reading+n && o.slowest > far
	})
}

// weighStalled finds out what the server holds for clients that stalled: what is
// gone when they are.
func (r *fanoutRun) weighStalled(ctx context.Context, h *host, result *stalledResult) error {
	o, err := h.observe(ctx)
	if err != nil {
		return err
	}

	result.behind = o.slowest
	full := heldMemory()

	if err := r.stall(ctx, h, 0); err != nil {
		return err
	}

	result.each = max(full-heldMemory(), 0) / float64(r.config.Stall.Stalled)

	return nil
}

// heldMemory returns the bytes of this process's heap and stacks that are in
// use, without garbage.
func heldMemory() float64 {
	runtime.GC()
	runtime.GC() // pools keep what they have over one

	var m runtime.MemStats

	runtime.ReadMemStats(&m)

	return float64(m.HeapAlloc + m.StackInuse)
}
