package bench

import (
	"context"
	"encoding/json"
	"errors"
	"sync"

	"github.com/recountdev/recount/aggregate"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
)

// ledger is the state of the aggregates that are measured.
type ledger struct {
	Entries, Total int
}

// entry is an event of a ledger, and the input of the command that enters it.
type entry struct {
	By   int    `json:"by"`
	Note string `json:"note"`
}

// The names under which events and commands are recorded.
const (
	entryType    = "entered"
	entryCommand = "enter"
)

var (
	errNothing = errors.New("an entry of nothing")
	errDecided = errors.New("decided often enough")
)

// check refuses an entry.
func (e *entry) check() error {
	if e.By < 1 {
		return errNothing
	}

	return nil
}

// enter folds an entry.
func (l *ledger) enter(e entry) {
	l.Entries++
	l.Total += e.By
}

// program is the program whose commands are measured.
type program struct {
	kind  *aggregate.Definition[ledger]
	enter *aggregate.Decider[ledger, entry, int]
	// decide enters the same so many times, and then refuses it all.
	decide *aggregate.Decider[ledger, int, struct{}]
}

func newProgram() *program {
	kind := aggregate.Define("ledger", aggregate.On(entryType, (*ledger).enter))
	enter := aggregate.Command(kind, entryCommand, func(s aggregate.Scope[ledger], input entry) (int, error) {
		if err := input.check(); err != nil {
			return 0, err
		}

		s.Emit(input)

		return s.State().Total, nil
	})

	return &program{kind, enter, aggregate.Command(kind, "decide", func(s aggregate.Scope[ledger], times int) (struct{}, error) {
		for range times {
			if _, err := enter.In(s, entry{By: 1}); err != nil {
				return struct{}{}, err
			}
		}

		return struct{}{}, errDecided
	})}
}

// runtime returns a runtime of the program; without marks it makes no snapshots.
func (p *program) runtime(ctx context.Context, b store.Backend, live int) (*aggregate.Runtime, error) {
	return aggregate.New(ctx, aggregate.Options{Log: b.Log, Marks: b.Marks, Kinds: []aggregate.Kind{p.kind}, Live: live})
}

// newInputs returns inputs whose events have data of PayloadSize bytes.
func newInputs() []entry {
	const frame = len(`{"by":1,"note":""}`)

	g := newGenerator(1)
	all := make([]entry, poolSize)

	for i := range all {
		note := make([]byte, 0, PayloadSize)
		for len(note) < PayloadSize-frame {
			note = append(append(note, g.word()...), ' ')
		}

		all[i] = entry{1, string(note[:PayloadSize-frame])}
	}

	return all
}

// drafts returns the events that the commands with those inputs record.
func drafts(inputs []entry) []event.Draft {
	all := make([]event.Draft, len(inputs))
	for i := range inputs {
		data, _ := json.Marshal(&inputs[i]) //nolint:errchkjson // a number and a string
		all[i] = event.Draft{Type: entryType, Data: data, Meta: event.Meta{Extra: []byte(`{"$command":{"name":"` + entryCommand + `"}}`)}}
	}

	return all
}

// actor is the usual way: it locks, decides, appends the one event, folds it,
// and answers.
type actor struct {
	log    store.Log
	stream event.Stream

	mu      sync.Mutex
	state   ledger
	version event.Version
}

// newActor returns an actor with the state of its stream.
func newActor(ctx context.Context, log store.Log, stream event.Stream) (*actor, error) {
	a := &actor{log: log, stream: stream}
	for e, err := range log.Read(ctx, stream, store.Range{}) {
		if err != nil {
			return nil, err
		}

		var of entry
		if err := json.Unmarshal(e.Data, &of); err != nil {
			return nil, err
		}

		a.state.enter(of)
		a.version = e.Version
	}

	return a, nil
}

// enter does the command.
func (a *actor) enter(ctx context.Context, input *entry) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()

	if err := input.check(); err != nil {
		return 0, err
	}

	draft := drafts([]entry{*input})
	if _, err := a.log.Append(ctx, store.Batch{Stream: a.stream, Expect: store.Exactly(a.version), Drafts: draft}); err != nil {
		return 0, err
	}

	a.version++
	a.state.enter(*input)

	return a.state.Total, nil
}
