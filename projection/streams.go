package projection

import (
	"context"
	"errors"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

// rebuildStreams rebuilds the streams that somebody asked for, if the follower
// is that of the generation that readers see. One that fails is left as it was,
// with a note.
func (f *follower) rebuildStreams(ctx context.Context) error {
	if !f.g.live {
		return nil
	}

	asked, err := f.views.streams(ctx, f.views.read, f.name)
	if err != nil {
		return err
	}

	for _, s := range asked {
		if s.Error != "" {
			continue
		}

		err := f.views.transact(ctx, func(t *transaction) error { return f.rebuildStream(ctx, t, s.Stream) })

		failed, ok := errors.AsType[*handlerError](err)
		if ok && ctx.Err() == nil {
			f.logger.ErrorContext(ctx, "rebuilding a stream failed", "stream", s.Stream, "error", failed)
			err = f.views.transact(ctx, func(t *transaction) error {
				_, err := t.exec(ctx, "update recount_streams set error = ? where name = ? and stream = ?", failed.Error(), f.name, string(s.Stream))

				return err
			})
		}

		if err != nil {
			return err
		}

		f.forgetStream(s.Stream, failed)
	}

	return nil
}

// forgetStream shows what became of a stream.
func (f *follower) forgetStream(stream event.Stream, failed *handlerError) {
	f.set(func() {
		var left []StreamRebuild

		for _, s := range f.streams {
			if s.Stream != stream {
				left = append(left, s)
			} else if failed != nil {
				left = append(left, StreamRebuild{stream, failed.Error()})
			}
		}

		f.streams = left
	})
}

// rebuildStream clears what came of a stream, and applies its events up to the
// generation's position.
func (f *follower) rebuildStream(ctx context.Context, t *transaction, stream event.Stream) error {
	if err := f.own(ctx, t, "generation = ?", f.g.Generation); errors.Is(err, errMoved) {
		return errReload
	} else if err != nil {
		return err
	}

	found, err := f.views.generations(ctx, t.on, f.name)
	if err != nil {
		return err
	}

	var upto event.Position
	for _, g := range found {
		if g.Generation == f.g.Generation {
			upto = g.Position
		}
	}

	tx, cancel := newTx(ctx, t, &f.statements)
	defer cancel()

	if f.options.ClearStream != "" {
		if _, err := tx.Exec(ctx, f.options.ClearStream, string(stream)); err != nil {
			return &handlerError{err}
		}
	}

	var events []event.Event

	for e, err := range f.log.Read(ctx, stream, store.Range{}) {
		if err != nil {
			return fault.Unavailable("reading stream %s failed: %w", stream, err)
		}

		if e.Position.Compare(upto) > 0 {
			break
		}

		if !f.wants(&e) || f.skips[e.Position] {
			continue
		}

		if events = append(events, e); len(events) == f.options.Batch {
			if err := f.handle(ctx, tx, events); err != nil {
				return &handlerError{err}
			}

			events = events[:0:0] // handlers may keep what they were given
		}
	}

	if len(events) > 0 {
		if err := f.handle(ctx, tx, events); err != nil {
			return &handlerError{err}
		}
	}

	_, err = t.exec(ctx, "delete from recount_streams where name = ? and stream = ?", f.name, string(stream))

	return err
}
