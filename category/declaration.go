package category

import (
	"time"

	"github.com/recountdev/recount/auth"
)

// Declaration says what a category is.
type Declaration struct {
	// Events are the types of events that have more to say than their name.
	// Others are accepted, too, unless Unknown says otherwise.
	Events map[string]EventType
	// Signals are the names that clients may broadcast without storing them.
	Signals []string
	// Presence says that who is on a topic is shown to the others.
	Presence bool
	// Unknown says what happens to types that Events does not have. Defaults to
	// Accept.
	Unknown Unknown
	// Commands are the names of commands. A category that has some takes no
	// events from outside, except of the types in Open.
	Commands []string
	// Open are the types that a category with commands takes from outside.
	Open []string
	// Guards decide who may do what.
	Guards Guards
}

// EventType says what events of a type are like. The zero value says nothing.
type EventType struct {
	// Schema is the JSON Schema (2020-12) of the data. Defaults to none: any
	// data, and none, are as good.
	Schema []byte
	// SchemaPath says where the schema comes from, for messages about it.
	SchemaPath string
	// LiveOnly says that the events are no part of the history that a newcomer
	// gets.
	LiveOnly bool
	// Throttle says which repeats of an event count as one. Defaults to none.
	Throttle *Throttle
}

// Throttle makes repeats of an event within a window count as the first. They
// are stored all the same.
type Throttle struct {
	// Within is how long the window is. Required.
	Within time.Duration
	// By are the properties that must be the same beside the type: "actor",
	// "subject". Defaults to both.
	By []string
	// Sliding says that every repeat begins the window anew. Defaults to false:
	// the window begins with the first.
	Sliding bool
}

// Guards decide who may do what in a category. A guard that is nil lets everybody
// do what the category declares, and nobody but admins watch all its streams at
// once; in a category of the system's own, it lets nobody in but admins. Read
// defaults to Join: who may not join a stream may not read it elsewhere.
type Guards struct {
	Join, Append, Signal, Read, Watch, Dispatch auth.Guard
}

// withDefaults returns the guards with Read filled in.
func (g *Guards) withDefaults() Guards {
	with := *g
	if with.Read == nil {
		with.Read = with.Join
	}

	return with
}

// of returns the guard of an operation, or nil, and whether there is such an
// operation at all.
func (g *Guards) of(o auth.Operation) (auth.Guard, bool) {
	switch o {
	case auth.Join:
		return g.Join, true
	case auth.Append:
		return g.Append, true
	case auth.Signal:
		return g.Signal, true
	case auth.Read:
		return g.Read, true
	case auth.Watch:
		return g.Watch, true
	case auth.Dispatch:
		return g.Dispatch, true
	default:
		return nil, false
	}
}

// Unknown says what happens to events of a type that is not declared.
type Unknown uint8

// What can happen to them.
const (
	// Accept takes them with any data.
	Accept Unknown = iota
	// Reject refuses them.
	Reject
)
