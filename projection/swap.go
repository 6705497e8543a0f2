package projection

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
)

// errLater says that a swap has to wait.
var errLater = errors.New("the views cannot be swapped now")

// swapAgain is when a swap is tried again that had to wait.
const swapAgain = 200 * time.Millisecond

// swap makes the follower's generation the one that readers see. It returns
// errReload when that is done.
func (f *follower) swap(ctx context.Context) error {
	err := f.views.transact(ctx, func(t *transaction) error { return f.swapIn(ctx, t) })

	switch {
	case err == nil:
		f.logger.InfoContext(ctx, "a projection was built", "generation", f.g.Generation, "version", f.g.version, "position", f.g.Position)

		return errReload
	case errors.Is(err, errMoved):
		return f.reread(ctx)
	case errors.Is(err, errLater):
		f.again = time.NewTimer(swapAgain)

		return nil
	default:
		return err
	}
}

// swapIn swaps in a transaction. It locks the generation that is live, applies
// what that is ahead, and puts itself in its place; so readers never go back in
// time.
func (f *follower) swapIn(ctx context.Context, t *transaction) error {
	f.again = nil

	if _, err := t.lock(ctx, f.name); err != nil {
		return err
	}

	if err := f.own(ctx, t, "live = 1"); err != nil && !errors.Is(err, errMoved) {
		return err // that there is none is fine
	}

	if err := f.own(ctx, t, "generation = ? and position = ?", f.g.Generation, f.written.String()); err != nil {
		return err
	}

	found, err := f.views.generations(ctx, t.on, f.name)
	if err != nil {
		return err
	}

	var old *generation
	if at := slices.IndexFunc(found, func(g *generation) bool { return g.live }); at >= 0 {
		old = found[at]
	}

	to := f.g.Position
	if old != nil && old.epoch == f.g.epoch && old.Position.Compare(to) > 0 {
		to = old.Position
	}

	if err := f.catchUp(ctx, t, to); err != nil {
		return err
	}

	if f.views.dialect == Postgres { // a reader that holds views must not wait for us while we wait for it
		if _, err := t.exec(ctx, "set local lock_timeout = '100ms'"); err != nil {
			return err
		}
	}

	if err := t.show(ctx, f.g, old); err != nil {
		return later(err)
	}

	if old != nil {
		if err := t.drop(ctx, old); err != nil {
			return later(err)
		}
	}

	return t.tell(ctx, f.name)
}

// own locks rows of the projection, and fails with errMoved if there are none.
func (f *follower) own(ctx context.Context, t *transaction, where string, args ...any) error {
	n, err := t.exec(ctx, "update recount_projections set position = position where name = ? and "+where, append([]any{f.name}, args...)...)
	if err == nil && n == 0 {
		return errMoved
	}

	return err
}

// catchUp applies the events up to a position, if those are not many, and moves
// the generation's own to there.
func (f *follower) catchUp(ctx context.Context, t *transaction, to event.Position) error {
	at := f.g.Position
	most := 10 * f.options.Batch

	tx, cancel := newTx(ctx, t, &f.statements)
	defer cancel()

	for page, err := range f.log.Feed(ctx, at, f.filter) {
		if at.Compare(to) >= 0 {
			break
		}

		if err != nil {
			return fault.Unavailable("following the log failed: %w", err)
		}

		if most -= len(page.Events); most < 0 {
			return errLater
		}

		if events := f.takes(page.Events); len(events) > 0 {
			if err := f.handle(ctx, tx, events); err != nil {
				return errors.Join(errLater, err) // it fails again when it is its turn
			}
		}

		at = page.Upto
	}

	_, err := t.exec(ctx, "update recount_projections set position = ? where name = ? and generation = ?", at.String(), f.name, f.g.Generation)

	return err
}

// later returns errLater if an error says that readers are in the way.
func later(err error) error {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok && (e.Code == "55P03" || e.Code == "40P01") {
		return errors.Join(errLater, err)
	}

	return err
}
