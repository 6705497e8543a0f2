package wire

import (
	"bytes"
	"strconv"

	"github.com/recountdev/recount/event"
)

// AppendEvent appends e to dst in the form that clients get, with its stream:
//
//	{"stream":"meeting:42","id":"…","version":3,"position":"0000000000000017",
//	"type":"card_added","time":"…","recorded":"…","actor":"ada","data":{…}}
//
// subject, data and meta stand only where there is any. The meta is one object:
// correlation, causation, and the members of the rest. Data that is not JSON
// stands as data_base64 beside its datacontenttype. It is one line: line breaks
// between the tokens of JSON data become spaces.
func AppendEvent(dst []byte, e *event.Event) []byte {
	dst = append(dst, `{"stream":`...)
	dst = appendString(dst, string(e.Stream))

	return appendRest(append(dst, ','), e)
}

// AppendTopicEvent appends e as AppendEvent does, but without its stream: the
// form for those who know it, because they joined its topic.
func AppendTopicEvent(dst []byte, e *event.Event) []byte {
	return appendRest(append(dst, '{'), e)
}

// AppendEvents appends the payload of an events push:
//
//	{"events":[…],"upto":17}
//
// upto is how far the push covers its topic, at least the place of its last
// event. On the topic of one stream that is a version, and events stand without
// their stream. With withStream it is the topic of a category: events name their
// stream, and upto is the number of a position, which clients get as text.
func AppendEvents(dst []byte, events []event.Event, upto uint64, withStream bool) []byte {
	dst = append(dst, `{"events":[`...)
	for i := range events {
		if i > 0 {
			dst = append(dst, ',')
		}

		if withStream {
			dst = AppendEvent(dst, &events[i])
		} else {
			dst = AppendTopicEvent(dst, &events[i])
		}
	}

	dst = append(dst, `],"upto":`...)
	if !withStream {
		return append(strconv.AppendUint(dst, upto, 10), '}')
	}

	dst = event.PositionAt(upto).AppendTo(append(dst, '"'))

	return append(dst, '"', '}')
}

// appendRest appends what follows the stream, up to the closing brace.
func appendRest(dst []byte, e *event.Event) []byte {
	dst = append(dst, `"id":`...)
	dst = appendString(dst, string(e.ID))
	dst = appendName(dst, "version")
	dst = strconv.AppendUint(dst, uint64(e.Version), 10)
	dst = append(dst, `,"position":"`...)
	dst = e.Position.AppendTo(dst)
	dst = append(dst, '"')
	dst = appendName(dst, "type")
	dst = appendString(dst, e.Type)
	dst = appendName(dst, "time")
	dst = appendTime(dst, e.Time)
	dst = appendName(dst, "recorded")
	dst = appendTime(dst, e.Recorded)
	dst = appendName(dst, "actor")
	dst = appendString(dst, e.Actor)
	dst = appendMember(dst, "subject", e.Subject)
	if e.ContentType != jsonType {
		dst = appendMember(dst, "datacontenttype", e.ContentType)
	}

	switch {
	case len(e.Data) == 0:
	case e.IsJSON():
		dst = appendName(dst, "data")
		dst = appendOneLine(dst, e.Data)
	default:
		dst = appendBase64(dst, e.Data)
	}

	if !e.Meta.IsZero() {
		dst = appendName(dst, "meta")
		dst = appendMeta(dst, &e.Meta)
	}

	return append(dst, '}')
}

// appendMeta appends the meta as one object.
func appendMeta(dst []byte, m *event.Meta) []byte {
	start := len(dst)
	dst = appendMember(dst, "correlation", m.Correlation)
	dst = appendMember(dst, "causation", m.Causation)
	if extra := bytes.TrimSpace(m.Extra); len(extra) > 2 {
		if inner := bytes.TrimSpace(extra[1 : len(extra)-1]); len(inner) > 0 {
			dst = append(dst, ',')
			dst = appendOneLine(dst, inner)
		}
	}

	if len(dst) == start {
		return append(dst, '{', '}')
	}

	dst[start] = '{' // in place of the first comma

	return append(dst, '}')
}
