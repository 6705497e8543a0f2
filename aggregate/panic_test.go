package aggregate_test

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"maps"
	"testing"

	"github.com/recountdev/recount/aggregate"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

// angry panics when it is encoded.
type angry struct{ Now bool }

func (a angry) MarshalJSON() ([]byte, error) {
	if a.Now {
		panic("angry")
	}

	return []byte("{}"), nil
}

// tags is a state that cannot be copied by assigning it.
type tags map[string]int

type tagged struct {
	Tag string `json:"tag"`
}

// moody panics wherever it is told to.
type moody struct {
	kind *aggregate.Definition[tags]
	do   *aggregate.Decider[tags, string, angry]
}

func newMoody() moody {
	d := aggregate.Define("moody",
		aggregate.Initial(func() tags { return tags{} }),
		aggregate.On("tagged", func(s *tags, e tagged) {
			(*s)[e.Tag]++
			if e.Tag == "fold" {
				panic("fold")
			}
		}),
		aggregate.On("angered", func(*tags, angry) {}),
		aggregate.Public(func(s tags) int {
			if s["hidden"] > 0 {
				panic("public")
			}

			return len(s)
		}),
	)

	return moody{d, aggregate.Command(d, "do", func(s aggregate.Scope[tags], what string) (angry, error) {
		s.Emit(tagged{what})

		switch what {
		case "decide":
			panic("decide")
		case "seen":
			panic(s.State()["seen"])
		case "hidden fold":
			func() {
				defer func() { _ = recover() }()
				s.Emit(tagged{"fold"})
				s.State()
			}()

			return angry{}, errors.New("refused")
		case "refuse":
			if s.State()["refuse"] != 1 {
				return angry{}, fault.Internal("the state is not as it was")
			}

			return angry{}, errors.New("refused")
		case "event":
			s.Emit(angry{true})
		case "unknown":
			s.Emit(&tagged{"a pointer"})
		case "nothing":
			s.Emit(nil)
		}

		return angry{what == "result"}, nil
	})}
}

// Whatever panics or cannot be fails that command only, and leaves the state as
// it was: in memory and in the log.
func TestCommandsThatComeToNothing(t *testing.T) {
	t.Parallel()

	c := newMoody()
	backend := newStore(t)
	r := runtime(t, backend, c.kind)

	for _, before := range []string{"a stream that is not there", "a stream that is there"} {
		for what, code := range map[string]fault.Code{
			"decide": fault.CodeInternal, "seen": fault.CodeInternal, "fold": fault.CodeInternal, "hidden fold": fault.CodeRejected,
			"event": fault.CodeInternal, "unknown": fault.CodeInternal, "nothing": fault.CodeInternal, "result": fault.CodeInternal, "refuse": fault.CodeRejected,
		} {
			was := look(t, r, c)
			_, err := c.do.Do(t.Context(), r, "moody:1", what, aggregate.WithID(what))
			wantCode(t, before+": "+what, err, code)

			if got := look(t, r, c); !maps.Equal(got, was) {
				t.Errorf("%s: %s: the state was %v and is %v", before, what, was, got)
			}
		}

		if _, err := c.do.Do(t.Context(), r, "moody:1", "good"); err != nil {
			t.Error(err)
		}
	}

	if all := events(t, backend.Log, "moody:1"); len(all) != 2 {
		t.Errorf("%d events, want 2", len(all))
	}
}

// look returns a copy of the state of moody:1.
func look(t *testing.T, h aggregate.Host, c moody) tags {
	t.Helper()

	got, _, err := aggregate.Ask(t.Context(), h, c.kind, "moody:1", maps.Clone[tags])
	if err != nil {
		t.Fatal(err)
	}

	return got
}

func TestPanicError(t *testing.T) {
	t.Parallel()

	c := newMoody()
	_, err := c.do.Do(t.Context(), runtime(t, newStore(t), c.kind), "moody:1", "decide")

	got, ok := errors.AsType[*aggregate.PanicError](err)
	if !ok || got.Command != "do" || got.Value != "decide" || len(got.Stack) == 0 {
		t.Errorf("got %#v", err)
	}
}

// A question and a public view that panic fail for whoever asked.
func TestQuestionsThatPanic(t *testing.T) {
	t.Parallel()

	c := newMoody()
	r := runtime(t, newStore(t), c.kind)

	for _, what := range []string{"good", "hidden"} {
		if _, err := c.do.Do(t.Context(), r, "moody:1", what); err != nil {
			t.Fatal(err)
		}
	}

	_, _, err := aggregate.Ask(t.Context(), r, c.kind, "moody:1", func(tags) int { panic("question") })
	wantCode(t, "a question", err, fault.CodeInternal)

	_, err = r.View(t.Context(), "moody:1", store.Point{})
	wantCode(t, "a view", err, fault.CodeInternal)

	_, err = r.View(t.Context(), "moody:1", store.Point{Version: 2})
	wantCode(t, "a view of the past", err, fault.CodeInternal)

	if got, err := r.View(t.Context(), "moody:1", store.Point{Version: 1}); err != nil || string(got.State) != "1" || got.Version != 1 {
		t.Errorf("before: got %s at %d, %v", got.State, got.Version, err)
	}
}

