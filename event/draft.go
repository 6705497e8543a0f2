package event

import (
	"encoding/json"
	"time"
)

// Draft is an event that a caller wants appended. Only Type is required.
type Draft struct {
	// Type is a verb in the past tense, such as card_added.
	Type string
	// Data is the payload; JSON unless ContentType says otherwise. Empty means
	// absent, which is not the same as the JSON text null.
	Data []byte
	// ContentType is the media type of Data. Defaults to application/json.
	ContentType string
	// ID makes the append idempotent: appending the same ID with the same
	// content again changes nothing. Defaults to a UUIDv7 made by the log.
	ID ID
	// Actor is who did it.
	Actor string
	// Subject is what it is about within the stream.
	Subject string
	// Time is when it happened, kept in whole milliseconds. Defaults to the
	// time at which the log records it.
	Time time.Time
	// Meta says how the event came about.
	Meta Meta
	// Origin marks events that happened elsewhere or before. Defaults to Native.
	Origin Origin
	// Recorded keeps the time at which another log first took the event. Only
	// a draft whose Origin is not Native may set it, and not to a time before
	// the stream's last event. Defaults to now.
	Recorded time.Time
}

// NewDraft returns a draft of the given type with the JSON encoding of data as
// its payload.
func NewDraft(typ string, data any) (Draft, error) {
	encoded, err := json.Marshal(data)
	if err != nil {
		return Draft{}, &Error{Field: "data", Problem: "of a " + typ + " event cannot be written as JSON: " + err.Error()}
	}

	return Draft{Type: typ, Data: encoded}, nil
}

// Draft returns what was appended to make e, with e's own ID and times, marked
// with an origin: the draft for a copy of e in another stream or log.
func (e *Event) Draft(origin Origin) Draft {
	return Draft{
		Type:        e.Type,
		Data:        e.Data,
		ContentType: e.ContentType,
		ID:          e.ID,
		Actor:       e.Actor,
		Subject:     e.Subject,
		Time:        e.Time,
		Meta:        e.Meta,
		Origin:      origin,
		Recorded:    e.Recorded,
	}
}
