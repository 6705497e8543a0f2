package aggregate

import (
	"encoding/json"

	"github.com/recountdev/recount/event"
)

// Request is a command as it comes from outside.
type Request struct {
	// Stream is the aggregate that should decide. Of a command that creates, it
	// is the category with [Next] as the ID: "account:$next".
	Stream event.Stream
	// Command is its name.
	Command string
	// Data is the input as JSON. Empty means the zero value.
	Data json.RawMessage
	// ID makes the command idempotent: a stream that has taken a command with
	// this ID answers as it did then. Defaults to none.
	ID string
	// Actor is who wants it.
	Actor string
	// Correlation and Causation go into the meta of the events.
	Correlation, Causation string
}

// Next stands for the number that a sequence gives next, in the place of the ID
// of a stream: a command that creates is sent to "account:$next".
const Next = "$next"

// Answer says what came of a command.
type Answer struct {
	// Stream that decided; of a command that creates, the new one.
	Stream event.Stream
	// Result is what the decider returned, as JSON; null if it is nothing.
	Result json.RawMessage
	// Version of the stream after the command.
	Version event.Version
	// Position up to which a reader must have come to see what the command did.
	Position event.Position
	// Repeated says that the stream had taken the command before.
	Repeated bool
}

// View is what an aggregate shows of its state.
type View struct {
	// State is the view as JSON.
	State json.RawMessage
	// Version that it is of; 0 if there is no such stream.
	Version event.Version
}
