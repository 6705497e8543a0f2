package session

import (
	"encoding/json"
	"slices"

	"github.com/recountdev/recount/category"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/topic"
	"github.com/recountdev/recount/wire"
)

// channel is a topic that the client has joined. Guarded by the session's lock;
// what never changes is not.
type channel struct {
	name         topic.Name
	joinRef      json.RawMessage
	category     *category.Category
	subscription *topic.Subscription

	ready  bool // the client knows that it has joined
	due    bool // in the session's list
	paused bool
}

// wake notes that a channel has something to send. It is called with the lock of
// the channel's topic held.
func (s *Session) wake(ch *channel) {
	s.mu.Lock()
	defer s.mu.Unlock()

	s.wakeLocked(ch)
}

func (s *Session) wakeLocked(ch *channel) {
	if ch.due || ch.paused || !ch.ready || s.closed {
		return
	}

	ch.due = true
	s.due = append(s.due, ch)
	s.schedule()
}

// leave ends a subscription because the client wants it.
func (s *Session) leave(m *wire.Message) {
	ch := s.find(m.Topic)
	if ch == nil || !s.remove(ch) {
		s.reply(m, emptyObject) // it has what it wants

		return
	}

	ch.subscription.Leave(true)
	s.answer(
		wire.AppendReply(nil, m, "ok", emptyObject),
		wire.AppendPush(nil, ch.joinRef, m.Topic, "phx_close", emptyObject),
	)
}

// remove takes a channel out of the session; false if it was out already.
func (s *Session) remove(ch *channel) bool {
	s.mu.Lock()
	defer s.mu.Unlock()

	i := slices.Index(s.channels, ch)
	if i < 0 {
		return false
	}

	s.channels = slices.Delete(s.channels, i, i+1)
	ch.ready = false
	if ch.due {
		s.due = slices.DeleteFunc(s.due, func(other *channel) bool { return other == ch })
	}

	return true
}

// notice is what the server tells a client on a topic.
type notice struct {
	Code         fault.Code `json:"code"`
	Message      string     `json:"message"`
	RetryAfterMS int64      `json:"retry_after_ms,omitempty"`
}

// end ends a subscription that must not go on, and tells the client why. It is
// not joined again by itself.
func (s *Session) end(ch *channel, why error) {
	if !s.remove(ch) {
		return
	}

	ch.subscription.Leave(true)

	failure := wire.FailureOf(why)
	s.answer(
		wire.AppendPush(nil, ch.joinRef, string(ch.name), "notice", encode(notice{Code: failure.Code, Message: failure.Message})),
		wire.AppendPush(nil, ch.joinRef, string(ch.name), "phx_close", emptyObject),
	)
}

// fail ends a subscription that the server cannot go on with now; the client
// joins again.
func (s *Session) fail(ch *channel, why error) {
	if !s.remove(ch) {
		return
	}

	ch.subscription.Leave(false)

	failure := wire.FailureOf(why)
	s.house.Logger.Error("a subscription failed", "error_id", failure.ErrorID, "topic", ch.name, "error", why)
	s.answer(
		wire.AppendPush(nil, ch.joinRef, string(ch.name), "notice", encode(notice{Code: failure.Code, Message: failure.Message})),
		wire.AppendPush(nil, ch.joinRef, string(ch.name), "phx_error", emptyObject),
	)
}

// all returns the channels.
func (s *Session) all() []*channel {
	s.mu.Lock()
	defer s.mu.Unlock()

	return slices.Clone(s.channels)
}

// Notify sends a notice on all topics.
func (s *Session) Notify(code fault.Code, message string, retryAfterMS int64) {
	payload := encode(notice{Code: code, Message: message, RetryAfterMS: retryAfterMS})
	for _, ch := range s.all() {
		s.answer(wire.AppendPush(nil, ch.joinRef, string(ch.name), "notice", payload))
	}
}
