package bench

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/internal/wake"
	"github.com/recountdev/recount/store"
)

const (
	// appendersEach is how many append to each room at saturation, and
	// eventsEach how many events at a time: more than one, because whoever
	// waits for its own event lets clients have a rest.
	appendersEach = 8
	eventsEach    = 8
	// completeWithin is for how many milliseconds nothing may come while
	// clients have not got everything that was appended.
	completeWithin = 10_000
)

// deliveryBar returns how many deliveries a second a shape should reach at
// least, or 0. The bars are those of the issue that asked for the server.
func deliveryBar(s Shape) float64 {
	switch s {
	case Shape{1, 1000}:
		return 600_000
	case Shape{100, 100}:
		return 400_000
	default:
		return 0
	}
}

// saturation measures how many deliveries a second there are if those who
// append wait for nothing but the slowest client.
func (r *fanoutRun) saturation(ctx context.Context) error {
	results := make(map[Shape][]*countReport)
	order := slices.Clone(r.config.Shapes)

	for round := range r.config.Rounds {
		for _, shape := range order {
			r.statusf("saturation, %s, round %d of %d", shape, round+1, r.config.Rounds)

			result, err := r.saturate(ctx, shape, fmt.Sprintf("saturation-%s-%d", shape.name(), round+1))
			if err != nil {
				return fmt.Errorf("%s: %w", shape, err)
			}

			results[shape] = append(results[shape], result)
		}

		slices.Reverse(order)
	}

	for _, shape := range r.config.Shapes {
		if err := r.reportSaturation(shape, results[shape]); err != nil {
			return err
		}
	}

	return nil
}

func (r *fanoutRun) reportSaturation(shape Shape, results []*countReport) error {
	rates := make([]float64, 0, len(results))
	for _, result := range results {
		rates = append(rates, float64(result.Events)/result.Seconds)
	}

	bytes := medianOf(results, func(c *countReport) float64 { return float64(c.Bytes) / c.Seconds })
	reads := medianOf(results, func(c *countReport) float64 { return float64(c.Events) / float64(max(c.Reads, 1)) })
	text := fmt.Sprintf("%s: deliveries (%s-%s)", shape, number(slices.Min(rates)), number(slices.Max(rates)))

	return r.figures(
		Figure{Name: "deliveries_" + shape.name(), Text: text, Value: median(rates), Unit: "/s", AtLeast: deliveryBar(shape)},
		Figure{Name: "events_" + shape.name(), Text: "  events appended for that", Value: median(rates) / float64(shape.Clients), Unit: "/s"},
		Figure{Name: "bytes_" + shape.name(), Text: "  bytes that clients read", Value: bytes / 1e6, Unit: "MB/s"},
		Figure{Name: "events_per_read_" + shape.name(), Text: "  events in each read of a client", Value: reads, Unit: ""})
}

// String returns "2 rooms x 100 clients".
func (s Shape) String() string { return plural(s.Rooms, "room") + " x " + plural(s.Clients, "client") }

func (s Shape) name() string { return strconv.Itoa(s.Rooms) + "x" + strconv.Itoa(s.Clients) }

// saturate is one round.
func (r *fanoutRun) saturate(ctx context.Context, shape Shape, name string) (result *countReport, err error) {
	h, err := r.openHost(ctx, name)
	if err != nil {
		return nil, err
	}

	defer func() { err = errors.Join(err, h.close(ctx)) }()

	_, err = r.load.ask(ctx, &order{Connect: &connectOrder{
		Address: h.address, Rooms: roomNames(shape.Rooms), Each: shape.Clients, Progress: true,
	}})
	if err != nil {
		return nil, err
	}

	p := newPublishers(h.app.Log(), r.texts, shape.Rooms, uint64(r.config.Behind))
	r.load.watch(p.saw)
	defer r.load.watch(nil)

	runtime.GC() // whatever the one before left is not this one's to clean up

	answer, err := p.during(ctx, appendersEach*shape.Rooms, func(ctx context.Context) (loadReport, error) {
		if err := wait(ctx, r.config.WarmUp); err != nil {
			return loadReport{}, err
		}

		var answer loadReport

		err := r.profiled(name, func() (err error) {
			answer, err = r.load.ask(ctx, &order{Count: &countOrder{Milliseconds: millis(r.config.Time)}})

			return err
		})

		return answer, err
	})
	if err != nil {
		return nil, err
	}

	_, err = r.load.ask(ctx, &order{Complete: &completeOrder{Heads: p.heads, Milliseconds: completeWithin}})
	if err != nil {
		return nil, err
	}

	_, err = r.load.ask(ctx, &order{Leave: true})

	return answer.Count, err
}

// publishers append to rooms, as long as the slowest client of a room is not
// too far behind.
type publishers struct {
	log    store.Log
	texts  *texts
	behind uint64
	moved  wake.Signal

	mu    sync.Mutex
	sent  []uint64 // of each room: what was or is being appended
	seen  []uint64 // up to where all clients are
	heads []uint64 // the last version
	stop  bool
}

func newPublishers(log store.Log, t *texts, rooms int, behind uint64) *publishers {
	return &publishers{
		log: log, texts: t, behind: behind,
		sent: make([]uint64, rooms), seen: make([]uint64, rooms), heads: make([]uint64, rooms),
	}
}

// during lets n appenders append while something is done.
func (p *publishers) during(ctx context.Context, n int, do func(context.Context) (loadReport, error)) (loadReport, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)

	var appenders sync.WaitGroup

	for i := range n {
		appenders.Go(func() {
			if err := p.publish(ctx, i); err != nil {
				cancel(err)
			}
		})
	}

	answer, err := do(ctx)

	p.mu.Lock()
	p.stop = true
	p.mu.Unlock()
	p.moved.Wake()
	appenders.Wait()

	if cause := context.Cause(ctx); cause != nil {
		return answer, cause
	}

	return answer, err
}

// publish appends to a room, each time as soon as what came before is durable.
func (p *publishers) publish(ctx context.Context, i int) error {
	room := i % len(p.heads)
	batch := store.Batch{Stream: event.Stream(roomNames(room + 1)[room]), Drafts: make([]event.Draft, eventsEach)}

	for n := i * stride; ; n += eventsEach {
		if on, err := p.mayGoOn(ctx, room); err != nil || !on {
			return err
		}

		now := time.Now()
		for k := range batch.Drafts {
			batch.Drafts[k] = p.texts.draft(n+k, now)
		}

		receipt, err := p.log.Append(ctx, batch)
		if err != nil {
			return fmt.Errorf("append to %s: %w", batch.Stream, err)
		}

		p.mu.Lock()
		p.heads[room] = max(p.heads[room], uint64(receipt.Batches[0].Version))
		p.mu.Unlock()
	}
}

// mayGoOn waits until the room may have more events; false if nobody is to
// append any more.
func (p *publishers) mayGoOn(ctx context.Context, room int) (bool, error) {
	for {
		moved := p.moved.Changed()

		p.mu.Lock()
		stop, free := p.stop, p.sent[room] < p.seen[room]+p.behind

		if free && !stop {
			p.sent[room] += eventsEach
		}
		p.mu.Unlock()

		if stop || free {
			return !stop, nil
		}

		select {
		case <-moved:
		case <-ctx.Done():
			return false, context.Cause(ctx)
		}
	}
}

// saw notes how far the rooms are.
func (p *publishers) saw(progress []uint64) {
	p.mu.Lock()
	copy(p.seen, progress)
	p.mu.Unlock()
	p.moved.Wake()
}
