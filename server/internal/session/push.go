package session

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/recountdev/recount/aggregate"
	"github.com/recountdev/recount/category"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/internal/payload"
	"github.com/recountdev/recount/server/internal/object"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/wire"
)

// handler does what a push on a channel asks for, and returns the answer.
type handler func(s *Session, ctx context.Context, ch *channel, m *wire.Message) ([]byte, error)

// handlerOf returns who does what a push of Recount's own asks for.
func handlerOf(name string) handler {
	switch name {
	case "$append":
		return (*Session).append
	case "$action":
		return (*Session).action
	case "$signal":
		return (*Session).signal
	case "$read":
		return (*Session).read
	case "$dispatch":
		return (*Session).dispatch
	case "$state":
		return (*Session).state
	case "$fork":
		return (*Session).fork
	case "$presence":
		return (*Session).presence
	case "$pause":
		return (*Session).pause
	case "$resume":
		return (*Session).resume
	case authenticateEvent:
		return (*Session).authenticate
	default:
		return nil
	}
}

// ownNames are the names that handlerOf knows.
func ownNames() []string {
	return []string{"$append", "$action", "$signal", "$read", "$dispatch", "$state", "$fork", "$presence", "$pause", "$resume", authenticateEvent}
}

// push does what a message on a joined topic asks for.
func (s *Session) push(ctx context.Context, ch *channel, m *wire.Message) ([]byte, error) {
	if handle := handlerOf(m.Event); handle != nil {
		return handle(s, ctx, ch, m)
	}

	switch {
	case strings.HasPrefix(m.Event, "$"):
		return nil, fault.NotFound("%s is not known: %s", m.Event, object.Hint(m.Event, ownNames()))
	case strings.HasPrefix(m.Event, "phx_"):
		return nil, fault.Invalid("%s is Phoenix's own: choose another name", m.Event)
	}

	switch ch.category.Means(m.Event) {
	case category.Signal:
		return s.send(ctx, ch, m.Event, m.Payload)
	case category.Command:
		return s.command(ctx, ch, aggregate.Request{Command: m.Event, Data: bytes.Clone(m.Payload)})
	default:
		return s.record(ctx, ch, store.Anything(), []event.Draft{{Type: m.Event, Data: m.Payload}})
	}
}

// append records the events of $append.
func (s *Session) append(ctx context.Context, ch *channel, m *wire.Message) ([]byte, error) {
	request, err := wire.ParseAppend(m.Payload)
	if err != nil {
		return nil, err
	}

	expect := store.Anything()
	if request.Expect != nil {
		expect = store.Exactly(event.Version(*request.Expect))
	}

	return s.record(ctx, ch, expect, request.Drafts)
}

// action records a Redux action.
func (s *Session) action(ctx context.Context, ch *channel, m *wire.Message) ([]byte, error) {
	draft, err := wire.ParseAction(m.Payload)
	if err != nil {
		return nil, err
	}

	return s.record(ctx, ch, store.Anything(), []event.Draft{draft})
}

// recorded is the answer to what was appended.
type recorded struct {
	Version  event.Version  `json:"version"`
	Position event.Position `json:"position"`
	IDs      []event.ID     `json:"ids"`
}

// record appends events to the channel's stream.
func (s *Session) record(ctx context.Context, ch *channel, expect store.Expectation, drafts []event.Draft) ([]byte, error) {
	if ch.name.IsCategory() {
		return nil, fault.Invalid("topic %s is a whole category: join the stream that the events belong to", ch.name)
	}

	caller, err := s.callerNow()
	if err != nil {
		return nil, err
	}

	begun := time.Now()

	receipt, err := s.house.Door.Append(ctx, &caller, ch.name.Stream(), expect, drafts)
	if err != nil {
		return nil, err
	}

	if !receipt.Repeated {
		s.house.Observer.Appended(len(drafts), time.Since(begun))
	}

	batch := receipt.Batches[0]

	return encode(recorded{batch.Version, receipt.Position, batch.IDs}), nil
}

// signalRequest is the payload of $signal.
type signalRequest struct {
	Type string          `json:"type"`
	Data json.RawMessage `json:"data"`
}

// signal sends the signal of $signal.
func (s *Session) signal(ctx context.Context, ch *channel, m *wire.Message) ([]byte, error) {
	var request signalRequest
	if err := decode(m, &request); err != nil {
		return nil, err
	}

	return s.send(ctx, ch, request.Type, request.Data)
}

// sentSignal is a signal as others get it.
type sentSignal struct {
	Type  string          `json:"type"`
	Data  json.RawMessage `json:"data,omitempty"`
	Actor string          `json:"actor"`
	Time  string          `json:"time"`
}

// send broadcasts a signal to all others on the topic.
func (s *Session) send(ctx context.Context, ch *channel, typ string, data json.RawMessage) ([]byte, error) {
	if ch.name.IsCategory() {
		return nil, fault.Invalid("topic %s is a whole category: signals go to the topic of a stream", ch.name)
	}

	if typ == "" {
		return nil, fault.Invalid("the signal has no type: give one that the category declares")
	}

	if len(typ)+len(data) > s.limits.Signal {
		return nil, fault.TooLarge("signal %.40q has %d bytes, the limit is %d: store what is larger as an event", typ, len(typ)+len(data), s.limits.Signal)
	}

	caller, err := s.callerNow()
	if err != nil {
		return nil, err
	}

	if err := s.house.Door.MaySignal(ctx, &caller, ch.name.Stream(), typ, data); err != nil {
		return nil, err
	}

	text := encode(sentSignal{Type: typ, Data: data, Actor: caller.ID, Time: time.Now().UTC().Format("2006-01-02T15:04:05.000Z")})
	ch.subscription.Signal(payload.New(text))

	return emptyObject, nil
}

// presence replaces what others see of the client.
func (s *Session) presence(_ context.Context, ch *channel, m *wire.Message) ([]byte, error) {
	if !ch.category.Presence() {
		return nil, fault.Invalid("$presence: category %q has no presence: declare it", ch.name.Category())
	}

	shape, err := checkPresence(m.Event, m.Payload)
	if err != nil {
		return nil, err
	}

	caller, err := s.callerNow()
	if err != nil {
		return nil, err
	}

	ch.subscription.Track(caller.ID, orEmpty(shape))

	return emptyObject, nil
}

// pause holds back what is due on the channel.
func (s *Session) pause(_ context.Context, ch *channel, _ *wire.Message) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()

	ch.paused = true

	return emptyObject, nil
}

// resume lets the channel go on where it was.
func (s *Session) resume(_ context.Context, ch *channel, _ *wire.Message) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()

	ch.paused = false
	s.wakeLocked(ch)

	return emptyObject, nil
}
