package projection

import (
	"context"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
)

// Pause stops a projection until Resume. It fails, as all these do, with
// fault.CodeNotFound if no program has ever run one of that name.
func (v *Views) Pause(ctx context.Context, name string) error {
	return v.ask(ctx, name, func(t *transaction, _ *control) error {
		_, err := t.exec(ctx, "update recount_controls set paused = 1 where name = ?", name)

		return err
	})
}

// Resume lets a projection go on that was paused, and one that stopped try again
// at once.
func (v *Views) Resume(ctx context.Context, name string) error {
	return v.ask(ctx, name, func(t *transaction, _ *control) error {
		_, err := t.exec(ctx, "update recount_controls set paused = 0 where name = ?", name)

		return err
	})
}

// Rebuild asks for a projection to be built anew, from the start of the log,
// beside the one that is live. If it is being built already, that starts over.
func (v *Views) Rebuild(ctx context.Context, name string) error {
	return v.ask(ctx, name, func(t *transaction, _ *control) error {
		if _, err := t.exec(ctx, "delete from recount_streams where name = ?", name); err != nil {
			return err
		}

		_, err := t.exec(ctx, "update recount_controls set rebuild = 1 where name = ?", name)

		return err
	})
}

// RebuildStream asks for what came of one stream to be removed and made again,
// in one transaction. It fails with fault.CodeInvalid if the projection has no
// ClearStream.
func (v *Views) RebuildStream(ctx context.Context, name string, stream event.Stream) error {
	if err := (event.Limits{}).CheckStream(stream); err != nil {
		return fault.Invalid("rebuild a stream of projection %s: %w", name, err)
	}

	return v.ask(ctx, name, func(t *transaction, c *control) error {
		if !c.clears {
			return fault.Invalid("projection %s cannot rebuild one stream alone: give it a ClearStream, or rebuild all of it", name)
		}

		_, err := t.exec(ctx, "insert into recount_streams (name, stream) values (?, ?) on conflict (name, stream) do update set error = ''", name, string(stream))

		return err
	})
}

// Skip lets a projection go on after the event at which it stopped, and records
// that. It fails with fault.CodeConflict if the projection did not stop there.
// The event stays skipped when the projection is rebuilt, until its declaration
// changes.
func (v *Views) Skip(ctx context.Context, name string, position event.Position) error {
	return v.ask(ctx, name, func(t *transaction, _ *control) error {
		found, err := v.generations(ctx, t.on, name)
		if err != nil {
			return err
		}

		skipped := false

		for _, g := range found {
			if g.Failure == nil || position.IsZero() || g.Failure.Position != position {
				continue
			}

			skipped = true

			if _, err := t.exec(ctx, "insert into recount_skipped (name, fingerprint, epoch, position, error, at) values (?, ?, ?, ?, ?, ?) on conflict do nothing",
				name, g.fingerprint, g.epoch, position.String(), g.Failure.Error, time.Now().UTC().Format(time.RFC3339Nano)); err != nil {
				return err
			}
		}

		if !skipped {
			return fault.Conflict("projection %s did not stop at position %s: skip the position that its status shows", name, position)
		}

		return nil
	})
}

// ask writes down what somebody wants of a projection, and tells who runs it.
func (v *Views) ask(ctx context.Context, name string, f func(t *transaction, c *control) error) error {
	err := v.transact(ctx, func(t *transaction) error {
		c, err := t.lock(ctx, name)
		if err != nil {
			return err
		}

		if err := f(t, c); err != nil {
			return err
		}

		return t.tell(ctx, name)
	})
	if err == nil {
		v.asked.Wake()
	}

	return err
}
