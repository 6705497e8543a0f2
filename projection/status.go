package projection

import (
	"time"

	"github.com/recountdev/recount/event"
)

// State says what a projection is doing.
type State string

// The states.
const (
	// Live: it has seen the end of the log.
	Live State = "live"
	// CatchingUp: it can be read, and is behind.
	CatchingUp State = "catching up"
	// Building: it is made anew, and cannot be read yet, or shows what another
	// declaration or another log made of the events.
	Building State = "building"
	// Stopped: it failed, and will try again.
	Stopped State = "stopped"
	// Paused: somebody paused it.
	Paused State = "paused"
)

// Status is how a projection is.
type Status struct {
	// Name and Version are those of its definition.
	Name    string
	Version int
	// State says what it is doing.
	State State
	// Progress is that of the generation that readers see; if State is Building,
	// that of the one that is built.
	Progress
	// Rebuild is the progress of a generation that is built beside the live one,
	// or nil.
	Rebuild *Progress
	// Skipped are the events that it was told to leave out, in order of position.
	Skipped []Skipped
	// Streams are those that are to be rebuilt alone, sorted.
	Streams []StreamRebuild
}

// Progress says how far a generation is.
type Progress struct {
	// Generation is its number: 1, 2, 3 …
	Generation int
	// Position is how far it has come.
	Position event.Position
	// Head is the end of the log, when that was looked at last.
	Head event.Position
	// Lag is how many events it is behind, as the positions tell.
	Lag uint64
	// Rate is how many events it goes through in a second, on the average of the
	// last few.
	Rate float64
	// Left is how long the rest will take at this rate; 0 if there is none, or
	// no telling.
	Left time.Duration
	// Failure says why it stopped, or is nil.
	Failure *Failure
}

// Failure says why and where a generation stopped.
type Failure struct {
	// Error is the message.
	Error string
	// Position, Stream, Version and Type are those of the event that could not
	// be projected. They are zero if it was not for an event.
	Position event.Position
	Stream   event.Stream
	Version  event.Version
	Type     string
	// Attempts is how often it failed there in a row.
	Attempts int
	// Since is when it stopped.
	Since time.Time
}

// Skipped is an event that a projection was told to leave out.
type Skipped struct {
	Position event.Position
	// Error is what the handler said about it.
	Error string
	// At is when that was said.
	At time.Time
}

// StreamRebuild is a stream that is to be rebuilt alone.
type StreamRebuild struct {
	Stream event.Stream
	// Error says why it failed; "" means that it is waiting.
	Error string
}
