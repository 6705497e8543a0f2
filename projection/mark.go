package projection

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
)

// sample is where a follower was at a time.
type sample struct {
	position event.Position
	at       time.Time
}

// tick works out how fast the follower is, and writes down how far.
func (f *follower) tick(ctx context.Context, from *sample, now time.Time) error {
	rate := float64(f.g.Position.Number()-from.position.Number()) / max(now.Sub(from.at).Seconds(), 1e-3)
	*from = sample{f.g.Position, now}

	const newest = 0.4 // the share of the last second
	if f.g.Rate == 0 {
		f.g.Rate = rate
	} else if f.g.Rate = newest*rate + (1-newest)*f.g.Rate; f.g.Rate < 0.1 {
		f.g.Rate = 0
	}

	if !f.atEnd {
		state, err := f.log.State(ctx)
		if err != nil {
			return fault.Unavailable("reading the end of the log failed: %w", err)
		}

		f.g.Head = state.Head
	}

	f.publish()

	if lag := f.g.with().Lag; !f.g.live && f.again == nil && lag > 0 && lag <= uint64(f.options.Batch) {
		return f.swap(ctx) // the log may never stand still
	}

	return f.flush(ctx)
}

// publish shows how far the follower has come.
func (f *follower) publish() {
	f.set(func() {
		for _, shown := range []*Progress{f.live, f.building} {
			if shown != nil && shown.Generation == f.g.Generation {
				*shown = f.g.Progress
			}
		}
	})
}

const flushSQL = "update recount_projections set position = ?, head = ?, rate = ?, failure = '' where name = ? and generation = ? and position = ?"

// flush writes down how far the follower has come, if its row does not know.
func (f *follower) flush(ctx context.Context) error {
	if f.g.Failure != nil || f.written == f.g.Position && f.noted == (note{f.g.Head, f.g.Rate}) {
		return nil
	}

	var n int64

	err := f.views.transact(ctx, func(t *transaction) error {
		var err error
		n, err = t.exec(ctx, flushSQL, f.g.Position.String(), f.g.Head.String(), f.g.Rate, f.name, f.g.Generation, f.written.String())

		return err
	})

	switch {
	case err != nil:
		return err
	case n == 0:
		return f.reread(ctx)
	}

	f.written, f.noted = f.g.Position, note{f.g.Head, f.g.Rate}

	return nil
}

// fail shows and writes down why the follower stopped.
func (f *follower) fail(ctx context.Context, err error, pause time.Duration) {
	failure := Failure{Error: err.Error(), Since: time.Now().UTC()}
	if at, ok := errors.AsType[*placeError](err); ok {
		failure.Position, failure.Stream, failure.Version, failure.Type = at.position, at.stream, at.version, at.typ
		failure.Error = at.err.Error()
	}

	if before := f.g.Failure; before != nil && before.Position == failure.Position {
		failure.Since, failure.Attempts = before.Since, before.Attempts
	}

	failure.Attempts++
	f.g.Failure = &failure
	f.logger.ErrorContext(ctx, "a projection stopped", "generation", f.g.Generation, "position", failure.Position,
		"stream", failure.Stream, "version", failure.Version, "type", failure.Type, "attempts", failure.Attempts, "retry_in", pause, "error", failure.Error)

	f.noteFailure(ctx, &failure)
	f.publish() // who sees it may act on what is written down
}

// noteFailure writes down why the follower stopped, if the database answers.
func (f *follower) noteFailure(ctx context.Context, failure *Failure) {
	ctx, cancel := context.WithTimeout(ctx, every)
	defer cancel()

	text, err := json.Marshal(failure)
	if err == nil {
		err = f.views.transact(ctx, func(t *transaction) error {
			_, err := t.exec(ctx, "update recount_projections set failure = ? where name = ? and generation = ? and position = ?", string(text), f.name, f.g.Generation, f.written.String())

			return err
		})
	}

	if err != nil {
		f.logger.WarnContext(ctx, "writing down why a projection stopped failed", "error", err)
	}
}
