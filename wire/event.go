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
	dst = appendMember(dst, "id", string(e.ID))
	dst = appendName(dst, "version")
	dst = strconv.AppendUint(dst, uint64(e.Version), 10)
	dst = append(dst, `,"position":"`...)
	dst = e.Position.AppendTo(dst)
	dst = append(dst, '"')
	dst = appendMember(dst, "type", e.Type)
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
