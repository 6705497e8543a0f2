package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
)

// reading measures reading from the filled log: all of it by the feed, and
// single streams.
func (r *readRun) reading(ctx context.Context) error {
	log, err := r.openFilled(ctx)
	if err != nil {
		return err
	}

	err = errors.Join(r.replaying(ctx, log), r.loading(ctx, log))

	return closeAfter(ctx, log, err)
}

// replaying measures the feed of all events.
func (r *readRun) replaying(ctx context.Context, log store.Log) error {
	var rates []float64

	for round := range r.Rounds {
		r.Status(fmt.Sprintf("replaying, round %d of %d", round+1, r.Rounds))

		start := time.Now()
		if err := replay(ctx, log, r.Events); err != nil {
			return err
		}

		rates = append(rates, float64(r.Events)/time.Since(start).Seconds())
	}

	return r.figure(Figure{Name: "replay", Text: "replay by the feed", Value: median(rates), Unit: "events/s", AtLeast: 1e6})
}

// replay reads the feed from its start, and checks that it showed as many
// events as were appended, in order.
func replay(ctx context.Context, log store.Log, events int) error {
	seen := 0
	last := event.Position{}

	for page, err := range log.Feed(ctx, event.Position{}, store.Filter{}) {
		if err != nil {
			return fmt.Errorf("replay: %w", err)
		}

		for i := range page.Events {
			e := &page.Events[i]
			if len(e.Data) != PayloadSize || e.Position.Compare(last) <= 0 {
				return fmt.Errorf("replay: the event at %s is not one that was appended there", e.Position)
			}

			last = e.Position
		}

		seen += len(page.Events)
	}

	if seen != events {
		return fmt.Errorf("replay: saw %d events, appended %d", seen, events)
	}

	return nil
}

// loading measures how long it takes to load a stream: random ones, in a log
// whose files are in the page cache, and the same again at once.
func (r *readRun) loading(ctx context.Context, log store.Log) error {
	var first, again histogram

	random := rand.New(rand.NewPCG(7, 11)) //nolint:gosec // the same streams every time
	streams := max(r.Events/streamLength, 1)

	for i := range r.Loads {
		if i%100 == 0 {
			r.Status(fmt.Sprintf("loading streams, %d of %d", i, r.Loads))
		}

		stream := filledStream(random.IntN(streams))
		for _, h := range []*histogram{&first, &again} {
			start := time.Now()
			if err := loadStream(ctx, log, stream, min(streamLength, r.Events)); err != nil {
				return err
			}

			h.add(time.Since(start))
		}
	}

	return r.figures(
		Figure{Name: "load_stream_p50", Text: "loading a random stream of 100 events, median", Value: millis(first.quantile(0.5)), Unit: "ms"},
		Figure{Name: "load_stream_p99", Text: "loading a random stream of 100 events, p99", Value: millis(first.quantile(0.99)), Unit: "ms"},
		Figure{Name: "load_again_p50", Text: "loading the same stream again, warm, median", Value: millis(again.quantile(0.5)), Unit: "ms", AtMost: 1},
		Figure{Name: "load_again_p99", Text: "loading the same stream again, warm, p99", Value: millis(again.quantile(0.99)), Unit: "ms"})
}

// loadStream reads a stream from its start, and checks that it is whole.
func loadStream(ctx context.Context, log store.Log, stream event.Stream, events int) error {
	version := event.Version(0)
	for e, err := range log.Read(ctx, stream, store.Range{}) {
		if err != nil {
			return fmt.Errorf("load %s: %w", stream, err)
		}

		version++
		if e.Version != version {
			return fmt.Errorf("load %s: version %d stands at %d", stream, e.Version, version)
		}
	}

	if int(version) != events {
		return fmt.Errorf("load %s: saw %d events, appended %d", stream, version, events)
	}

	return nil
}
