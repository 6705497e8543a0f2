package aggregate

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
)

// Decider decides commands of one name. All methods are safe for concurrent use.
type Decider[S, C, R any] struct {
	kind *kind
	of   *command
}

// Command says how an aggregate decides a command: C is its input, R its result.
// decide emits events through its scope, or returns an error that refuses the
// command: the caller reads its message, with fault.CodeRejected unless it has a
// code of its own. decide may be called again for the same command, on a newer
// state. C and R cross the wire as JSON.
func Command[S, C, R any](d *Definition[S], name string, decide func(s Scope[S], input C) (R, error)) *Decider[S, C, R] {
	return &Decider[S, C, R]{&d.of, d.of.command(name, false, decider(decide), decodeInput[C])}
}

// Creation is like Command, for a command that creates an aggregate: it is
// decided on a state without events, and gets the next number of the category as
// its ID: the first stream is account:1. Numbers have no gaps: a refusal takes
// none. Number, reservations and first events are one append.
func Creation[S, C, R any](d *Definition[S], name string, decide func(s Scope[S], input C) (R, error)) *Creator[S, C, R] {
	return &Creator[S, C, R]{&d.of, d.of.command(name, true, decider(decide), decodeInput[C])}
}

// Creator decides commands that create numbered aggregates. All methods are safe
// for concurrent use.
type Creator[S, C, R any] struct {
	kind *kind
	of   *command
}

// Result says what came of a command.
type Result[R any] struct {
	// Value is what the decider returned.
	Value R
	// Stream that decided.
	Stream event.Stream
	// Version of the stream after the command.
	Version event.Version
	// Position up to which a reader must have come to see what the command did.
	Position event.Position
	// Repeated says that the stream had taken the command before.
	Repeated bool
}

// Do sends the command to the aggregate of a stream and waits until what it did
// is durable. It fails with what decide refused it with; with fault.CodeConflict
// if the ID was used for another input; with fault.CodeUnavailable if the outcome
// is not known: then the same command with the same ID finds out. If ctx ends
// first, the command may still happen.
func (d *Decider[S, C, R]) Do(ctx context.Context, h Host, stream event.Stream, input C, extras ...Extra) (Result[R], error) {
	return do[R](ctx, h, d.kind, d.of, stream, input, extras)
}

// In decides the command as a part of another one, in whose scope the caller is:
// all happens, or nothing.
func (d *Decider[S, C, R]) In(s Scope[S], input C) (R, error) {
	return typed[R](d.of.decide(s.turn, input))
}

// Do creates the next aggregate of the category; see Decider.Do.
func (c *Creator[S, C, R]) Do(ctx context.Context, h Host, input C, extras ...Extra) (Result[R], error) {
	return do[R](ctx, h, c.kind, c.of, sequenceOf(c.kind.category), input, extras)
}

// Host has a runtime: a *Runtime itself, or an App.
type Host interface{ Aggregates() *Runtime }

// Extra says more about one command.
type Extra func(*call)

// WithID makes the command idempotent: a stream that has taken a command with
// this ID answers as it did then, for ever.
func WithID(id string) Extra { return func(c *call) { c.id = id } }

// WithActor says who wants it.
func WithActor(actor string) Extra { return func(c *call) { c.actor = actor } }

// WithCorrelation names the conversation that the command belongs to.
func WithCorrelation(id string) Extra { return func(c *call) { c.correlation = id } }

// WithCausation names the event or command that caused this one.
func WithCausation(id string) Extra { return func(c *call) { c.causation = id } }

// command is a decider without its type parameters.
type command struct {
	name string
	// creates says that the command is for streams that get their number by it.
	creates bool
	decide  func(t *turn, input any) (any, error)
	decode  func(data []byte) (any, error)
	// meta says in the first event which command it was, where there is no more
	// to say.
	meta []byte
}

// command declares a command.
func (k *kind) command(name string, creates bool, decide func(*turn, any) (any, error), decode func([]byte) (any, error)) *command {
	if err := (event.Limits{}).CheckDraft(&event.Draft{Type: name}); err != nil || strings.HasPrefix(name, "$") {
		k.wrongf("command %q is no name: give one without control characters that does not start with $", name)
	}

	if _, twice := k.commands[name]; twice {
		k.wrongf("command %q is declared twice", name)
	}

	quoted, _ := json.Marshal(name) //nolint:errchkjson // a string
	c := &command{name: name, creates: creates, decide: decide, decode: decode, meta: []byte(`{"` + commandKey + `":{"name":` + string(quoted) + `}}`)}
	k.commands[name] = c

	return c
}

func decider[S, C, R any](decide func(s Scope[S], input C) (R, error)) func(*turn, any) (any, error) {
	return func(t *turn, input any) (any, error) {
		in, _ := input.(C) // nil, where C is an interface

		return decide(Scope[S]{t}, in)
	}
}

// do sends a command and waits.
func do[R any](ctx context.Context, h Host, k *kind, of *command, stream event.Stream, input any, extras []Extra) (Result[R], error) {
	c := &call{command: of, input: input}
	for _, extra := range extras {
		extra(c)
	}

	var nothing Result[R]

	got, err := h.Aggregates().submit(ctx, k, stream, c)
	if err != nil {
		return nothing, err
	}

	out := Result[R]{Stream: got.stream, Version: got.version, Position: got.position, Repeated: got.repeated}
	if !got.repeated {
		out.Value, _ = got.value.(R) // nil, where R is an interface

		return out, nil
	}

	var value R // of its own, because it escapes
	if err := json.Unmarshal(got.result, &value); err != nil {
		return nothing, fault.Internal("command %s: the result of the first time cannot be read: %w", of.name, err)
	}

	out.Value = value

	return out, nil
}

func typed[R any](value any, err error) (R, error) {
	of, _ := value.(R) // nil, where R is an interface

	return of, err
}
