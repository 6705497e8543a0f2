package aggregate

import (
	"context"
	"time"

	"github.com/recountdev/recount/event"
)

// Scope is what a decider sees and may do. It ends when decide returns, and
// belongs to the goroutine that decides.
type Scope[S any] struct{ turn *turn }

// State returns the state with the events that were emitted so far. What it
// points at must not be changed or kept: emit an event.
func (s Scope[S]) State() S {
	return *s.turn.settled().(*S) //nolint:errcheck // made by the definition
}

// Version returns the version of the stream with the events that were emitted so
// far; 0 if it has none.
func (s Scope[S]) Version() event.Version {
	return s.turn.version + event.Version(len(s.turn.own))
}

// Stream returns the stream that decides; its ID is the number of what a
// Creation makes.
func (s Scope[S]) Stream() event.Stream { return s.turn.stream }

// Actor returns who wants it, or "".
func (s Scope[S]) Actor() string { return s.turn.call.actor }

// Now returns the time at which the command is decided.
func (s Scope[S]) Now() time.Time { return s.turn.now }

// Context ends when the program does.
func (s Scope[S]) Context() context.Context { return s.turn.ctx }

// Emit says that an event happened: a value of a type that an On has, or a Fact
// with one. It is recorded when decide returns nil.
func (s Scope[S]) Emit(e any) { s.turn.emit(e) }

// EmitTo says that an event happened in another stream, in the same append: a
// value of a type that the definition of that stream knows or else this one, a
// Fact with one, or an event.Draft. It expects nothing of that stream.
func (s Scope[S]) EmitTo(stream event.Stream, e any) { s.turn.emitTo(stream, e) }

// Reserve claims a value for this stream, so that no other can have it: it fails
// with a *TakenError if another one holds it now. Reserving again what the
// stream holds changes nothing. The value is normalised as its Key says; Package
// option Keys has them by kind.
func (s Scope[S]) Reserve(kind, value string) error { return s.turn.reserve(kind, value) }

// Release gives a value back that this stream has reserved; it fails with
// fault.CodeConflict if it does not hold it.
func (s Scope[S]) Release(kind, value string) error { return s.turn.release(kind, value) }

// Fact is an event with more to say than its data.
type Fact struct {
	// Event is the value. Required.
	Event any
	// Subject is what it is about within the stream. Defaults to nothing.
	Subject string
	// Time is when it happened. Defaults to the time at which it is recorded.
	Time time.Time
}
