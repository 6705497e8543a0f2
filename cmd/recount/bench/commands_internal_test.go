package bench

import (
	"context"
	"reflect"
	"testing"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/memory"
)

// TestCandidatesRecordTheSame shows that the candidates are comparable: each
// records the same events.
func TestCandidatesRecordTheSame(t *testing.T) {
	t.Parallel()

	var backend store.Backend

	inputs := newInputs()
	r := &commandsRun{inputs: inputs, events: drafts(inputs), config: &CommandsConfig{
		Open: func(context.Context, string) (store.Backend, error) { return backend, nil },
	}}

	const stream = event.Stream("ledger:0")

	if n := len(r.events[0].Data); n != PayloadSize {
		t.Errorf("the data of an event has %d bytes, want %d", n, PayloadSize)
	}

	for _, c := range []candidate{r.storeCandidate(1), r.commandsCandidate(1), r.actorCandidate()} {
		backend = memory.New()

		opened, err := c.open(t.Context(), t.TempDir())
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}

		before, err := backend.Log.Head(t.Context(), stream)
		if err != nil {
			t.Fatal(err)
		}

		caller := opened.appender(7)
		caller.prepare()

		if err := caller.append(t.Context()); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}

		var got []event.Draft

		for e, err := range backend.Log.Read(t.Context(), stream, store.Range{From: before + 1}) {
			if err != nil {
				t.Fatal(err)
			}

			got = append(got, event.Draft{Type: e.Type, Data: e.Data, Meta: e.Meta})
		}

		want := r.events[7*stride+1 : 7*stride+2]

		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s records %+v, want %+v", c.name, got, want)
		}

		if err := opened.close(t.Context()); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
