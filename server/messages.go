package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/wire"
)

// parseMessages reads the body of an append to a stream: a CloudEvent, or an
// array of at most so many. Only the type of each is required. What the log gives an event,
// such as its version, is left out; a source that does not name the stream is
// kept in the meta, like all else that Recount has no place for.
func parseMessages(stream event.Stream, body []byte, most int) ([]event.Draft, error) {
	if !utf8.Valid(body) {
		return nil, fault.Invalid("the body is not UTF-8: encode it as UTF-8")
	}

	messages, err := splitMessages(body, most)
	if err != nil {
		return nil, err
	}

	drafts := make([]event.Draft, len(messages))
	for i, message := range messages {
		drafts[i], err = parseMessage(stream, message)
		if err != nil && len(messages) > 1 {
			err = fmt.Errorf("event %d of %d: %w", i+1, len(messages), err)
		}

		if err != nil {
			return nil, err
		}
	}

	return drafts, nil
}

// splitMessages returns the events of a body, byte for byte.
func splitMessages(body []byte, most int) ([]json.RawMessage, error) {
	trimmed := bytes.TrimLeft(body, " \t\r\n")
	if len(trimmed) == 0 {
		return nil, fault.Invalid("the body is empty: send an event, such as %s, or an array of them", exampleMessage)
	}

	if err := checkJSON(body, "send an event, such as "+exampleMessage+", or an array of them"); err != nil {
		return nil, err
	}

	if trimmed[0] != '[' {
		return []json.RawMessage{trimmed}, nil
	}

	in := json.NewDecoder(bytes.NewReader(trimmed))
	_, err := in.Token() // the bracket

	var messages []json.RawMessage
	for err == nil && in.More() {
		if len(messages) == most {
			return nil, fault.TooLarge("the body has more than %d events: append them in several requests", most)
		}

		var message json.RawMessage
		err = in.Decode(&message)
		messages = append(messages, message)
	}

	switch {
	case err != nil:
		return nil, fault.Invalid("the body cannot be read: %w", err)
	case len(messages) == 0:
		return nil, fault.Invalid("the array is empty: send at least one event, such as [%s]", exampleMessage)
	default:
		return messages, nil
	}
}

const exampleMessage = `{"type":"card_added","data":{"title":"Coffee"}}`

// checkJSON says where a body is not JSON, if anywhere, and what to send instead.
func checkJSON(body []byte, instead string) error {
	var raw json.RawMessage

	err := json.Unmarshal(body, &raw)
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fault.Invalid("the body is not JSON (byte %d: %w): %s", syntax.Offset, err, instead)
	}

	return err
}

// parseMessage reads one event. wire reads whole CloudEvents, so what may be left
// out is put in first.
func parseMessage(stream event.Stream, message []byte) (event.Draft, error) {
	m, err := readMessage(message)
	if err != nil {
		return event.Draft{}, err
	}

	_, draft, err := wire.ParseCloudEvent(m.whole(message))
	if err != nil {
		return event.Draft{}, err
	}

	draft.Origin, draft.Recorded = event.Native, time.Time{}
	if !m.id {
		draft.ID = "" // the log gives one
	}

	if m.sourceEnd > 0 {
		err = m.keepSource(stream, message, &draft)
	}

	return draft, err
}

// message says which attributes that a CloudEvent must have an event has, and
// where the value of its source stands.
type message struct {
	specVersion, id, typ   bool
	sourceStart, sourceEnd int64
}

// readMessage looks at the attributes of an event. One that is null is not there.
func readMessage(text []byte) (message, error) {
	var m message
	if text[0] != '{' {
		return m, fault.Invalid("%.40s is not an event: send an object, such as %s", text, exampleMessage)
	}

	in := json.NewDecoder(bytes.NewReader(text))
	_, err := in.Token() // the brace

	for err == nil && in.More() {
		var (
			name  json.Token
			value json.RawMessage
		)

		name, err = in.Token()
		if err == nil {
			err = in.Decode(&value)
		}

		if err == nil && value[0] != 'n' {
			m.see(name, in.InputOffset()-int64(len(value)), in.InputOffset())
		}
	}

	switch {
	case err != nil:
		return m, fault.Invalid("the event cannot be read: %w", err)
	case !m.typ:
		return m, fault.Invalid("type is missing: say what happened, such as %s", exampleMessage)
	default:
		return m, nil
	}
}

// see remembers an attribute and where its value stands.
func (m *message) see(name json.Token, start, end int64) {
	switch name {
	case "specversion":
		m.specVersion = true
	case "id":
		m.id = true
	case "type":
		m.typ = true
	case "source":
		m.sourceStart, m.sourceEnd = start, end
	}
}

// anySource stands for the source of an event: the path of the request names its
// stream.
const anySource = `"/category:id"`

// whole returns the event with all that a CloudEvent must have.
func (m *message) whole(text []byte) []byte {
	out := make([]byte, 0, len(text)+80)
	out = append(out, '{')
	if !m.specVersion {
		out = append(out, `"specversion":"1.0",`...)
	}

	if !m.id {
		out = append(out, `"id":"1",`...)
	}

	if m.sourceEnd == 0 {
		out = append(append(out, `"source":`+anySource+`,`...), text[1:]...)

		return out
	}

	out = append(out, text[1:m.sourceStart]...)
	out = append(out, anySource...)

	return append(out, text[m.sourceEnd:]...)
}

// keepSource keeps a source that does not name the stream, in the meta, where
// wire keeps attributes that Recount has no place for.
func (m *message) keepSource(stream event.Stream, text []byte, to *event.Draft) error {
	source := text[m.sourceStart:m.sourceEnd]
	if source[0] != '"' {
		return fault.Invalid("source %.40s is not a string: leave it out, or put it into quotes", source)
	}

	named, _, err := wire.ParseCloudEvent(slices.Concat([]byte(`{"specversion":"1.0","id":"1","type":"t","source":`), source, []byte("}")))
	if err == nil && named == stream {
		return nil
	}

	extra, others := make(map[string]json.RawMessage), make(map[string]json.RawMessage)
	if len(to.Meta.Extra) > 0 {
		if err := json.Unmarshal(to.Meta.Extra, &extra); err != nil {
			return err
		}
	}

	if kept := extra[keptAttributes]; kept != nil {
		if err := json.Unmarshal(kept, &others); err != nil {
			return fault.Invalid("recountmeta has %.40s as %s, where an object belongs: rename it", kept, keptAttributes)
		}
	}

	others["source"] = json.RawMessage(source)
	if extra[keptAttributes], err = json.Marshal(others); err == nil {
		to.Meta.Extra, err = json.Marshal(extra)
	}

	return err
}

// keptAttributes is the key of the meta for attributes that Recount has no place
// for.
const keptAttributes = "cloudevents"
