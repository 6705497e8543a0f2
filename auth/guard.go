package auth

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
)

// Operation is what a caller wants to do.
type Operation string

// The operations that guards decide.
const (
	Join     Operation = "join"     // subscribe to the topic of a stream
	Append   Operation = "append"   // append an event
	Signal   Operation = "signal"   // send a signal to who is there
	Read     Operation = "read"     // read a stream
	Watch    Operation = "watch"    // subscribe to a whole category
	Dispatch Operation = "dispatch" // send a command
	Query    Operation = "query"    // run a named query
)

// Request is what a guard decides.
type Request struct {
	// Operation is what is to be done.
	Operation Operation
	// Caller is who wants it; nil is nobody.
	Caller *Caller
	// Stream is where. For Watch it is the category with :*, as in meeting:*; for
	// a command that creates a stream, the category with :$next.
	Stream event.Stream
	// Type and Subject are those of the event or signal, for Append and
	// Signal. For Dispatch, Type is the name of the command.
	Type, Subject string
	// Data is the data of the event or signal, or the input of the command, as
	// JSON, for Append, Signal and Dispatch. It may be empty.
	Data []byte
}

// Guard decides a request: nil allows it, an error refuses it. An error without
// a code means CodeForbidden; see Decide. A guard must be safe for concurrent
// use, must not change the request, and must not keep it.
type Guard func(ctx context.Context, r *Request) error

// Decide asks the guard. An error without a code becomes one with
// CodeForbidden, so that the caller reads what the guard says; that of a
// context that ended stays what it is.
func (g Guard) Decide(ctx context.Context, r *Request) error {
	err := g(ctx, r)
	if err == nil {
		return nil
	}

	if _, coded := errors.AsType[interface {
		error
		FaultCode() string
	}](err); coded {
		return err
	}

	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}

	return fault.Forbidden("%s is forbidden: %w", r.what(), err)
}

// Allow is the guard that allows everything.
func Allow(context.Context, *Request) error { return nil }

// Refuse is the guard that refuses everything.
func Refuse(_ context.Context, r *Request) error { return r.refused() }

// refused is the error of a guard that says no.
func (r *Request) refused() error {
	who := "nobody"

	switch c := r.Caller; {
	case c == nil || c.ID == "":
	case c.Role == "":
		who = fmt.Sprintf("%q, who has no role", c.ID)
	default:
		who = fmt.Sprintf("%q, whose role is %q", c.ID, c.Role)
	}

	return fault.Forbidden("%s is forbidden: the guard says no to %s", r.what(), who)
}

// what says in words what is wanted.
func (r *Request) what() string {
	what := string(r.Operation)

	switch r.Operation {
	case Query:
		return what + " " + clip(r.Type)
	case Append, Signal, Dispatch:
		what += " of " + clip(r.Type) + " to "
	case Join, Read, Watch:
		what += " of "
	default:
		what += " of "
	}

	return what + clip(string(r.Stream))
}

// clip quotes a text of somebody else, shortened.
func clip(text string) string {
	const enough = 100
	if len(text) > enough {
		text = text[:enough] + "…"
	}

	return strconv.Quote(text)
}
