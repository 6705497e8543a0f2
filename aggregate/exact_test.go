package aggregate_test

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/recountdev/recount/aggregate"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
)

// odd is an event that is another one when it is read again.
type odd struct {
	Any    any
	Left   string `json:"-"`
	At     time.Time
	Words  []string
	hidden int
}

type oddState struct{ Seen []odd }

// oddly sees odd events.
func oddly(do func(s aggregate.Scope[oddState], in *odd)) (*aggregate.Definition[oddState], *aggregate.Decider[oddState, *odd, int]) {
	d := aggregate.Define("odd", aggregate.On("seen", func(s *oddState, e odd) { s.Seen = append(s.Seen, e) }))

	return d, aggregate.Command(d, "see", func(s aggregate.Scope[oddState], in *odd) (int, error) {
		do(s, in)

		return len(s.State().Seen), nil
	})
}

// A state in memory is the same as one that is folded from the log, whatever JSON
// leaves out or changes, and whatever becomes of what was emitted.
func TestStateIsThatOfTheLog(t *testing.T) {
	t.Parallel()

	d, see := oddly(func(s aggregate.Scope[oddState], in *odd) { s.Emit(*in) })
	backend := newStore(t)
	live := runtime(t, backend, d)
	in := &odd{Any: 1, Left: "out", At: time.Now(), Words: []string{"a"}, hidden: 1}

	if _, err := see.Do(t.Context(), live, "odd:1", in); err != nil {
		t.Fatal(err)
	}

	in.Words[0] = "changed"

	whole := func(s oddState) oddState { return s }
	got, _, err := aggregate.Ask(t.Context(), live, d, "odd:1", whole)
	if err != nil {
		t.Fatal(err)
	}

	want, _, err := aggregate.Ask(t.Context(), runtime(t, backend, d), d, "odd:1", whole)
	if err != nil {
		t.Fatal(err)
	}

	if !reflect.DeepEqual(got, want) || len(want.Seen) != 1 || want.Seen[0].Words[0] != "a" {
		t.Errorf("in memory it is %+v, folded it is %+v", got, want)
	}
}

// Text that would be another one in the log is refused.
func TestTextIsUTF8(t *testing.T) {
	t.Parallel()

	type state struct{ Text string }

	type said struct{ Text string }

	d := aggregate.Define("text", aggregate.On("said", func(s *state, e said) { s.Text = e.Text }))
	say := aggregate.Command(d, "say", func(s aggregate.Scope[state], text string) (string, error) {
		s.Emit(said{text})

		return s.State().Text, nil
	})
	r := runtime(t, newStore(t), d)

	_, err := say.Do(t.Context(), r, "text:1", "a\xffb")
	wantCode(t, "no UTF-8", err, fault.CodeInvalid)

	for i, text := range []string{"�", `\ufffd`, "\x00\u2028"} {
		got, err := say.Do(t.Context(), r, "text:1", text)
		if err != nil || got.Value != text || got.Version != event.Version(i+1) {
			t.Errorf("%q: got %+v, %v", text, got, err)
		}
	}
}

// The types whose values are the same when they are read again cost nothing, and
// all others are read again.
func TestAllTypesOfFields(t *testing.T) {
	t.Parallel()

	type event1 struct {
		B   bool
		I   int64
		U   uint8
		F   float32
		S   string `json:"s,omitempty"`
		A   [2]int
		M   map[string][]int
		P   *int
		In  struct{ X, Y int }
		Raw []byte
	}

	type state struct{ All []event1 }

	d := aggregate.Define("types", aggregate.On("seen", func(s *state, e event1) { s.All = append(s.All, e) }))
	see := aggregate.Command(d, "see", func(s aggregate.Scope[state], e event1) (string, error) {
		s.Emit(e)

		return fmt.Sprintf("%+v", s.State().All[0].M), nil
	})

	backend := newStore(t)
	one := 1
	in := event1{true, -1, 2, 0.1, "", [2]int{1, 2}, map[string][]int{"x": nil}, &one, struct{ X, Y int }{1, 2}, []byte{0xff}}
	live := runtime(t, backend, d)

	if _, err := see.Do(t.Context(), live, "types:1", in); err != nil {
		t.Fatal(err)
	}

	in.M["x"] = []int{7}
	one = 2

	for _, r := range []*aggregate.Runtime{live, runtime(t, backend, d)} {
		got, _, err := aggregate.Ask(t.Context(), r, d, "types:1", func(s state) event1 { return s.All[0] })
		if err != nil || got.M["x"] != nil || *got.P != 1 || got.F != 0.1 || got.Raw[0] != 0xff {
			t.Errorf("got %+v, %v", got, err)
		}
	}
}
