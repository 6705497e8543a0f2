package memory

import (
	"bytes"
	"context"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

// Append records all batches or none.
func (l *log) Append(ctx context.Context, batches ...store.Batch) (store.Receipt, error) {
	if err := l.life.check(ctx); err != nil {
		return store.Receipt{}, err
	}

	if err := l.options.Limits.Check(batches); err != nil {
		return store.Receipt{}, err
	}

	l.mu.Lock()
	defer l.mu.Unlock()

	if err := l.life.check(ctx); err != nil {
		return store.Receipt{}, err
	}

	if receipt, repeated, err := l.repeated(batches); repeated || err != nil {
		return receipt, err
	}

	p := plan{log: l, now: milliseconds(l.options.Clock()), tips: make(map[event.Stream]tip, len(batches))}
	if err := p.add(batches); err != nil {
		return store.Receipt{}, err
	}

	l.record(p.events)

	return store.Receipt{Position: positionOf(len(l.events)), Batches: p.recorded}, nil
}

// record makes events part of the log. The caller holds mu.
func (l *log) record(events []*event.Event) {
	for _, e := range events {
		l.streams[e.Stream] = append(l.streams[e.Stream], e)
		l.ids[e.ID] = e
	}

	l.events = append(l.events, events...)
	l.grown.Wake()
}

// plan is the outcome of an append, which becomes true as a whole or not at all.
// The log does not change while there is a plan.
type plan struct {
	log      *log
	now      time.Time
	tips     map[event.Stream]tip
	events   []*event.Event
	recorded []store.Recorded
}

// tip is the end of a stream.
type tip struct {
	version  event.Version
	recorded time.Time
}

// tip returns the end of a stream, with what the plan adds to it so far.
func (p *plan) tip(stream event.Stream) tip {
	if t, planned := p.tips[stream]; planned {
		return t
	}

	events := p.log.streams[stream]
	if len(events) == 0 {
		return tip{}
	}

	last := events[len(events)-1]

	return tip{version: last.Version, recorded: last.Recorded}
}

// add plans the batches one after the other.
func (p *plan) add(batches []store.Batch) error {
	for i := range batches {
		b := &batches[i]

		t := p.tip(b.Stream)
		if !b.Expect.Holds(t.version) {
			return &store.ConflictError{Stream: b.Stream, Expected: b.Expect, Actual: t.version}
		}

		ids := make([]event.ID, 0, len(b.Drafts))
		for j := range b.Drafts {
			e, err := p.event(b.Stream, t, &b.Drafts[j])
			if err != nil {
				return store.Placed(err, i, len(batches), j, len(b.Drafts))
			}

			p.events = append(p.events, e)
			ids = append(ids, e.ID)
			t = tip{version: e.Version, recorded: e.Recorded}
		}

		p.tips[b.Stream] = t
		p.recorded = append(p.recorded, store.Recorded{Version: t.version, IDs: ids})
	}

	return nil
}

// event makes the event that follows the end of a stream. It shares no memory
// with the draft.
func (p *plan) event(stream event.Stream, last tip, d *event.Draft) (*event.Event, error) {
	recorded, err := p.recordedTime(last, d)
	if err != nil {
		return nil, err
	}

	e := &event.Event{
		ID:          d.ID,
		Stream:      stream,
		Version:     last.version + 1,
		Position:    positionOf(len(p.log.events) + len(p.events) + 1),
		Type:        d.Type,
		Time:        milliseconds(d.Time),
		Recorded:    recorded,
		Actor:       d.Actor,
		Subject:     d.Subject,
		ContentType: d.ContentType,
		Data:        bytes.Clone(d.Data),
		Meta:        d.Meta,
		Origin:      d.Origin,
	}
	e.Meta.Extra = bytes.Clone(d.Meta.Extra)

	if e.ID == "" {
		e.ID = event.NewID()
	}

	if d.Time.IsZero() {
		e.Time = recorded
	}

	if e.ContentType == "application/json" {
		e.ContentType = ""
	}

	return e, nil
}

// recordedTime returns the time that a draft keeps, or else the time it is now;
// if the clock lags behind the stream, the time of the stream.
func (p *plan) recordedTime(last tip, d *event.Draft) (time.Time, error) {
	kept := milliseconds(d.Recorded)

	switch {
	case d.Recorded.IsZero() && p.now.Before(last.recorded):
		return last.recorded, nil
	case d.Recorded.IsZero():
		return p.now, nil
	case last.version > 0 && kept.Before(last.recorded):
		return time.Time{}, fault.Invalid("recorded time %s lies before that of the stream's last event, %s: "+
			"import the older events first, or into another stream", text(kept), text(last.recorded))
	default:
		return kept, nil
	}
}

func milliseconds(t time.Time) time.Time { return time.UnixMilli(t.UnixMilli()).UTC() }

func text(t time.Time) string { return t.Format("2006-01-02T15:04:05.000Z07:00") }
