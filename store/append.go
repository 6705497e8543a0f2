package store

import (
	"fmt"
	"strconv"

	"github.com/recountdev/recount/event"
)

// Batch is the part of an append that goes to one stream.
type Batch struct {
	// Stream is where the drafts go. Several batches of an append may name the
	// same stream.
	Stream event.Stream
	// Expect is what must hold for the stream. Defaults to Anything.
	Expect Expectation
	// Drafts are recorded in this order. None makes the batch a pure check.
	Drafts []event.Draft
}

// Receipt says where an append was recorded.
type Receipt struct {
	// Position of the last event of the append; of an append that records
	// nothing because it only checks, the end of the log. Of one that repeats
	// an earlier one, the greatest position of its events.
	Position event.Position
	// Batches has an entry for every batch of the append, in the same order.
	Batches []Recorded
	// Repeated says that the append had been recorded before.
	Repeated bool
}

// Recorded says where a batch was recorded.
type Recorded struct {
	// Version of the batch's last event; of a pure check, of its stream now.
	Version event.Version
	// IDs of the batch's events, in order.
	IDs []event.ID
}

// Expectation is what an append expects of a stream. The zero value expects
// nothing.
type Expectation struct {
	kind    expectation
	version event.Version
}

type expectation uint8

const (
	anything expectation = iota
	exactly
	someStream
)

// Anything holds always.
func Anything() Expectation { return Expectation{} }

// Exactly holds if the stream's last event has that version; Exactly(0) is
// NoStream.
func Exactly(v event.Version) Expectation { return Expectation{kind: exactly, version: v} }

// NoStream holds if the stream has no event yet.
func NoStream() Expectation { return Exactly(0) }

// SomeStream holds if the stream has an event.
func SomeStream() Expectation { return Expectation{kind: someStream} }

// Holds reports whether a stream at that version is as expected.
func (e Expectation) Holds(actual event.Version) bool {
	switch e.kind {
	case exactly:
		return actual == e.version
	case someStream:
		return actual > 0
	default:
		return true
	}
}

// String returns the expectation in words: "version 3", "no stream".
func (e Expectation) String() string {
	switch {
	case e.kind == exactly && e.version == 0:
		return "no stream"
	case e.kind == exactly:
		return "version " + strconv.FormatUint(uint64(e.version), 10)
	case e.kind == someStream:
		return "some stream"
	default:
		return "anything"
	}
}

// ConflictError says that a stream was not as an append expected.
type ConflictError struct {
	Stream   event.Stream
	Expected Expectation
	// Actual is the stream's version, with what earlier batches of the same
	// append would add; 0 if there is no such stream.
	Actual event.Version
}

// Error names the stream, what was expected, what is, and what to do.
func (e *ConflictError) Error() string {
	actual := "it is at " + Exactly(e.Actual).String()
	if e.Actual == 0 {
		actual = "there is no such stream"
	}

	return fmt.Sprintf("stream %s: expected %s, but %s: read what is new and decide again", e.Stream, e.Expected, actual)
}

// FaultCode returns the code that package fault gives this error.
func (*ConflictError) FaultCode() string { return "conflict" }

// ConflictVersions returns the version that was expected, and that which is, for
// those who report the error; 0 stands for no stream. Where any version but 0
// would have done, 1 was expected.
func (e *ConflictError) ConflictVersions() (expected, actual uint64) {
	expected = uint64(e.Expected.version)
	if e.Expected.kind == someStream {
		expected = 1
	}

	return expected, uint64(e.Actual)
}

// DuplicateError says that the log knows the ID of a draft, and that the
// append is no repetition of the one that brought it.
type DuplicateError struct {
	ID event.ID
	// Stream and Version say where the ID was recorded.
	Stream  event.Stream
	Version event.Version
	// Reason says how this append differs from that one.
	Reason string
}

// Error names the ID, its place, the difference, and what to do.
func (e *DuplicateError) Error() string {
	return fmt.Sprintf("id %s is already recorded in stream %s at version %d, %s: use a new id for a new event", e.ID, e.Stream, e.Version, e.Reason)
}

// FaultCode returns the code that package fault gives this error.
func (*DuplicateError) FaultCode() string { return "conflict" }
