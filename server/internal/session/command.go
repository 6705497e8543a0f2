package session

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/recountdev/recount/aggregate"
	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/server/internal/door"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/wire"
)

// commandRequest is the payload of $dispatch.
type commandRequest struct {
	Command string          `json:"command"`
	Data    json.RawMessage `json:"data"`
	ID      string          `json:"id"`
}

// decided is the answer to a command.
type decided struct {
	Result   json.RawMessage `json:"result"`
	Version  event.Version   `json:"version"`
	Position event.Position  `json:"position"`
}

// dispatch sends the command of $dispatch.
func (s *Session) dispatch(ctx context.Context, ch *channel, m *wire.Message) ([]byte, error) {
	var request commandRequest
	if err := decode(m, &request); err != nil {
		return nil, err
	}

	if request.Command == "" {
		return nil, fault.Invalid("$dispatch: there is no command: name one that category %q declares", ch.name.Category())
	}

	return s.command(ctx, ch, aggregate.Request{Command: request.Command, Data: request.Data, ID: request.ID})
}

// command sends a command to the channel's stream. Its data must not be memory of
// the frame, which whoever decides may look at for longer than this lasts.
func (s *Session) command(ctx context.Context, ch *channel, r aggregate.Request) ([]byte, error) {
	if ch.name.IsCategory() {
		return nil, fault.Invalid("topic %s is a whole category: join the stream that the command is for", ch.name)
	}

	caller, err := s.callerNow()
	if err != nil {
		return nil, err
	}

	begun := time.Now()
	r.Stream = ch.name.Stream()

	answer, err := s.house.Door.Dispatch(ctx, &caller, r)
	s.house.Observer.Dispatched(fault.Of(err), time.Since(begun))
	if err != nil {
		return nil, err
	}

	return encode(decided{orNull(answer.Result), answer.Version, answer.Position}), nil
}

// stateRequest is the payload of $state.
type stateRequest struct {
	At json.RawMessage `json:"at"`
}

// shown is the answer to $state.
type shown struct {
	State   json.RawMessage `json:"state"`
	Version event.Version   `json:"version"`
}

// state answers with the public view of the channel's stream.
func (s *Session) state(ctx context.Context, ch *channel, m *wire.Message) ([]byte, error) {
	if ch.name.IsCategory() {
		return nil, fault.Invalid("$state: topic %s is a whole category: join the stream whose state it should be", ch.name)
	}

	var request stateRequest

	caller, at, err := s.past(m, &request, &request.At)
	if err != nil {
		return nil, err
	}

	view, err := s.house.Door.View(ctx, &caller, ch.name.Stream(), at)
	if err != nil {
		return nil, err
	}

	return encode(shown{orNull(view.State), view.Version}), nil
}

// forkRequest is the payload of $fork.
type forkRequest struct {
	To string          `json:"to"`
	At json.RawMessage `json:"at"`
}

// forked is the answer to $fork.
type forked struct {
	Stream  event.Stream  `json:"stream"`
	Version event.Version `json:"version"`
}

// fork copies the history of the channel's stream into a new one.
func (s *Session) fork(ctx context.Context, ch *channel, m *wire.Message) ([]byte, error) {
	if ch.name.IsCategory() {
		return nil, fault.Invalid("$fork: topic %s is a whole category: join the stream to be forked", ch.name)
	}

	var request forkRequest

	caller, at, err := s.past(m, &request, &request.At)
	if err != nil {
		return nil, err
	}

	to := event.Stream(request.To)

	version, err := s.house.Door.Fork(ctx, &caller, ch.name.Stream(), to, at)
	if err != nil {
		return nil, err
	}

	return encode(forked{to, version}), nil
}

// in says which push an error is about.
func in(m *wire.Message, err error) error { return fmt.Errorf("%s: %w", m.Event, err) }

// orNull returns a JSON text, or null if there is none.
func orNull(text json.RawMessage) json.RawMessage {
	if len(text) == 0 {
		return json.RawMessage("null")
	}

	return text
}

// past reads a request about a moment of a stream, and returns who asks and the
// moment, which the request has in at.
func (s *Session) past(m *wire.Message, request any, at *json.RawMessage) (auth.Caller, store.Point, error) {
	if err := decode(m, request); err != nil {
		return auth.Caller{}, store.Point{}, err
	}

	point, err := door.ReadPoint(*at)
	if err != nil {
		return auth.Caller{}, store.Point{}, in(m, err)
	}

	caller, err := s.callerNow()

	return caller, point, err
}
