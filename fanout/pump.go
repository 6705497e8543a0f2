package fanout

import (
	"context"
	"log/slog"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

// topics is what the pump hands pages to: *topic.Hub.
type topics interface {
	Start() event.Position
	Publish(page store.Page)
}

// Run follows the feed and publishes every page, in order, without gap or
// repeat, until ctx ends. If reading fails it tries again, from where it was,
// with longer and longer pauses of at most a second.
func Run(ctx context.Context, log store.Log, to topics, logger *slog.Logger) {
	const (
		shortest = 10 * time.Millisecond
		longest  = time.Second
	)

	after, pause := to.Start(), shortest
	for {
		moved, err := follow(ctx, log, to, after)
		if ctx.Err() != nil {
			return
		}

		if moved.Compare(after) > 0 {
			after, pause = moved, shortest
		}

		logger.ErrorContext(ctx, "following the log failed", "after", after, "retry_in", pause, "error", err)

		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return
		}

		pause = min(2*pause, longest)
	}
}

// follow publishes pages until that fails, and returns how far it came.
func follow(ctx context.Context, log store.Log, to topics, after event.Position) (event.Position, error) {
	for page, err := range log.Feed(ctx, after, store.Filter{Follow: true}) {
		if err != nil {
			return after, err
		}

		to.Publish(page)
		after = page.Upto
	}

	return after, fault.Internal("the feed of a follower ended")
}
