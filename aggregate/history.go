package aggregate

import (
	"context"
	"iter"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

// Ask asks an aggregate something: question is given its newest state, which it
// must not change or keep, and whose events are all durable. It returns the
// version with the answer. A question never changes anything.
func Ask[S, R any](ctx context.Context, h Host, d *Definition[S], stream event.Stream, question func(S) R) (R, event.Version, error) {
	var (
		out R
		at  event.Version
	)

	_, err := h.Aggregates().submit(ctx, &d.of, stream, &call{look: func(state any, version event.Version) error {
		out, at = question(*state.(*S)), version //nolint:errcheck // made by the definition

		return nil
	}})
	if err != nil { // the question may go on where the caller has gone away
		var nothing R

		return nothing, 0, err
	}

	return out, at, nil
}

// At returns the state of a stream at a version or a recorded time, and its
// version then. The state is the caller's own. It fails with fault.CodeNotFound
// if the stream had no event then, and with fault.CodeGone for a version that it
// does not have.
func At[S any](ctx context.Context, h Host, d *Definition[S], stream event.Stream, at store.Point) (S, event.Version, error) {
	var nothing S

	state, version, err := h.Aggregates().past(ctx, &d.of, stream, at)
	if err != nil {
		return nothing, 0, err
	}

	return *state.(*S), version, nil //nolint:errcheck // made by the definition
}

// past returns the state of a stream at a point.
func (r *Runtime) past(ctx context.Context, k *kind, stream event.Stream, at store.Point) (any, event.Version, error) {
	if err := k.checkStream(stream); err != nil {
		return nil, 0, err
	}

	if err := at.Check(); err != nil {
		return nil, 0, err
	}

	upto := at.Version
	if !at.Time.IsZero() {
		for e, err := range r.options.Log.Read(ctx, stream, store.Range{Backward: true, Until: at.Time, Limit: 1}) {
			if err != nil {
				return nil, 0, err
			}

			upto = e.Version
		}

		if upto == 0 {
			return nil, 0, fault.NotFound("stream %s has no event before %s: it began later, or there is none", stream, at.Time.UTC().Format("2006-01-02T15:04:05.000Z07:00"))
		}
	}

	var (
		state   any
		version event.Version
	)

	err := guarded("stream "+string(stream), func() (err error) {
		state, version, _, err = r.fold(ctx, k, stream, upto)

		return err
	})

	switch {
	case err != nil:
		return nil, 0, err
	case version == 0:
		return nil, 0, fault.NotFound("there is no stream %s", stream)
	case upto != 0 && version != upto:
		return nil, 0, fault.Gone("stream %s has no version %d: it ends at %d", stream, upto, version)
	}

	return state, version, nil
}

// Change is one step of a history.
type Change[S any] struct {
	// Event that changed the state.
	Event event.Event
	// Before and After are the states around it, valid until the next step.
	Before, After S
}

// History yields the events of a stream with the states before and after each,
// from a version on: 0 means from the first event. It fails as At does.
func History[S any](ctx context.Context, h Host, d *Definition[S], stream event.Stream, from event.Version) iter.Seq2[Change[S], error] {
	return func(yield func(Change[S], error) bool) {
		r, k := h.Aggregates(), &d.of
		fail := func(err error) { yield(Change[S]{}, err) }

		// Two states, one an event behind the other, because nobody can say how
		// to copy one.
		from = max(from, 1)
		before, err := r.behind(ctx, k, stream, from)
		if err != nil {
			fail(err)

			return
		}

		after, err := r.behind(ctx, k, stream, from)
		if err != nil {
			fail(err)

			return
		}

		none := from == 1
		for e, err := range r.options.Log.Read(ctx, stream, store.Range{From: from}) {
			none = false
			if err == nil {
				err = k.evolve(after, &e)
			}

			if err != nil {
				fail(err)

				return
			}

			if !yield(Change[S]{e, *before.(*S), *after.(*S)}, nil) { //nolint:errcheck // made by the definition
				return
			}

			if err := k.evolve(before, &e); err != nil {
				fail(err)

				return
			}
		}

		if none {
			fail(fault.NotFound("there is no stream %s", stream))
		}
	}
}

// behind returns the state before a version.
func (r *Runtime) behind(ctx context.Context, k *kind, stream event.Stream, from event.Version) (state any, err error) {
	if from > 1 {
		state, _, err = r.past(ctx, k, stream, store.Point{Version: from - 1})

		return state, err
	}

	if err := k.checkStream(stream); err != nil {
		return nil, err
	}

	err = guarded("stream "+string(stream), func() error {
		state = k.fresh()

		return nil
	})

	return state, err
}
