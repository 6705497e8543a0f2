package aggregatetest

import (
	"context"
	"errors"
	"strings"

	"github.com/recountdev/recount/aggregate"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

// Outcome is what came of a command. Its methods fail the test if it is not as
// they say, and return the outcome for the next one.
type Outcome[S, R any] struct {
	scene    *Scene[S]
	result   aggregate.Result[R]
	err      error
	stream   event.Stream
	state    S
	recorded map[event.Stream][]event.Event
}

// When sends a command to the aggregate of the scene; aggregate.WithActor and
// its like say more about it.
func When[S, C, R any](given *Scene[S], command *aggregate.Decider[S, C, R], input C, extras ...aggregate.Extra) *Outcome[S, R] {
	given.tb.Helper()

	return when(given, func(ctx context.Context) (aggregate.Result[R], error) {
		return command.Do(ctx, given.runtime, given.stream, input, extras...)
	})
}

// WhenCreating sends a command that creates an aggregate; the first is number 1.
// Given must not have events of the streams that it creates.
func WhenCreating[S, C, R any](given *Scene[S], command *aggregate.Creator[S, C, R], input C, extras ...aggregate.Extra) *Outcome[S, R] {
	given.tb.Helper()

	return when(given, func(ctx context.Context) (aggregate.Result[R], error) {
		return command.Do(ctx, given.runtime, input, extras...)
	})
}

// when runs a command and finds out what it did.
func when[S, R any](s *Scene[S], do func(context.Context) (aggregate.Result[R], error)) *Outcome[S, R] {
	s.tb.Helper()

	ctx, cancel := context.WithTimeout(s.tb.Context(), patience)
	defer cancel()

	o := &Outcome[S, R]{scene: s, stream: s.stream, recorded: make(map[event.Stream][]event.Event)}

	before, err := s.log.State(ctx)
	if err != nil {
		s.tb.Fatalf("aggregatetest: %v", err)
	}

	o.result, o.err = do(ctx)
	if errors.Is(o.err, context.DeadlineExceeded) {
		s.tb.Fatalf("aggregatetest: the command did not end within %v", patience)
	}

	if o.result.Stream != "" {
		o.stream = o.result.Stream
	}

	for page, err := range s.log.Feed(ctx, before.Head, store.Filter{}) {
		if err != nil {
			s.tb.Fatalf("aggregatetest: %v", err)
		}

		for i := range page.Events {
			e := page.Events[i].Clone()
			o.recorded[e.Stream] = append(o.recorded[e.Stream], e)
		}
	}

	o.checkState(ctx)

	return o
}

// checkState compares the state in memory with that which the log gives.
func (o *Outcome[S, R]) checkState(ctx context.Context) {
	s := o.scene
	s.tb.Helper()

	whole := func(state S) S { return state }

	var err error
	if o.state, _, err = aggregate.Ask(ctx, s.runtime, s.of, o.stream, whole); err != nil {
		s.tb.Errorf("%s: the state is lost: %v", o.stream, err)

		return
	}

	err = within(ctx, s.runtimeOptions(s.log), func(ctx context.Context, r *aggregate.Runtime) error {
		stored, _, err := aggregate.Ask(ctx, r, s.of, o.stream, whole)
		if err != nil {
			return err
		}

		if at, inMemory, fromLog := difference(o.state, stored); at != "" {
			s.tb.Errorf("%s: the state in memory is not the one that the log gives:\n"+
				"  %s in memory:    %s\n"+
				"  %s from the log: %s\n"+
				"the decider changes the state itself (emit an event, and change the state by On),\n"+
				"On depends on more than its arguments, or an event loses something as JSON", o.stream, at, inMemory, at, fromLog)
		}

		return nil
	})
	if err != nil {
		s.tb.Errorf("%s: the events cannot be folded again: %v", o.stream, err)
	}
}

// Stream returns the stream that decided; of a creation, the new one.
func (o *Outcome[S, R]) Stream() event.Stream { return o.stream }

// Result returns what came of the command, the zero value if it was refused.
func (o *Outcome[S, R]) Result() aggregate.Result[R] { return o.result }

// Err returns what the command was refused with.
func (o *Outcome[S, R]) Err() error { return o.err }

// State returns the state after the command. It must not be changed.
func (o *Outcome[S, R]) State() S { return o.state }

// Then says that these events happened to the aggregate, in this order, and no
// others; without any, that nothing happened to it and nothing was refused.
func (o *Outcome[S, R]) Then(events ...any) *Outcome[S, R] {
	o.scene.tb.Helper()

	return o.ThenIn(o.stream, events...)
}

// ThenIn says which events the command recorded in a stream.
func (o *Outcome[S, R]) ThenIn(stream event.Stream, events ...any) *Outcome[S, R] {
	o.scene.tb.Helper()

	if o.succeeded() {
		o.compare(stream, events)
	}

	return o
}

// ThenRefused says that the command was refused with a code, and that the message
// contains a text. Errors without a code have fault.CodeRejected.
func (o *Outcome[S, R]) ThenRefused(code fault.Code, text string) *Outcome[S, R] {
	o.scene.tb.Helper()

	switch {
	case o.err == nil:
		o.scene.tb.Errorf("%s: the command was not refused, but should be with %s, %q; it recorded%s", o.stream, code, text, listed(o.recorded[o.stream]))
	case fault.Of(o.err) != code, !strings.Contains(o.err.Error(), text):
		o.scene.tb.Errorf("%s: the command was refused otherwise:\n- %s: …%s…\n+ %s", o.stream, code, text, told(o.err))
	}

	return o
}

// ThenResult says what the command returned.
func (o *Outcome[S, R]) ThenResult(want R) *Outcome[S, R] {
	o.scene.tb.Helper()

	if o.succeeded() {
		if at, wanted, got := difference(want, o.result.Value); at != "" {
			o.scene.tb.Errorf("%s: the result is not as expected:\n- %s %s\n+ %s %s", o.stream, at, wanted, at, got)
		}
	}

	return o
}

// ThenState says what the state is after the command, refused or not.
func (o *Outcome[S, R]) ThenState(want S) *Outcome[S, R] {
	o.scene.tb.Helper()

	if at, wanted, got := difference(want, o.state); at != "" {
		o.scene.tb.Errorf("%s: the state is not as expected:\n- %s %s\n+ %s %s", o.stream, at, wanted, at, got)
	}

	return o
}

// ThenTaken says that the aggregate holds a value.
func (o *Outcome[S, R]) ThenTaken(kind, value string) *Outcome[S, R] {
	o.scene.tb.Helper()

	return o.thenHeld(kind, value, o.stream)
}

// ThenFree says that nobody holds a value.
func (o *Outcome[S, R]) ThenFree(kind, value string) *Outcome[S, R] {
	o.scene.tb.Helper()

	return o.thenHeld(kind, value, "")
}

func (o *Outcome[S, R]) thenHeld(kind, value string, want event.Stream) *Outcome[S, R] {
	o.scene.tb.Helper()

	asked := errors.New("asked") // which refuses the command, so it records nothing
	prober := event.Stream(o.scene.of.Category() + ":" + helper)

	err := o.scene.asStream(prober, func(by aggregate.Scope[struct{}]) error {
		if err := by.Reserve(kind, value); err != nil {
			return err
		}

		return asked
	})

	var holder event.Stream
	if taken, ok := errors.AsType[*aggregate.TakenError](err); ok {
		holder = taken.Holder
	} else if !errors.Is(err, asked) {
		o.scene.tb.Errorf("%s %q: %v", kind, value, err)

		return o
	}

	if holder != want {
		o.scene.tb.Errorf("%s %q is %s, but should be %s", kind, value, held(holder), held(want))
	}

	return o
}

func held(by event.Stream) string {
	if by == "" {
		return "free"
	}

	return "held by " + string(by)
}

// succeeded fails the test if the command was refused.
func (o *Outcome[S, R]) succeeded() bool {
	o.scene.tb.Helper()

	if o.err != nil {
		o.scene.tb.Errorf("%s: the command was refused: %s", o.stream, told(o.err))
	}

	return o.err == nil
}

// told returns an error with its code, and where a decider panicked.
func told(err error) string {
	text := string(fault.Of(err)) + ": " + err.Error()
	if p, ok := errors.AsType[*aggregate.PanicError](err); ok {
		text += "\n" + string(p.Stack)
	}

	return text
}
