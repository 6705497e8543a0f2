package bench

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
)

// Opener opens the log of a folder, and makes one if there is none.
type Opener func(ctx context.Context, folder string) (store.Backend, error)

// The names of what is measured, as JSON shows them.
const (
	nameSegment     = "segment"
	nameOverwritten = "segment_overwritten"
	nameLogIDs      = "log_ids"
	nameCallerIDs   = "caller_ids"
	nameHotStream   = "hot_stream"
	nameStalled     = "stalled_readers"
)

// candidate is something that appends can be measured on.
type candidate struct {
	name string
	// text names it for people.
	text string
	// ratioTo names the candidate of the same round that it is compared with.
	ratioTo string
	// open opens it in a folder of its own. The folder stays from round to
	// round, so that what a round leaves to be done in the background is paid
	// by a later round of the same candidate.
	open func(ctx context.Context, folder string) (target, error)
}

// target is an open candidate.
type target interface {
	// appender returns the i-th appender.
	appender(i int) appender
	// close ends everything that the target does, in the background too.
	close(ctx context.Context) error
}

// candidates returns what takes turns with a number of appenders.
func (c AppendConfig) candidates(appenders int, events []payload) []candidate {
	logCandidate := func(name, text, ratioTo string, t logTarget) candidate {
		t.events = events

		return candidate{name: name, text: text, ratioTo: ratioTo, open: t.opener(c.Open)}
	}

	all := []candidate{{
		name: nameSegment,
		text: "segment file, growing: the limit",
		open: func(_ context.Context, folder string) (target, error) {
			s, err := openSegment(filepath.Join(folder, "segment"))

			return &segmentTarget{segment: s, events: events}, err
		},
	}}

	if c.Overwritten > 0 {
		all = append(all, candidate{
			name:    nameOverwritten,
			text:    "segment file, overwritten in circles",
			ratioTo: nameSegment,
			open: func(_ context.Context, folder string) (target, error) {
				s, err := openOverwritten(filepath.Join(folder, "segment"), c.Overwritten)

				return &segmentTarget{segment: s, events: events}, err
			},
		})
	}

	all = append(all,
		logCandidate(nameLogIDs, "log, IDs made by the log", nameSegment, logTarget{}),
		logCandidate(nameCallerIDs, "log, IDs from callers", nameSegment, logTarget{callerIDs: true}))

	if appenders != hotAppenders {
		return all
	}

	return append(all,
		logCandidate(nameHotStream, "log, all on one stream", nameLogIDs, logTarget{hot: true}),
		logCandidate(nameStalled, "log, beside readers that never finish", nameLogIDs, logTarget{stalled: true}))
}

// segmentTarget appends to a segment file.
type segmentTarget struct {
	segment *segment
	events  []payload
}

func (t *segmentTarget) appender(i int) appender {
	return &segmentAppender{segment: t.segment, events: t.events, next: i * stride}
}

func (t *segmentTarget) close(context.Context) error { return t.segment.close() }

// stride keeps appenders apart in the pool of events.
const stride = 127

type segmentAppender struct {
	segment *segment
	events  []payload
	next    int
	data    []byte
}

func (a *segmentAppender) prepare() {
	a.data = a.events[a.next%len(a.events)].data
	a.next++
}

func (a *segmentAppender) append(ctx context.Context) error { return a.segment.append(ctx, a.data) }

// logTarget appends to a log.
type logTarget struct {
	events []payload
	// callerIDs gives every event an ID before it is appended.
	callerIDs bool
	// hot sends all events to one stream.
	hot bool
	// stalled puts readers beside the appenders that never finish.
	stalled bool

	log     store.Log
	readers *stalledReaders
}

// opener returns a function that opens targets like t.
func (t *logTarget) opener(open Opener) func(context.Context, string) (target, error) {
	return func(ctx context.Context, folder string) (target, error) {
		backend, err := open(ctx, filepath.Join(folder, "log"))
		if err != nil {
			return nil, fmt.Errorf("open the log to measure: %w", err)
		}

		opened := *t
		opened.log = backend.Log

		if t.stalled {
			opened.readers, err = stallReaders(ctx, backend.Log, t.events)
		}

		if err != nil {
			return nil, closeAfter(ctx, backend.Log, err)
		}

		return &opened, nil
	}
}

func (t *logTarget) appender(i int) appender {
	stream := event.Stream("meeting:" + strconv.Itoa(10_000+i))
	if t.hot {
		stream = "meeting:hot"
	}

	drafts := make([]event.Draft, 1)

	return &logAppender{
		log:       t.log,
		batches:   []store.Batch{{Stream: stream, Drafts: drafts}},
		events:    t.events,
		callerIDs: t.callerIDs,
		next:      i * stride,
	}
}

func (t *logTarget) close(ctx context.Context) error {
	err := t.readers.stop()

	return closeAfter(ctx, t.log, err)
}

// closeAfter closes the log, also if ctx has ended, and returns err, or what
// went wrong with the closing.
func closeAfter(ctx context.Context, log store.Log, err error) error {
	closeErr := log.Close(context.WithoutCancel(ctx))
	if err != nil {
		return err
	}

	return closeErr
}

// logAppender appends to one stream. It uses its batch again for every append,
// as the contract of store.Log allows, and expects nothing of the stream.
type logAppender struct {
	log       store.Log
	batches   []store.Batch
	events    []payload
	callerIDs bool
	next      int
}

func (a *logAppender) prepare() {
	e := &a.events[a.next%len(a.events)]
	a.next++

	draft := &a.batches[0].Drafts[0]
	draft.Type, draft.Data = e.typ, e.data

	if a.callerIDs {
		draft.ID = event.NewID()
	}
}

func (a *logAppender) append(ctx context.Context) error {
	_, err := a.log.Append(ctx, a.batches...)

	return err
}
