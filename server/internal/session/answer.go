package session

import (
	"encoding/json"

	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/wire"
)

// CloseRateLimited is the code that the connection of a client is closed with who
// pushes too much (protocol.md, section 1).
const CloseRateLimited = 3429

// CloseError says that the connection is to be closed.
type CloseError struct {
	Code   int
	Reason string
}

// Error returns the reason.
func (e *CloseError) Error() string { return e.Reason }

// emptyObject is the answer where there is nothing to say.
var emptyObject = []byte("{}")

// reply queues the answer that a push went well.
func (s *Session) reply(m *wire.Message, response []byte) {
	s.answer(wire.AppendReply(nil, m, "ok", response))
}

// refuse queues the answer that a push failed.
func (s *Session) refuse(m *wire.Message, err error) {
	s.answer(s.refusal(m, err))
}

// refusal returns the answer that a push failed.
func (s *Session) refusal(m *wire.Message, err error) []byte {
	failure := wire.FailureOf(err)
	s.house.Observer.Refused(failure.Code)
	if failure.Code == fault.CodeInternal {
		s.house.Logger.Error("a push failed", "error_id", failure.ErrorID, "topic", m.Topic, "event", m.Event, "error", err)
	}

	return wire.AppendReply(nil, m, "error", failure.AppendJSON(nil))
}

// answer queues a message that goes before all events.
func (s *Session) answer(messages ...[]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()

	s.answerLocked(messages...)
}

// answerLocked is answer with the lock held.
func (s *Session) answerLocked(messages ...[]byte) {
	if s.closed {
		return
	}

	for _, message := range messages {
		s.answers = append(s.answers, message)
		s.waiting += len(message)
	}

	s.schedule()
}

// encode returns what is known to be writable as JSON.
func encode(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		return emptyObject
	}

	return text
}