// A definition whose other functions panic fails what needs them, not the
// program.
func TestDefinitionsThatPanic(t *testing.T) {
	t.Parallel()

	d := aggregate.Define("broken",
		aggregate.Initial(func() tags { panic("initial") }),
		aggregate.On("tagged", func(*tags, tagged) {}))
	ask := aggregate.Command(d, "do", func(s aggregate.Scope[tags], _ int) (int, error) { return len(s.State()), nil })
	create := aggregate.Creation(d, "create", func(s aggregate.Scope[tags], _ int) (int, error) { return len(s.State()), nil })

	weighty := newWeighty(func(any) int { panic("bytes") })
	r := runtime(t, newStore(t), d, weighty.kind)

	_, err := ask.Do(t.Context(), r, "broken:1", 1)
	wantCode(t, "a command", err, fault.CodeInternal)

	_, err = create.Do(t.Context(), r, 1)
	wantCode(t, "a creation", err, fault.CodeInternal)

	for range 2 {
		if _, err := weighty.grow.Do(t.Context(), r, "weighty:1", "x"); err != nil {
			t.Error(err)
		}
	}
}

// A refusal of a stream that another runtime makes meanwhile is a refusal.
func TestRefusalWhileAnotherCreates(t *testing.T) {
	t.Parallel()

	c := newMoody()
	backend := newStore(t)
	other := runtime(t, backend, c.kind)

	var r *aggregate.Runtime

	d := aggregate.Define("moody",
		aggregate.Initial(func() tags { return tags{} }),
		aggregate.On("tagged", func(s *tags, e tagged) { (*s)[e.Tag]++ }))
	refuse := aggregate.Command(d, "refuse", func(s aggregate.Scope[tags], _ int) (int, error) {
		s.Emit(tagged{"x"})
		n := len(s.State())

		if s.Version() == 1 {
			if _, err := c.do.Do(s.Context(), other, "moody:1", "good"); err != nil {
				return 0, err
			}
		}

		return n, errors.New("refused")
	})
	r = runtime(t, backend, d)

	_, err := refuse.Do(t.Context(), r, "moody:1", 1)
	wantCode(t, "refused", err, fault.CodeRejected)

	got, version, err := aggregate.Ask(t.Context(), r, d, "moody:1", func(s tags) int { return s["good"] })
	if got != 1 || version != 1 || err != nil {
		t.Errorf("got %d at version %d, %v", got, version, err)
	}
}

// The streams of the system take no commands and no questions.
func TestStreamsThatAreNone(t *testing.T) {
	t.Parallel()

	c := newTills()
	r := runtime(t, newStore(t), c.kind)

	for _, stream := range []event.Stream{"$sequence:till", "$till:1", "till", "till:", "other:1", "till:$next", ""} {
		_, err := c.in.Do(t.Context(), r, stream, 1)
		wantCode(t, "a command to "+string(stream), err, fault.CodeInvalid)

		_, _, err = c.cash(t.Context(), r, stream)
		wantCode(t, "a question to "+string(stream), err, fault.CodeInvalid)

		_, _, err = aggregate.At(t.Context(), r, c.kind, stream, store.Point{})
		wantCode(t, "the past of "+string(stream), err, fault.CodeInvalid)

		for _, err = range aggregate.History(t.Context(), r, c.kind, stream, 0) {
			break
		}

		wantCode(t, "the history of "+string(stream), err, fault.CodeInvalid)
	}

	_, err := aggregate.Command(newTills().kind, "x", func(aggregate.Scope[till], int) (int, error) { return 0, nil }).Do(t.Context(), r, "till:1", 1)
	wantCode(t, "a command of another definition", err, fault.CodeInternal)
}

// A log that cannot be read is no reason to say that a value is taken.
func TestReservationThatCannotBeRead(t *testing.T) {
	t.Parallel()

	d := aggregate.Define("user", aggregate.On("noted", func(*string, note) {}))
	claim := aggregate.Command(d, "claim", func(s aggregate.Scope[string], _ struct{}) (string, error) {
		if s.Reserve("name", "x") != nil {
			return "", errors.New("the name is taken")
		}

		return "", nil
	})

	backend := newStore(t)
	r := start(t, aggregate.Options{Log: deafLog{backend.Log}, Kinds: []aggregate.Kind{d}})

	_, err := claim.Do(t.Context(), r, "user:1", struct{}{})
	wantCode(t, "claim", err, fault.CodeUnavailable)
}

// deafLog cannot read reservations.
type deafLog struct{ store.Log }

func (l deafLog) Read(ctx context.Context, stream event.Stream, r store.Range) iter.Seq2[event.Event, error] {
	if stream.Category() == "$reservation" {
		return func(yield func(event.Event, error) bool) { yield(event.Event{}, fault.Unavailable("deaf")) }
	}

	return l.Log.Read(ctx, stream, r)
}

var _ json.Marshaler = angry{}
