package aggregate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"runtime/debug"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

// turn is the decision of one command: what it sees, and what it has done so far.
// It belongs to the goroutine of the aggregate.
type turn struct {
	round  *round
	call   *call
	ctx    context.Context //nolint:containedctx // given to the decider
	now    time.Time
	kind   *kind
	stream event.Stream

	// state has folded events of the version and those of own.
	state   any
	version event.Version
	folded  int

	own    []Fact // begins in first
	first  [1]Fact
	others []addressed
	undo   []claim
	// reads are the reservations that the decider has asked for, as they were
	// before it changed any.
	reads   []claim
	touched bool  // state is perhaps not as it was
	err     error // makes the command fail whatever the decider says
}

// addressed is an event for another stream.
type addressed struct {
	stream event.Stream
	expect store.Expectation
	draft  event.Draft
}

// settled returns the state with all events folded.
func (t *turn) settled() any {
	if t.folded == len(t.own) {
		return t.state
	}

	t.fold()

	return t.state
}

func (t *turn) fold() {
	for ; t.folded < len(t.own); t.folded++ {
		t.touched = true
		e := t.own[t.folded].Event
		t.kind.folds[reflect.TypeOf(e)].apply(t.state, e)
	}
}

// fail remembers why the command cannot happen, whatever the decider says.
func (t *turn) fail(err error) {
	if t.err == nil {
		t.err = err
	}
}

// factOf returns an event as a fact.
func factOf(e any) Fact {
	if fact, ok := e.(Fact); ok {
		return fact
	}

	return Fact{Event: e}
}

func (t *turn) emit(e any) {
	fact := factOf(e)
	f, known := t.kind.folds[reflect.TypeOf(fact.Event)]
	if !known {
		t.fail(fault.Internal("aggregate %q: emits a %T, which is no event of it: declare it by On", t.kind.category, fact.Event))

		return
	}

	if t.own == nil {
		t.own = t.first[:0]
	}

	if f.again != nil {
		var err error
		if fact.Event, err = f.again(fact.Event); err != nil {
			t.fail(fault.Internal("event %s cannot be encoded: %w", f.name, err))

			return
		}
	}

	t.own = append(t.own, fact)
}

func (t *turn) emitTo(stream event.Stream, e any) {
	if stream == t.stream {
		t.emit(e)

		return
	}

	if stream.IsSystem() {
		t.fail(fault.Internal("aggregate %q: emits to %s: streams that start with $ are the system's own", t.kind.category, stream))

		return
	}

	draft, raw := e.(event.Draft)
	if !raw {
		fact := factOf(e)
		f, known := t.round.runtime.foldFor(stream, t.kind, reflect.TypeOf(fact.Event))
		if !known {
			t.fail(fault.Internal("aggregate %q: emits a %T to %s, which is an event of neither: declare it by On, or emit an event.Draft", t.kind.category, fact.Event, stream))

			return
		}

		var err error
		if draft, err = draftOf(f.name, &fact); err != nil {
			t.fail(err)

			return
		}
	}

	t.others = append(t.others, addressed{stream: stream, draft: draft})
}

// draftOf encodes a fact.
func draftOf(name string, f *Fact) (event.Draft, error) {
	data, err := json.Marshal(f.Event)
	if err != nil {
		return event.Draft{}, fault.Internal("event %s cannot be encoded: %w", name, err)
	}

	if bytes.Contains(data, []byte(`\ufffd`)) && !isText(f.Event) {
		return event.Draft{}, fault.Invalid("event %s has text that is not UTF-8: encode it as UTF-8", name)
	}

	return event.Draft{Type: name, Data: data, Subject: f.Subject, Time: f.Time}, nil
}

// isText reports whether all text of an event, which was encoded before, is UTF-8.
func isText(e any) bool {
	again := reflect.New(reflect.TypeOf(e))
	data, err := json.Marshal(e)

	return err == nil && json.Unmarshal(data, again.Interface()) == nil && reflect.DeepEqual(again.Elem().Interface(), e)
}

// PanicError says that user code panicked.
type PanicError struct {
	// Command that failed.
	Command string
	// Value that the code panicked with.
	Value any
	// Stack is where.
	Stack []byte
}

// Error names the command and the value.
func (e *PanicError) Error() string { return fmt.Sprintf("command %s: panic: %v", e.Command, e.Value) }

// FaultCode returns the code that package fault gives this error.
func (*PanicError) FaultCode() string { return string(fault.CodeInternal) }

// recovered makes a panic of user code an error. It is deferred.
func (t *turn) recovered(err *error) {
	if p := recover(); p != nil {
		*err = &PanicError{Command: t.call.command.name, Value: p, Stack: debug.Stack()}
	}
}

// decide runs the decider, and folds what it emitted, so that an event which
// cannot be folded is never recorded.
func (t *turn) decide() (value any, err error) {
	defer t.recovered(&err)

	if t.state == nil { // of an aggregate that is created
		t.state = t.kind.fresh()
	}

	value, err = t.call.command.decide(t, t.call.input)

	switch {
	case t.err != nil:
		return nil, t.err
	case err != nil:
		return nil, refusal(err)
	}

	t.fold()

	return value, nil
}

// refusal gives an error without a code the code of a refusal.
func refusal(err error) error {
	if _, coded := errors.AsType[interface {
		error
		FaultCode() string
	}](err); coded || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}

	return fault.Rejected("%w", err)
}
