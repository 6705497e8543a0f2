package aggregate

import (
	"encoding/json"
	"slices"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
)

// The limits of one append, which every store has.
const (
	mostEvents = 1000
	mostBytes  = 15 << 20 // of 16 MiB
)

// record appends what was decided, in as few appends as the limits allow, and
// answers.
func (r *round) record() (int, error) {
	for from := 0; from < len(r.decisions); {
		upto, events, size := from, 0, 0
		for ; upto < len(r.decisions); upto++ {
			d := &r.decisions[upto]
			extra := d.events()
			if r.live.isSequence() && extra > 0 {
				extra++ // its number
			}

			if events > 0 && (events+extra > mostEvents || size+d.size > mostBytes) {
				break
			}

			events, size = events+extra, size+d.size
		}

		if err := r.append(r.decisions[from:upto], events); err != nil {
			return from, err
		}

		from = upto
	}

	return len(r.decisions), nil
}

// append records decisions in one append, and answers their calls.
func (r *round) append(of []decision, events int) error {
	var position event.Position

	if events == 0 && !needsAppend(of) {
		if err := r.confirm(of, &position); err != nil {
			return err
		}
	} else {
		receipt, err := r.runtime.options.Log.Append(r.runtime.ctx, r.batches(of, events)...)
		if err == nil && receipt.Repeated {
			err = errStale
		}

		if err != nil {
			return err
		}

		position = receipt.Position
	}

	for i := range of {
		r.live.image.bytes += of[i].size
		r.answer(&of[i], position)
	}

	return nil
}

// needsAppend reports whether the log has to check decisions that record nothing,
// in line with all appends: because they rest on reservations, or because an
// append of an earlier attempt at the same command may be on its way, about which
// no reader knows yet.
func needsAppend(of []decision) bool {
	return slices.ContainsFunc(of, func(d decision) bool {
		return len(d.reads) > 0 || d.isRetriable()
	})
}

// isRetriable reports whether a command came to nothing that may come again, and may have come
// before.
func (d *decision) isRetriable() bool {
	return d.call.id != "" && d.prior == nil && d.repeats == 0 && d.events() == 0
}

// confirm sees that the state is the newest on which nothing was decided but
// refusals and questions.
func (r *round) confirm(of []decision, position *event.Position) error {
	state, err := r.runtime.options.Log.State(r.runtime.ctx)
	if err != nil {
		return err
	}

	*position = state.Head

	head, err := r.runtime.options.Log.Head(r.runtime.ctx, r.live.stream)
	if err != nil {
		return err
	}

	if last := of[len(of)-1].version; !r.live.isSequence() && head != last {
		return errStale
	}

	return nil
}

// batches returns what is to be appended.
func (r *round) batches(of []decision, events int) []store.Batch {
	a := r.live
	batches := make([]store.Batch, 1, 1+len(of))

	drafts := of[0].first(a)
	if len(of) > 1 {
		drafts = append(make([]event.Draft, 0, events), drafts...)
	}

	for i := range of[1:] {
		drafts = append(drafts, of[1+i].first(a)...)
	}

	batches[0] = store.Batch{Stream: a.stream, Expect: store.Exactly(r.base), Drafts: drafts}
	r.base += event.Version(len(drafts))

	retriable := func(d decision) bool { return d.isRetriable() }
	if a.isSequence() && events == 0 && !slices.ContainsFunc(of, retriable) {
		batches = batches[:0] // a refusal does not rest on the number
	}

	checked := make(map[event.Stream]bool)
	for i := range of {
		d := &of[i]
		batches = d.checks(batches, checked)

		if a.isSequence() && len(d.own) > 0 {
			batches = append(batches, store.Batch{Stream: d.stream, Expect: store.NoStream(), Drafts: d.own})
		}

		for j := range d.others {
			batches = append(batches, store.Batch{Stream: d.others[j].stream, Expect: d.others[j].expect, Drafts: []event.Draft{d.others[j].draft}})
		}
	}

	return batches
}

// checks appends that the reservations are still as they were when the decision
// was made, unless what is appended says so anyway.
func (d *decision) checks(batches []store.Batch, checked map[event.Stream]bool) []store.Batch {
	for _, c := range d.reads {
		changes := func(other addressed) bool { return other.stream == c.stream }
		if !checked[c.stream] && !slices.ContainsFunc(d.others, changes) {
			batches = append(batches, store.Batch{Stream: c.stream, Expect: store.Exactly(c.version)})
		}

		checked[c.stream] = true
	}

	return batches
}

// first returns what goes into the live's own stream.
func (d *decision) first(a *live) []event.Draft {
	if !a.isSequence() {
		return d.own
	}

	if d.events() == 0 {
		return nil
	}

	data, _ := json.Marshal(numbered{d.stream}) //nolint:errchkjson // a string
	return []event.Draft{{
		Type: numberedType, Data: data, ID: d.key(a.stream), Actor: d.call.actor,
		Meta: event.Meta{Correlation: d.call.correlation, Causation: d.call.causation, Extra: d.meta},
	}}
}

// answer gives a call what was decided.
func (r *round) answer(d *decision, position event.Position) {
	switch {
	case d.prior != nil:
		d.call.finish(*d.prior, nil)
	case d.repeats > 0:
		first := r.decisions[d.repeats-1]
		d.call.finish(answer{first.stream, first.value, first.result, first.version, position, true}, nil)
	case d.refused != nil:
		d.call.finish(answer{}, d.refused)
	default:
		d.call.finish(answer{d.stream, d.value, d.result, d.version, position, false}, nil)
	}
}
