// Package aggregate decides commands. An aggregate is a stream with the state
// folded from it and the rules that decide what may happen next: the Decider
// pattern (decide, evolve, initial state) of Jérémie Chassaing.
//
//	type Counter struct{ Count int }
//	type Incremented struct{ By int }
//
//	var Counters = aggregate.Define("counter",
//		aggregate.On("incremented", func(c *Counter, e Incremented) { c.Count += e.By }),
//	)
//
//	var Increment = aggregate.Command(Counters, "increment",
//		func(s aggregate.Scope[Counter], by int) (int, error) {
//			if by < 1 {
//				return 0, errors.New("a counter only goes up")
//			}
//			s.Emit(Incremented{By: by})
//			return s.State().Count, nil
//		})
//
//	got, err := Increment.Do(ctx, app, "counter:1", 2)
//
// # What happens
//
// A live aggregate keeps its state in memory and has one writer, so a command
// costs the same whatever the history. The writer takes all commands that wait,
// decides each on the state after the one before, appends the events of all of
// them in one append, and answers each when that append is durable. It expects
// the version that it folded. If somebody else wrote meanwhile, it folds what is
// new and decides again; after any other failure it forgets the state and answers
// with fault.CodeUnavailable. Nothing is answered before it is durable, and a
// refusal is answered only when the state that it was decided on is known to be
// the newest. So commands are linearizable, also when several programs use one
// log.
//
// # What a decider may do
//
// It reads the state, emits events, emits events to other streams, reserves and
// releases unique values: all of one command is in one atomic append, or none of
// it. It may run more than once for one command, so it must not change anything
// but through its scope: side effects belong to reactors. An error refuses the
// command, and a panic fails it; either leaves everything as it was.
//
// # How often
//
// A command with an ID happens once, for ever: sent again it gets the answer of
// the first time, also after a restart. With other input it is a conflict. A
// refusal is not remembered.
//
// # Testing
//
// Package aggregatetest says "given these events, when this command comes, then
// these events", without any store.
package aggregate
