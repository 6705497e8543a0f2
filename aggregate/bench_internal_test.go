package aggregate

import (
	"testing"

	"github.com/recountdev/recount/event"
)

type benchState struct{ Count int }

type benchAdded struct{ By int }

// BenchmarkDecide measures deciding a command and folding its event, without
// encoding and recording.
func BenchmarkDecide(b *testing.B) {
	d := Define("counter", On("added", func(s *benchState, e benchAdded) { s.Count += e.By }))
	add := Command(d, "add", func(s Scope[benchState], by int) (int, error) {
		s.Emit(benchAdded{by})

		return s.State().Count, nil
	})

	k := d.internals()
	state := k.fresh()
	version := event.Version(0)
	c := &call{command: add.of, input: 1}

	b.ReportAllocs()

	for b.Loop() {
		t := &turn{call: c, ctx: b.Context(), kind: k, stream: "counter:1", state: state, version: version}
		if _, err := t.decide(); err != nil {
			b.Fatal(err)
		}

		version += event.Version(len(t.own))
	}

	if got := state.(*benchState).Count; got != b.N || version != event.Version(b.N) { //nolint:errcheck // made by fresh
		b.Errorf("the count is %d after %d commands", got, b.N)
	}

	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "decisions/s")
}
