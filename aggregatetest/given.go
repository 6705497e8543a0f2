package aggregatetest

import (
	"context"
	"testing"
	"time"

	"github.com/recountdev/recount/aggregate"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/memory"
)

// patience is how long a command may take before the test fails.
const patience = 30 * time.Second

// Scene is what happened before the next command. It belongs to the goroutine of
// its test; commands add to it, one after another.
type Scene[S any] struct {
	tb      testing.TB
	of      *aggregate.Definition[S]
	options Options
	stream  event.Stream
	log     store.Log
	runtime *aggregate.Runtime
}

// Options say more about a scene. The zero value is ready to use.
type Options struct {
	// Stream is the aggregate that the test is about. Defaults to number 1 of
	// its category, such as counter:1.
	Stream event.Stream
	// Kinds are other definitions that take part, such as those of streams that
	// events are emitted to. Defaults to none.
	Kinds []aggregate.Kind
	// Keys say how reserved values are told apart; give those of the program.
	// Defaults to aggregate.NormalizeText for all.
	Keys map[string]aggregate.Key
}

// Given begins a test of an aggregate to which these events happened: values of
// the types that the definition takes, aggregate.Fact with one, or event.Draft,
// which can have an old form.
func Given[S any](tb testing.TB, of *aggregate.Definition[S], events ...any) *Scene[S] {
	tb.Helper()

	return GivenWith(tb, of, Options{}, events...)
}

// GivenWith is Given with options.
func GivenWith[S any](tb testing.TB, of *aggregate.Definition[S], o Options, events ...any) *Scene[S] {
	tb.Helper()

	s := &Scene[S]{tb: tb, of: of, options: o, stream: o.Stream, log: memory.New().Log}
	if s.stream == "" {
		s.stream = event.Stream(of.Category() + ":1")
	}

	runtime, err := aggregate.New(tb.Context(), s.runtimeOptions(s.log))
	if err != nil {
		tb.Fatalf("aggregatetest: %v", err)
	}

	s.runtime = runtime
	tb.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(tb.Context()), patience)
		defer cancel()

		if err := runtime.Close(ctx); err != nil {
			tb.Error(err)
		}
	})

	return s.And(s.stream, events...)
}

// And adds events that happened in a stream: this one or another.
func (s *Scene[S]) And(stream event.Stream, events ...any) *Scene[S] {
	s.tb.Helper()

	if len(events) > 0 {
		s.append(s.log, stream, events)
	}

	return s
}

// Taken adds that a stream of the category has reserved a value.
func (s *Scene[S]) Taken(kind, value string, holder event.Stream) *Scene[S] {
	s.tb.Helper()

	reserve := func(by aggregate.Scope[struct{}]) error { return by.Reserve(kind, value) }
	if err := s.asStream(holder, reserve); err != nil {
		s.tb.Fatalf("aggregatetest: given that %s %q is taken by %s: %v", kind, value, holder, err)
	}

	return s
}

func (s *Scene[S]) runtimeOptions(log store.Log, more ...aggregate.Kind) aggregate.Options {
	kinds := append([]aggregate.Kind{s.of}, s.options.Kinds...)

	return aggregate.Options{Log: log, Kinds: append(kinds, more...), Keys: s.options.Keys}
}

// within calls do with a runtime that ends with it.
func within(ctx context.Context, o aggregate.Options, do func(ctx context.Context, r *aggregate.Runtime) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()

	r, err := aggregate.New(ctx, o)
	if err != nil {
		return err
	}
	defer r.Close(ctx) // it waits, and never fails

	return do(ctx, r)
}

// helper is an aggregate of this package's own.
const helper = "aggregatetest"

// append records events: a decider of another aggregate emits them, so they are
// encoded as always.
func (s *Scene[S]) append(log store.Log, stream event.Stream, events []any) {
	s.tb.Helper()

	own := aggregate.Define(helper, aggregate.On("noted", func(*struct{}, struct{}) {}))
	emit := aggregate.Command(own, "emit", func(to aggregate.Scope[struct{}], all []any) (struct{}, error) {
		for _, e := range all {
			to.EmitTo(stream, e)
		}

		return struct{}{}, nil
	})

	err := within(s.tb.Context(), s.runtimeOptions(log, own), func(ctx context.Context, r *aggregate.Runtime) error {
		_, err := emit.Do(ctx, r, helper+":1", events)

		return err
	})
	if err != nil {
		s.tb.Fatalf("aggregatetest: these events cannot happen in %s: %v", stream, err)
	}
}

// asStream runs do in the scope of a stream of the category, as if it had no
// events, and records what do reserves if it returns nil.
func (s *Scene[S]) asStream(stream event.Stream, do func(aggregate.Scope[struct{}]) error) error {
	own := aggregate.Define(s.of.Category(), aggregate.On(helper, func(*struct{}, struct{}) {})).With(aggregate.Settings{KeepUnknown: true})
	command := aggregate.Command(own, "do", func(by aggregate.Scope[struct{}], _ struct{}) (struct{}, error) {
		return struct{}{}, do(by)
	})

	return within(s.tb.Context(), aggregate.Options{Log: s.log, Kinds: []aggregate.Kind{own}, Keys: s.options.Keys}, func(ctx context.Context, r *aggregate.Runtime) error {
		_, err := command.Do(ctx, r, stream, struct{}{})

		return err
	})
}
