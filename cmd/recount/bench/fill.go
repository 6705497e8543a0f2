package bench

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
)

const (
	// streamLength is how many events every stream of a filled log has.
	streamLength = 100
	// interleaved is how many streams grow side by side: that many events of
	// others lie between two of one stream.
	interleaved = 1000
	// fillers append at the same time, so that one encodes while another syncs.
	fillers = 4
)

// fill brings events into an empty log: streams of 100 events, a thousand of
// which grow side by side, one event each with every append. Every event is
// different.
type fill struct {
	log    store.Log
	events int
	// callerIDs gives every event an ID before it is appended.
	callerIDs bool
	status    func(text string)

	pace   pace
	block  atomic.Int64
	filled atomic.Int64
}

// streams returns how many streams the log gets.
func (f *fill) streams() int { return (f.events + streamLength - 1) / streamLength }

// filledStream returns the name of a stream of a filled log.
func filledStream(i int) event.Stream { return event.Stream("meeting:" + strconv.Itoa(i)) }

// run fills the log.
func (f *fill) run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)

	f.pace = newPace(int64(f.events))

	var group sync.WaitGroup

	for range fillers {
		group.Go(func() {
			if err := f.fillBlocks(ctx); err != nil {
				cancel(fmt.Errorf("fill the log: %w", err))
			}
		})
	}

	group.Wait()

	return context.Cause(ctx)
}

// fillBlocks fills blocks of streams until there are no more.
func (f *fill) fillBlocks(ctx context.Context) error {
	for {
		block := int(f.block.Add(1)) - 1
		first := block * interleaved

		if first >= f.streams() {
			return nil
		}

		g := newGenerator(uint64(block))
		if err := f.fillBlock(ctx, g, first, min(first+interleaved, f.streams())); err != nil {
			return err
		}
	}
}

func (f *fill) fillBlock(ctx context.Context, g *generator, first, end int) error {
	batches := make([]store.Batch, end-first)
	for i := range batches {
		batches[i] = store.Batch{Stream: filledStream(first + i), Drafts: make([]event.Draft, 1)}
	}

	for version := range streamLength {
		n := 0 // the last stream may be shorter than the others
		for i := range batches {
			if (first+i)*streamLength+version >= f.events {
				break
			}

			f.draft(g, &batches[i].Drafts[0])
			n++
		}

		if n == 0 {
			return nil
		}

		if _, err := f.log.Append(ctx, batches[:n]...); err != nil {
			return err
		}

		f.tell(f.filled.Add(int64(n)))
	}

	return nil
}

// tell says now and then how far it is.
func (f *fill) tell(filled int64) {
	if filled/1000%10 == 0 {
		f.status(fmt.Sprintf("filling a log: %s, %s events/s", f.pace.left(filled), grouped(int64(f.pace.rate(filled)))))
	}
}

func (f *fill) draft(g *generator, d *event.Draft) {
	e := g.next()
	d.Type, d.Data = e.typ, e.data

	if f.callerIDs {
		d.ID = event.NewID()
	}
}

// grouped returns a number with its thousands set apart.
func grouped(n int64) string {
	digits := strconv.FormatInt(n, 10)

	start := 0
	if n < 0 {
		start = 1
	}

	for at := len(digits) - 3; at > start; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}

	return digits
}
