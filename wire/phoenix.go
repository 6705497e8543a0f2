package wire

import (
	"encoding/json"

	"github.com/recountdev/recount/fault"
)

// Message is a text frame of Phoenix Channels v2, as a client sent it:
//
//	[join_ref, ref, topic, event, payload]
type Message struct {
	// JoinRef names the join that the message belongs to, Ref the message
	// itself: JSON strings or numbers as the client wrote them, or nil for
	// null. They share no memory with the frame.
	JoinRef, Ref json.RawMessage
	// Topic and Event have no escapes any more. Either may be empty.
	Topic, Event string
	// Payload is any JSON value, to the byte, without white space around it.
	// It shares memory with the frame: copy it if the frame is used again.
	Payload json.RawMessage
}

// maxRef is the most bytes of a ref: phoenix.js counts, others send UUIDs.
const maxRef = 64

// ParseMessage reads a text frame. It takes nothing but an array of five
// elements in UTF-8, whose refs are strings, numbers or null, and whose topic
// and event are strings.
//
// Errors have fault.CodeInvalid, or fault.CodeTooLarge for a ref of more than
// 64 bytes; they name the element, or the byte where the text goes wrong, and
// say what to send. What a topic or an event may be is left to others.
func ParseMessage(frame []byte) (Message, error) {
	elements, err := frameElements(frame)
	if err != nil {
		if problem, bad := badText(frame, err); bad {
			err = frameError("the frame %s", problem)
		}

		return Message{}, err
	}

	var (
		m Message
		r reader
	)

	joinRef, ref := r.ref("join_ref", elements[0]), r.ref("ref", elements[1])
	m.Topic = r.text("topic", elements[2])
	m.Event = r.text("event", elements[3])
	m.Payload = elements[4]
	m.JoinRef, m.Ref = copyRefs(joinRef, ref)
	if r.err != nil {
		return Message{}, r.err
	}

	return m, nil
}

// frameElements takes a frame apart.
func frameElements(frame []byte) (elements [5][]byte, err error) {
	s, err := open(frame)
	if err != nil {
		return elements, err
	}

	if s.Peek() != '[' {
		if err = s.Whole(); err == nil {
			err = frameError("the frame is JSON, but not an array")
		}

		return elements, err
	}

	n := 0
	err = s.Array(func() error {
		value, err := s.Value()
		if n < len(elements) {
			elements[n] = value
		}

		n++

		return err
	})
	if err == nil {
		err = s.End()
	}

	if err == nil && n != len(elements) {
		err = frameError("the frame has %d elements", n)
	}

	return elements, err
}

// frameError says what is wrong with a frame, and what to send instead.
func frameError(format string, args ...any) error {
	return fault.Invalid(format+": send [join_ref, ref, topic, event, payload], as Phoenix Channels v2 does", args...)
}

// ref returns a ref; nil for null.
func (r *reader) ref(name string, value []byte) []byte {
	switch c := value[0]; {
	case isNull(value):
		return nil
	case len(value) > maxRef:
		r.fail(tooLarge(name, "has %d bytes, the limit is %d: count from 1, as phoenix.js does", len(value), maxRef))
	case c == '"':
		if hasLoneSurrogate(value[1 : len(value)-1]) {
			r.fail(halfCharacter(name))
		}
	case c != '-' && (c < '0' || c > '9'):
		r.fail(invalid(name, "is %.40s: send a string, a number or null", value))
	}

	return value
}

// copyRefs copies both refs with one allocation.
func copyRefs(joinRef, ref []byte) (json.RawMessage, json.RawMessage) {
	n := len(joinRef)
	refs := make([]byte, 0, n+len(ref))
	refs = append(append(refs, joinRef...), ref...)

	var a, b json.RawMessage
	if joinRef != nil {
		a = refs[:n:n]
	}

	if ref != nil {
		b = refs[n:]
	}

	return a, b
}
