package aggregate_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/recountdev/recount/aggregate"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

// The forms that a card had over the years.
type (
	cardV1 struct{ Title string }
	cardV2 struct{ First, Last string }
	card   struct {
		Words []string `json:"words"`
	}
	named struct {
		Name string `json:"name"`
	}
)

type deck struct{ Words, Names []string }

// newDecks reads all forms, also those that have only another name.
func newDecks(settings aggregate.Settings) *aggregate.Definition[deck] {
	return aggregate.Define("deck",
		aggregate.On("card_put", func(d *deck, e card) { d.Words = append(d.Words, e.Words...) }),
		aggregate.On("named", func(d *deck, e named) { d.Names = append(d.Names, e.Name) }),
		aggregate.Upcast[deck]("card_added", func(e cardV1) cardV2 {
			first, last, _ := strings.Cut(e.Title, " ")
			return cardV2{first, last}
		}),
		aggregate.Upcast[deck]("card_set", func(e cardV2) card { return card{[]string{e.First, e.Last}} }),
		aggregate.Upcast[deck]("renamed", func(e named) named { return named{strings.ToUpper(e.Name)} }),
		aggregate.Upcast[deck]("card_put", func(raw json.RawMessage) card {
			var forms struct {
				Words []string
				Word  string
			}
			if err := json.Unmarshal(raw, &forms); err != nil {
				panic(err)
			}

			if forms.Word != "" {
				return card{[]string{forms.Word}}
			}

			return card{forms.Words}
		}),
	).With(settings)
}

// put appends an event that somebody else recorded.
func put(t *testing.T, log store.Log, stream event.Stream, typ, data string) {
	t.Helper()

	if _, err := log.Append(t.Context(), store.Batch{Stream: stream, Drafts: []event.Draft{{Type: typ, Data: []byte(data)}}}); err != nil {
		t.Fatal(err)
	}
}

// words asks for all words of a deck.
func words(t *testing.T, r *aggregate.Runtime, d *aggregate.Definition[deck]) (string, error) {
	t.Helper()

	got, _, err := aggregate.Ask(t.Context(), r, d, "deck:1", func(d deck) string {
		return strings.Join(d.Words, " ") + "/" + strings.Join(d.Names, " ")
	})

	return got, err
}

func TestUpcast(t *testing.T) {
	t.Parallel()

	d := newDecks(aggregate.Settings{})
	do := aggregate.Command(d, "do", func(s aggregate.Scope[deck], word string) (string, error) {
		s.Emit(card{[]string{word}})
		s.Emit(named{word})

		return strings.Join(s.State().Words, " "), nil
	})

	backend := newStore(t)
	for _, e := range [][2]string{
		{"card_added", `{"Title":"a b"}`},
		{"card_set", `{"First":"c","Last":"d"}`},
		{"card_put", `{"words":["e"]}`},
		{"card_put", `{"word":"f"}`},
		{"renamed", `{"name":"x"}`},
		{"named", `{"name":"y"}`},
		{"$system", `7`},
	} {
		put(t, backend.Log, "deck:1", e[0], e[1])
	}

	got, err := do.Do(t.Context(), runtime(t, backend, d), "deck:1", "g")
	if err != nil || got.Value != "a b c d e f g" {
		t.Errorf("got %+v, %v", got, err)
	}

	all := events(t, backend.Log, "deck:1")
	if n := len(all); n != 9 || all[7].Type != "card_put" || string(all[7].Data) != `{"words":["g"]}` || all[8].Type != "named" {
		t.Errorf("what is recorded is not the newest form: %+v", all[n-2:])
	}

	if got, err := words(t, runtime(t, backend, d), d); got != "a b c d e f g/X y g" || err != nil {
		t.Errorf("folded anew: got %s, %v", got, err)
	}
}

