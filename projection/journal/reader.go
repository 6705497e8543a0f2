package journal

import (
	"context"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/projection"
)

// Reader reads the journal that a runner keeps. Its methods are safe for
// concurrent use.
type Reader struct {
	views  *projection.Views
	runner *projection.Runner
}

// NewReader returns a reader of views that a runner writes.
func NewReader(views *projection.Views, runner *projection.Runner) *Reader {
	return &Reader{views, runner}
}

// Read returns a page, as the function Read does.
func (r *Reader) Read(ctx context.Context, q Query) (Page, error) { return Read(ctx, r.views, q) }

// Wait waits until the journal has all events up to a position, as
// projection.Runner.WaitFor does.
func (r *Reader) Wait(ctx context.Context, p event.Position) error {
	return r.runner.WaitFor(ctx, Name, p)
}
