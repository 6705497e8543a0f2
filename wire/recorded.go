package wire

import (
	"strconv"

	"github.com/recountdev/recount/event"
)

// ParseRecorded reads an event that a log has recorded: a CloudEvent that
// AppendCloudEvent wrote, with its version, position and recorded time. It is
// for clients of the HTTP API; ParseCloudEvent reads what is yet to be
// recorded.
//
// The event shares memory with line. Its origin is Native, because CloudEvents
// do not tell. Errors have fault.CodeInvalid, name the attribute, and say what
// to do.
func ParseRecorded(line []byte) (event.Event, error) {
	var c cloudEvent
	if err := c.parse(line); err != nil {
		return event.Event{}, err
	}

	stream, d, err := c.draft()
	if err != nil {
		return event.Event{}, err
	}

	version, err := placeNumber("streamversion", c.version)
	if err != nil {
		return event.Event{}, err
	}

	position, err := placeNumber("position", c.position)
	if err != nil {
		return event.Event{}, err
	}

	if d.Recorded.IsZero() {
		return event.Event{}, notRecorded("recordedtime")
	}

	e := event.Event{
		ID:          d.ID,
		Stream:      stream,
		Version:     event.Version(version),
		Position:    event.PositionAt(position),
		Type:        d.Type,
		Time:        d.Time,
		Recorded:    d.Recorded,
		Actor:       d.Actor,
		Subject:     d.Subject,
		ContentType: d.ContentType,
		Data:        d.Data,
		Meta:        d.Meta,
	}
	if e.Time.IsZero() {
		e.Time = e.Recorded
	}

	return e, nil
}

// placeNumber returns the number of a version or position, which is never 0.
func placeNumber(name string, value []byte) (uint64, error) {
	if value == nil {
		return 0, notRecorded(name)
	}

	n, err := strconv.ParseUint(string(value[1:len(value)-1]), 10, 64)
	if err != nil || n == 0 {
		return 0, invalid(name, "is %.40s, which no log gives: take the line as a log wrote it", value)
	}

	return n, nil
}

func notRecorded(name string) error {
	return invalid(name, "is missing or not as a log writes it: take the line as a log wrote it, with streamversion, position and recordedtime")
}
