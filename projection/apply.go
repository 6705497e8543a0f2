package projection

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/recountdev/recount/event"
)

// handlerError is what a handler returned.
type handlerError struct{ err error }

func (e *handlerError) Error() string { return e.err.Error() }
func (e *handlerError) Unwrap() error { return e.err }

// placeError is a handlerError with the event that it was for.
type placeError struct {
	position event.Position
	stream   event.Stream
	version  event.Version
	typ      string
	err      error
}

func (e *placeError) Error() string {
	return fmt.Sprintf("version %d of stream %s, %s, at position %s: %s", e.version, e.stream, e.typ, e.position, e.err)
}

func (e *placeError) Unwrap() error { return e.err }

// errMoved says that another program applied the events.
var errMoved = errors.New("the position was moved by another program")

// apply applies events, which reach up to a position, in a transaction. If a
// handler fails, it applies them one by one up to the one that fails.
func (f *follower) apply(ctx context.Context, events []event.Event, upto event.Position) error {
	for {
		err := f.attempt(ctx, events, upto)
		if !errors.Is(err, errMoved) {
			if _, ok := errors.AsType[*handlerError](err); ok && ctx.Err() == nil {
				return f.single(ctx, events, err)
			}

			return err
		}

		if err := f.reread(ctx); err != nil {
			return err
		}

		if events = f.takes(events); len(events) == 0 {
			return nil
		}
	}
}

// single applies events one by one, after a handler failed for them together.
func (f *follower) single(ctx context.Context, events []event.Event, err error) error {
	if len(events) == 1 {
		e := &events[0]

		return &placeError{e.Position, e.Stream, e.Version, e.Type, err}
	}

	for i := range events {
		if err := f.apply(ctx, events[i:i+1], events[i].Position); err != nil {
			return err
		}

		f.g.Position = events[i].Position
	}

	return nil
}

const moveSQL = "update recount_projections set position = ?, failure = '' where name = ? and generation = ? and position = ?"

// attempt applies events and moves the generation's position, or does neither.
// Moving it first makes another program that wants the same wait, and fail with
// errMoved.
func (f *follower) attempt(ctx context.Context, events []event.Event, upto event.Position) error {
	t, err := f.views.begin(ctx)
	if err != nil {
		return err
	}
	defer t.rollback(ctx)

	tx, cancel := newTx(ctx, t, &f.statements)
	defer cancel()

	n, err := tx.Exec(ctx, moveSQL, upto.String(), f.name, f.g.Generation, f.written.String())
	if err != nil {
		return err
	}

	if n == 0 {
		return errMoved
	}

	if err := f.handle(ctx, tx, events); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}

		return &handlerError{err}
	}

	if err := t.commit(ctx); err != nil {
		return err
	}

	f.written = upto

	return nil
}

// handle gives events to the handlers.
func (f *follower) handle(ctx context.Context, tx *Tx, events []event.Event) (err error) {
	defer func() {
		if p := recover(); p != nil {
			f.logger.ErrorContext(ctx, "a handler panicked", "panic", p, "stack", string(debug.Stack()))

			err = fmt.Errorf("panic: %v", p)
		}

		if tx.err != nil && (err == nil || errors.Is(err, context.Canceled)) {
			err = tx.err // which the handler hid, or did not see
		}
	}()

	if len(f.byType) > 0 || len(f.any) > 0 {
		for i := range events {
			e := &events[i]
			for _, handle := range f.handlers(e.Type) {
				if err := handle(ctx, tx, e); err != nil {
					return err
				}
			}
		}
	}

	for _, handle := range f.batches {
		if err := handle(ctx, tx, events); err != nil {
			return err
		}
	}

	return nil
}
