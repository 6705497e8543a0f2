package door

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/category"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

// Fork copies what happened in a stream up to a point into a new one, and returns
// the version of that; the zero point is now. The caller must be one who may read
// the first and append every one of its events to the second. What could not be
// appended there, past a command or a schema, only an admin may copy; events of
// the same category meet its schemas as they are. It fails with
// fault.CodeForbidden for streams of the system's own, and with the codes of
// store.Fork.
func (d *Door) Fork(ctx context.Context, c *auth.Caller, from, to event.Stream, at store.Point) (event.Version, error) {
	for _, stream := range []event.Stream{from, to} {
		if err := d.checkExisting(stream); err != nil {
			return 0, err
		}

		if stream.IsSystem() {
			return 0, fault.Forbidden("stream %q is the system's own: it cannot be forked, and nothing can be forked into it", stream)
		}
	}

	target, err := d.categories.Find(to.Category())
	if err != nil {
		return 0, err
	}

	if err := d.MayRead(ctx, c, from); err != nil {
		return 0, err
	}

	seen, err := d.mayCopy(ctx, c, from, to, target, at)
	if err != nil {
		return 0, err
	}

	return store.Fork(ctx, d.log, from, to, seen)
}

// mayCopy asks of every event whether the caller may append it to another stream,
// and returns the point up to which it asked: what comes meanwhile is not copied.
func (d *Door) mayCopy(ctx context.Context, c *auth.Caller, from, to event.Stream, target *category.Category, at store.Point) (store.Point, error) {
	var last event.Version
	for e, err := range d.log.Read(ctx, from, store.Range{Until: at.Time}) {
		if err != nil {
			return at, err
		}

		if at.Version > 0 && e.Version > at.Version {
			break
		}

		last = e.Version
		if strings.HasPrefix(e.Type, "$") {
			continue // the system's own record of the stream
		}

		if err := d.mayCopyEvent(ctx, c, &e, to, target); err != nil {
			return at, fmt.Errorf("version %d of stream %s: %w", e.Version, from, err)
		}
	}

	switch {
	case last == 0 && at.Version == 0:
		return at, fault.NotFound("stream %s has no events up to there: nothing can be forked", from)
	case at.Version > last:
		return at, fault.Gone("stream %s ends at version %d, it has no version %d: fork it at one that it has", from, last, at.Version)
	case at == store.Point{}:
		last, err := d.forkedBefore(ctx, from, to, last)

		return store.Point{Version: last}, err
	default:
		return store.Point{Version: last}, nil
	}
}

// forkedBefore returns the version that a stream was forked at, if it was, so
// that a fork of what is now can be called again; else the last version.
func (d *Door) forkedBefore(ctx context.Context, from, to event.Stream, last event.Version) (event.Version, error) {
	for e, err := range d.log.Read(ctx, to, store.Range{Limit: 1}) {
		if err != nil {
			return 0, err
		}

		var noted struct {
			Fork struct {
				Stream  event.Stream  `json:"stream"`
				Version event.Version `json:"version"`
			} `json:"$fork"`
		}
		if err := json.Unmarshal(e.Meta.Extra, &noted); err == nil && noted.Fork.Stream == from && noted.Fork.Version > 0 {
			return min(noted.Fork.Version, last), nil
		}
	}

	return last, nil
}

// mayCopyEvent asks of one event.
func (d *Door) mayCopyEvent(ctx context.Context, c *auth.Caller, e *event.Event, to event.Stream, target *category.Category) error {
	request := auth.Request{Operation: auth.Append, Caller: c, Stream: to, Type: e.Type, Subject: e.Subject}
	if event.IsJSON(e.ContentType) {
		request.Data = e.Data
	}

	if err := d.categories.Authorize(ctx, &request); err != nil {
		return err
	}

	switch {
	case c.IsAdmin():
		return nil
	case e.Stream.Category() == target.Name():
		return target.CheckRaw(e.Type)
	default:
		return target.CheckEvents([]event.Draft{{Type: e.Type, Data: e.Data, ContentType: e.ContentType}})
	}
}
