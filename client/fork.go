package client

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
)

// Point is a moment in the history of a stream: a version, or a time. The zero
// value is now. Both at once are no point.
type Point struct {
	// Version is that of the last event before the moment.
	Version event.Version
	// Time leaves out what was recorded after it.
	Time time.Time
}

// Fork copies the history of a stream up to a point into a new stream, and
// returns the version up to which it goes, which is the same in both. The caller
// must be one who may read the first and append to the second. A fork that was
// cut off can be asked for again, and goes on; if the answer is lost, that is
// done here.
func (c *Client) Fork(ctx context.Context, from, to event.Stream, at Point) (event.Version, error) {
	for _, stream := range []event.Stream{from, to} {
		if err := (event.Limits{}).CheckStream(stream); err != nil {
			return 0, err
		}
	}

	body, err := forkBody(to, at)
	if err != nil {
		return 0, err
	}

	r := request{method: http.MethodPost, path: streamPath(from) + "/fork", header: http.Header{"Content-Type": {"application/json"}}, body: body}

	var answer []byte

	err = again(ctx, func() error {
		_, answer, err = c.readAll(ctx, r)

		return err
	})
	if err != nil {
		return 0, err
	}

	var forked struct {
		Version event.Version `json:"version"`
	}
	if err := json.Unmarshal(answer, &forked); err != nil || forked.Version == 0 {
		return 0, fault.Unavailable("the server's answer does not say how far the fork goes: is there a Recount at %s?", c.base)
	}

	return forked.Version, nil
}

// forkBody returns what the server is told of a fork.
func forkBody(to event.Stream, at Point) (string, error) {
	body := struct {
		To event.Stream `json:"to"`
		At any          `json:"at,omitempty"` // a version or a time
	}{To: to}

	switch {
	case at.Version > 0 && !at.Time.IsZero():
		return "", fault.Invalid("version %d and time %s are two points: give one of them", at.Version, at.Time)
	case at.Version > 0:
		body.At = at.Version
	case !at.Time.IsZero():
		body.At = at.Time.UTC()
	}

	text, err := json.Marshal(body)
	if err != nil {
		return "", fault.Invalid("the fork cannot be written as JSON: %w", err)
	}

	return string(text), nil
}
