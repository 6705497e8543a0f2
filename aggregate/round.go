package aggregate

import (
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

// round decides calls one after another and records what they did in as few
// appends as possible.
type round struct {
	runtime *Runtime
	live    *live
	now     time.Time

	// from is the durable version that the round began with, on which safe is
	// the state, if it is flat; base is the durable one now.
	from, base event.Version
	safe       any

	decisions []decision
	claims    map[event.Stream]claim
	// sent are the decisions of commands with an ID.
	sent map[event.ID]int
}

// decision is what was decided of a call.
type decision struct {
	call *call
	// refused says why nothing happened.
	refused error
	// repeats is the earlier decision, from 1, of the same command in this round.
	repeats int
	// prior is the answer that the command got before this round.
	prior  *answer
	value  any
	result json.RawMessage

	stream  event.Stream // where own go
	version event.Version
	meta    []byte // says which command it was
	own     []event.Draft
	facts   []Fact
	others  []addressed
	reads   []claim // what it rests on beside the state
	size    int
}

// events is how many events the decision records.
func (d *decision) events() int { return len(d.own) + len(d.others) }

// decide decides calls and records what they did, each alone if asked to. It
// returns how many of them were answered; with an error, the rest was not, and
// the state is that of the log as far as it is known, or forgotten.
func (a *live) decide(calls []*call, alone bool) (int, error) {
	if alone {
		calls = calls[:1]
	}

	r := &round{runtime: a.runtime, live: a, now: time.Now(), from: a.version, base: a.version, decisions: make([]decision, 0, len(calls))}
	if a.kind.flat && !a.isSequence() {
		r.safe = a.kind.zero()
		a.kind.assign(r.safe, a.state)
	}

	for _, c := range calls {
		if err := r.add(c); err != nil {
			r.undo()

			return 0, err
		}
	}

	done, err := r.record()
	if err != nil {
		r.undo()
	}

	return done, err
}

// isSequence reports whether the live numbers new aggregates.
func (a *live) isSequence() bool { return a.stream.IsSystem() }

// add decides one more call. An error makes the whole round fail.
func (r *round) add(c *call) error {
	d := decision{call: c, version: r.live.version}

	switch seen, err := r.seen(c); {
	case err != nil:
		return err
	case seen.found:
		d.refused, d.repeats, d.prior = seen.refused, seen.repeats, seen.prior
	case c.look != nil:
		d.refused = guarded("a question to "+string(r.live.stream), func() error { return c.look(r.live.state, r.live.version) })
	default:
		if err := r.turn(&d); err != nil {
			return err
		}
	}

	r.decisions = append(r.decisions, d)
	if c.id != "" && d.events() > 0 {
		if r.sent == nil {
			r.sent = make(map[event.ID]int)
		}

		r.sent[c.key(r.live.stream)] = len(r.decisions)
	}

	return nil
}

// turn lets the decider decide.
func (r *round) turn(d *decision) error {
	a, c := r.live, d.call
	t := &turn{round: r, call: c, ctx: r.runtime.ctx, now: r.now, kind: a.kind, stream: a.stream, state: a.state, version: a.version}

	if a.isSequence() {
		t.stream = numberedStream(a.kind.category, a.version+1)
		t.state, t.version = nil, 0
	}

	value, err := t.decide()
	if err == nil {
		err = t.encode(d, value)
	}

	if err != nil {
		r.report(err)
		t.forgetClaims()
		*d = decision{call: c, version: d.version, refused: err, reads: t.reads}

		if a.isSequence() || !t.touched {
			return nil
		}

		return guarded("stream "+string(a.stream), r.restore)
	}

	d.value, d.stream, d.facts, d.reads = value, t.stream, t.own, t.reads
	d.version = t.version + event.Version(len(t.own))

	switch {
	case !a.isSequence():
		a.version = d.version
	case d.events() > 0:
		a.version++
	}

	return nil
}

// report tells the logger of what is the program's own mistake.
func (r *round) report(err error) {
	if p, ok := errors.AsType[*PanicError](err); ok {
		r.runtime.options.Logger.Error("a command panicked", "command", p.Command, "stream", r.live.stream, "panic", p.Value, "stack", string(p.Stack))
	}
}

// restore makes the state anew after a command that changed it and then came to
// nothing.
func (r *round) restore() error {
	a := r.live
	if r.safe != nil {
		a.kind.assign(a.state, r.safe)
	} else if r.base == 0 {
		a.state = a.kind.fresh()
	} else {
		state, version, _, err := r.runtime.fold(r.runtime.ctx, a.kind, a.stream, r.base)
		if err != nil {
			return err
		}

		if version != r.base {
			return fault.Internal("stream %s: version %d was there and is not any more", a.stream, r.base)
		}

		a.state = state
	}

	earlier := turn{kind: a.kind, state: a.state}
	for i := range r.decisions {
		earlier.own, earlier.folded = r.decisions[i].facts, 0
		earlier.fold()
	}

	return nil
}

// undo makes the state that of the log again as far as it is known.
func (r *round) undo() {
	a := r.live
	if r.safe == nil || a.isSequence() {
		a.forget()

		return
	}

	a.kind.assign(a.state, r.safe)
	a.version, a.stale = r.from, true
}

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
	drafts := make([]event.Draft, 0, events)
	batches := make([]store.Batch, 1, 1+len(of))

	for i := range of {
		drafts = append(drafts, of[i].first(a)...)
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
