package wire

import (
	"bytes"
	"encoding/base64"
	"strconv"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/internal/jsonscan"
)

// AppendCloudEvent appends e to dst as a CloudEvent 1.0 in JSON: one line,
// without the line break at its end.
//
// The source is "/" and the percent-encoded stream. Beside CloudEvents' own
// attributes stand the extensions streamversion and position (strings, because
// integers end at 2^31 there), recordedtime, actor, correlationid, causationid,
// and recountmeta, which is the rest of the meta as a JSON string.
//
// JSON data is embedded byte for byte as data. It goes as data_base64, like
// data that is not JSON, only if a line could not keep its bytes: if it has line
// breaks or white space around it, or is nested so deeply that parsers refuse
// it inside another object.
func AppendCloudEvent(dst []byte, e *event.Event) []byte {
	dst = append(dst, `{"specversion":"1.0","id":`...)
	dst = appendString(dst, string(e.ID))
	dst = append(dst, `,"source":"`...)
	dst = appendSource(dst, e.Stream)
	dst = append(dst, `","type":`...)
	dst = appendString(dst, e.Type)
	dst = appendMember(dst, "subject", e.Subject)
	dst = append(dst, `,"time":`...)
	dst = appendTime(dst, e.Time)

	embedded := len(e.Data) == 0 || e.IsJSON() && embeds(e.Data)
	switch {
	case e.ContentType != "" && e.ContentType != jsonType:
		dst = appendMember(dst, "datacontenttype", e.ContentType)
	case !embedded:
		dst = appendMember(dst, "datacontenttype", jsonType)
	}

	dst = append(dst, `,"streamversion":"`...)
	dst = strconv.AppendUint(dst, uint64(e.Version), 10)
	dst = append(dst, `","position":"`...)
	dst = e.Position.AppendTo(dst)
	dst = append(dst, `","recordedtime":`...)
	dst = appendTime(dst, e.Recorded)
	dst = appendMember(dst, "actor", e.Actor)
	dst = appendMember(dst, "correlationid", e.Meta.Correlation)
	dst = appendMember(dst, "causationid", e.Meta.Causation)
	if len(e.Meta.Extra) > 0 {
		dst = append(dst, `,"recountmeta":`...)
		dst = appendString(dst, []byte(e.Meta.Extra))
	}

	switch {
	case len(e.Data) == 0:
	case embedded:
		dst = append(dst, `,"data":`...)
		dst = append(dst, e.Data...)
	default:
		dst = appendBase64(dst, e.Data)
	}

	return append(dst, '}')
}

// jsonType is the media type of data that states none.
const jsonType = "application/json"

// appendBase64 appends data as the member data_base64.
func appendBase64(dst, data []byte) []byte {
	dst = append(dst, `,"data_base64":"`...)
	dst = base64.StdEncoding.AppendEncode(dst, data)

	return append(dst, '"')
}

// embeds reports whether JSON text keeps its bytes inside the line of an event.
func embeds(text []byte) bool {
	return !jsonscan.IsSpace(text[0]) && !jsonscan.IsSpace(text[len(text)-1]) &&
		bytes.IndexByte(text, '\n') < 0 && bytes.IndexByte(text, '\r') < 0 &&
		!deeperThan(text, maxDepth)
}

// maxDepth is how deeply data may be nested inside an event, which is one level
// itself.
const maxDepth = jsonscan.MaxDepth - 1

// deeperThan reports whether JSON text is nested more deeply than limit.
func deeperThan(text []byte, limit int) bool {
	if len(text) < 2*limit || bytes.Count(text, []byte("["))+bytes.Count(text, []byte("{")) <= limit {
		return false
	}

	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			i = endOfString(text, i) - 1
		case '[', '{':
			depth++
			if depth > limit {
				return true
			}
		case ']', '}':
			depth--
		}
	}

	return false
}
