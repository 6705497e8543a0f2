package aggregate

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
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
	if err == nil && len(t.own) > 0 && t.version == 0 && !a.isSequence() && a.kind.numbers(a.stream) {
		err = fault.NotFound("there is no %s: a %s gets its number when it is created", a.stream, a.kind.category)
	}

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
	switch {
	case r.safe != nil:
		a.kind.assign(a.state, r.safe)
	case r.base == 0:
		a.state = a.kind.fresh()
	default:
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