func TestUnknownTypes(t *testing.T) {
	t.Parallel()

	backend := newStore(t)
	put(t, backend.Log, "deck:1", "named", `{"name":"y"}`)
	put(t, backend.Log, "deck:1", "card_putt", `{}`)

	d := newDecks(aggregate.Settings{})
	_, err := words(t, runtime(t, backend, d), d)
	wantCode(t, "an unknown type", err, fault.CodeInternal)

	if err == nil || !strings.Contains(err.Error(), `deck:1: version 2 is of type "card_putt"`) || !strings.Contains(err.Error(), "did you mean card_put?") {
		t.Errorf("got %v", err)
	}

	d = newDecks(aggregate.Settings{KeepUnknown: true})
	if got, err := words(t, runtime(t, backend, d), d); got != "/y" || err != nil {
		t.Errorf("kept: got %s, %v", got, err)
	}

	put(t, backend.Log, "deck:1", "named", `{"name":7}`)
	_, err = words(t, runtime(t, backend, d), d)
	wantCode(t, "data of another form", err, fault.CodeInternal)
}

// New names all that is wrong with the definitions at once.
func TestMistakes(t *testing.T) {
	t.Parallel()

	nothing := func(*deck, card) {}
	bad := aggregate.Define("bad",
		aggregate.On("a", nothing),
		aggregate.On("b", nothing),
		aggregate.On("$c", func(*deck, cardV1) {}),
		aggregate.On("a", func(*deck, cardV2) {}),
		aggregate.On("", func(*deck, named) {}),
		aggregate.On("any", func(*deck, any) {}),
		aggregate.Upcast[deck]("d", func(struct{ D int }) struct{ Nobody int } { return struct{ Nobody int }{} }),
		aggregate.Upcast[deck]("two", func(struct{ A int }) card { return card{} }),
		aggregate.Upcast[deck]("three", func(struct{ A int }) card { return card{} }),
		aggregate.Upcast[deck]("two", func(struct{ B int }) card { return card{} }),
		aggregate.Upcast[deck]("both", func(named) card { return card{} }),
		aggregate.Upcast[deck]("round", func(struct{ Left int }) struct{ Right int } { return struct{ Right int }{} }),
		aggregate.Upcast[deck]("again", func(struct{ Right int }) struct{ Left int } { return struct{ Left int }{} }),
		aggregate.Public(func(deck) int { return 1 }),
		aggregate.Public(func(deck) int { return 2 }),
	)
	aggregate.Command(bad, "do", func(aggregate.Scope[deck], int) (int, error) { return 0, nil })
	aggregate.Creation(bad, "do", func(aggregate.Scope[deck], int) (int, error) { return 0, nil })
	aggregate.Command(bad, "$do", func(aggregate.Scope[deck], int) (int, error) { return 0, nil })

	_, err := aggregate.New(t.Context(), aggregate.Options{Log: newStore(t).Log, Kinds: []aggregate.Kind{
		bad, aggregate.Define[deck]("empty"), aggregate.Define("a:b", aggregate.On("a", nothing)), aggregate.Define("$c", aggregate.On("a", nothing)),
		aggregate.Define("twice", aggregate.On("a", nothing)), aggregate.Define("twice", aggregate.On("a", nothing)),
	}})
	wantCode(t, "New", err, fault.CodeInvalid)

	if err == nil {
		return
	}

	for _, want := range []string{
		`card stands for the events "a" and "b"`,
		`events "$c": names that start with $`,
		`events "a" are declared twice`,
		`events "": `,
		`events "any": interface {} is an interface`,
		`events "d": nothing takes struct { Nobody int }`,
		`struct { A int } has two upcasts`,
		`events "two" have two upcasts`,
		`aggregate_test.named is taken by the On of "" and by an Upcast`,
		`events "round": the upcasts of struct { Left int } go round in a circle`,
		`events "again": the upcasts of struct { Right int } go round in a circle`,
		`Public is given twice`,
		`command "do" is declared twice`,
		`command "$do" is no name`,
		`aggregate "empty": has no events`,
		`category "a:b" is none`,
		`category "$c" is none`,
		`aggregate "twice" is defined twice`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("nothing is said of: %s", want)
		}
	}

	if t.Failed() {
		t.Log(err)
	}
}

func TestOptions(t *testing.T) {
	t.Parallel()

	log := newStore(t).Log
	for name, o := range map[string]aggregate.Options{
		"no log": {}, "live": {Log: log, Live: -1}, "bytes": {Log: log, Bytes: -1}, "waiting": {Log: log, Waiting: -1},
	} {
		_, err := aggregate.New(t.Context(), o)
		wantCode(t, name, err, fault.CodeInvalid)
	}
}
