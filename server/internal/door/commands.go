package door

import (
	"context"

	"github.com/recountdev/recount/aggregate"
	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

// Commands decides commands, and shows what aggregates are. Its methods must be
// safe for concurrent use; an *aggregate.Runtime is one.
type Commands interface {
	// Dispatch sends a command to the aggregate of a stream.
	Dispatch(ctx context.Context, r aggregate.Request) (aggregate.Answer, error)
	// View returns the public view of a stream at a point; the zero point is
	// now. It fails with fault.CodeNotFound where the category declares none.
	View(ctx context.Context, stream event.Stream, at store.Point) (aggregate.View, error)
}

// Dispatch sends a command as the caller's, whatever its Actor says. Of a command
// that creates, the stream is category:$next. It fails with the codes of
// Commands, and with fault.CodeNotFound for a category or a command that is not
// declared, fault.CodeForbidden, and fault.CodeInvalid or fault.CodeTooLarge for
// an ID or data that no event could have.
func (d *Door) Dispatch(ctx context.Context, c *auth.Caller, r aggregate.Request) (aggregate.Answer, error) {
	if err := d.CheckCommand(r.Stream, r.Command); err != nil {
		return aggregate.Answer{}, err
	}

	if err := d.limits.CheckDraft(&event.Draft{Type: "command", ID: event.ID(r.ID), Data: r.Data}); err != nil {
		return aggregate.Answer{}, err
	}

	if err := d.categories.Authorize(ctx, &auth.Request{Operation: auth.Dispatch, Caller: c, Stream: r.Stream, Type: r.Command, Data: r.Data}); err != nil {
		return aggregate.Answer{}, err
	}

	r.Actor = c.ID

	return d.commands.Dispatch(ctx, r)
}

// CheckCommand says why a command cannot be sent to a stream, whoever sends it; nil
// if it can.
func (d *Door) CheckCommand(stream event.Stream, command string) error {
	if err := d.limits.CheckStream(stream); err != nil {
		return err
	}

	found, err := d.categories.Find(stream.Category())
	if err != nil {
		return err
	}

	if err := found.CheckCommand(command); err != nil {
		return err
	}

	if d.commands == nil {
		return fault.NotFound("command %s of category %s has nobody who decides it: this server has no aggregates", command, found.Name())
	}

	return nil
}

// View returns the public view of a stream at a point to a caller who may read
// it; the zero point is now.
func (d *Door) View(ctx context.Context, c *auth.Caller, stream event.Stream, at store.Point) (aggregate.View, error) {
	if err := d.checkExisting(stream); err != nil {
		return aggregate.View{}, err
	}

	if err := d.MayRead(ctx, c, stream); err != nil {
		return aggregate.View{}, err
	}

	if d.commands == nil {
		return aggregate.View{}, fault.NotFound("category %s has no public view: this server has no aggregates", stream.Category())
	}

	return d.commands.View(ctx, stream, at)
}

// checkExisting says what is wrong with the name of a stream that may be there.
func (d *Door) checkExisting(stream event.Stream) error {
	if err := d.limits.CheckStream(stream); err != nil {
		return err
	}

	return checkNext(stream)
}

// checkNext refuses the name that stands for a stream which is not there yet.
func checkNext(stream event.Stream) error {
	if stream.ID() != aggregate.Next {
		return nil
	}

	return fault.Invalid("stream %q stands for the next one, which a command over HTTP creates: name a stream that is there", stream)
}
