package session

import (
	"context"
	"strconv"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/wire"
)

// An answer to $read has at most so many events, and so many bytes of data
// unless it is one event: as a push has.
const (
	maxRead      = 500
	maxReadBytes = 256 << 10
)

// readRequest is the payload of $read.
type readRequest struct {
	From     uint64    `json:"from"`
	Limit    *int      `json:"limit"`
	Backward bool      `json:"backward"`
	Until    time.Time `json:"until"`
}

// read answers with a part of the stream.
func (s *Session) read(ctx context.Context, ch *channel, m *wire.Message) ([]byte, error) {
	if ch.name.IsCategory() {
		return nil, fault.Invalid("$read: topic %s is a whole category: join the stream to read", ch.name)
	}

	var request readRequest
	if err := decode(m, &request); err != nil {
		return nil, err
	}

	limit := maxRead
	if request.Limit != nil {
		limit = *request.Limit
	}

	if limit < 1 || limit > maxRead {
		return nil, fault.Invalid("$read: limit %d is not possible: give 1 to %d, and read on from the version after the last", limit, maxRead)
	}

	caller, err := s.callerNow()
	if err != nil {
		return nil, err
	}

	var (
		events []event.Event
		bytes  int
		more   bool
	)

	r := store.Range{From: event.Version(request.From), Until: request.Until, Limit: limit + 1, Backward: request.Backward}
	for e, err := range s.house.Door.Read(ctx, &caller, ch.name.Stream(), r) {
		if err != nil {
			return nil, err
		}

		bytes += len(e.Data) + len(e.Meta.Extra)
		if more = len(events) == limit || len(events) > 0 && bytes > maxReadBytes; more {
			break
		}

		events = append(events, e)
	}

	return appendRead(events, more), nil
}

// appendRead writes the answer to $read: {"events":[…],"more":…}.
func appendRead(events []event.Event, more bool) []byte {
	text := []byte(`{"events":[`)
	for i := range events {
		if i > 0 {
			text = append(text, ',')
		}

		text = wire.AppendTopicEvent(text, &events[i])
	}

	text = append(text, `],"more":`...)

	return append(strconv.AppendBool(text, more), '}')
}
