package event

import (
	"bytes"
	"time"
)

// Event is one fact that a log has recorded. It never changes. Its byte slices
// are shared with other readers and must not be modified; Clone gives a copy
// that shares nothing.
type Event struct {
	// ID names the event for ever. It is unique in its log.
	ID ID
	// Stream is the stream that the event belongs to.
	Stream Stream
	// Version is the event's place in its stream, from 1, without gaps.
	Version Version
	// Position is the event's place in the whole log.
	Position Position
	// Type is a verb in the past tense, such as card_added.
	Type string
	// Time is when it happened, by the word of the caller, else by the clock
	// of the log; UTC, whole milliseconds.
	Time time.Time
	// Recorded is when a log first took the event; UTC, whole milliseconds. It
	// never runs backwards within a stream. An import keeps it.
	Recorded time.Time
	// Actor is who did it, or "".
	Actor string
	// Subject is what it is about within the stream, or "".
	Subject string
	// ContentType is the media type of Data; "" means application/json.
	ContentType string
	// Data is the payload, byte for byte as it was given; empty means absent.
	Data []byte
	// Meta says how the event came about.
	Meta Meta
	// Origin says how the event came into this log.
	Origin Origin
}

// Clone returns a copy of e that shares no memory with it.
func (e *Event) Clone() Event {
	c := *e
	c.Data = bytes.Clone(e.Data)
	c.Meta.Extra = bytes.Clone(e.Meta.Extra)

	return c
}

// IsJSON reports whether Data is JSON text.
func (e *Event) IsJSON() bool { return IsJSON(e.ContentType) }

// Origin says how an event came into its log. Reactors and counts leave out
// whatever is not Native, unless told otherwise.
type Origin uint8

// The ways into a log.
const (
	// Native events happened here.
	Native Origin = iota
	// Imported events were exported by another log.
	Imported
	// Copied events were taken over from another stream of the same log.
	Copied
	// Forked events are the history that a forked stream began with.
	Forked
)

// String returns the origin's name in lower case.
func (o Origin) String() string {
	switch o {
	case Native:
		return "native"
	case Imported:
		return "imported"
	case Copied:
		return "copied"
	case Forked:
		return "forked"
	default:
		return "unknown"
	}
}
