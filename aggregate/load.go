package aggregate

import (
	"context"
	"math"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

// loaded makes the state that of the log, as far as it is known.
func (a *live) loaded() error {
	if a.state != nil && !a.stale {
		return nil
	}

	return guarded("stream "+string(a.stream), a.load)
}

// load makes the state that of the log.
func (a *live) load() error {
	switch {
	case a.isSequence():
		head, err := a.runtime.options.Log.Head(a.runtime.ctx, a.stream)
		if err != nil {
			return err
		}

		a.state, a.version, a.stale = a, head, false // it has no state of its own
	case a.state != nil:
		version, _, err := a.runtime.foldOn(a.runtime.ctx, a.kind, a.stream, a.state, a.version, 0)
		if err != nil {
			return err
		}

		a.version, a.stale = version, false
	default:
		state, version, from, err := a.runtime.fold(a.runtime.ctx, a.kind, a.stream, 0)
		if err != nil {
			return err
		}

		a.state, a.version, a.image, a.weight = state, version, from, weight{}
	}

	return nil
}

// fold returns the state of a stream at a version, 0 for the last, and the
// snapshot that it began with.
func (r *Runtime) fold(ctx context.Context, k *kind, stream event.Stream, upto event.Version) (any, event.Version, image, error) {
	state, from := r.newest(ctx, k, stream, upto)

	version, size, err := r.foldOn(ctx, k, stream, state, from.version, upto)
	from.bytes = size

	return state, version, from, err
}

// foldOn folds the events after a version, up to another, 0 for the last. It
// returns the version that the state has then, and the bytes of data.
func (r *Runtime) foldOn(ctx context.Context, k *kind, stream event.Stream, state any, after, upto event.Version) (event.Version, int, error) {
	part := store.Range{From: after + 1}
	if upto != 0 {
		if upto <= after {
			return after, 0, nil
		}

		part.Limit = int(min(upto-after, math.MaxInt))
	}

	size := 0
	for e, err := range r.options.Log.Read(ctx, stream, part) {
		if err != nil {
			return after, size, err
		}

		if e.Version != after+1 {
			return after, size, fault.Internal("stream %s: version %d follows on %d", stream, e.Version, after)
		}

		if err := k.evolve(state, &e); err != nil {
			return after, size, err
		}

		after, size = e.Version, size+len(e.Data)
	}

	return after, size, nil
}
