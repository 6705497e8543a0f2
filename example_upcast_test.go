package recount_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/recountdev/recount"
	"github.com/recountdev/recount/aggregate"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/memory"
)

// How do I change the form of an event? Give the new form a name of its own, and
// say how the old one becomes it. The log keeps what it has.
func Example_upcast() {
	type (
		Person struct{ First, Last string }
		NameV1 struct{ Name string }
		NameV2 struct{ First, Last string }
	)

	people := aggregate.Define("person",
		aggregate.On("named_v2", func(p *Person, e NameV2) { p.First, p.Last = e.First, e.Last }),
		aggregate.Upcast[Person]("named", func(old NameV1) NameV2 {
			first, last, _ := strings.Cut(old.Name, " ")

			return NameV2{First: first, Last: last}
		}),
	)

	ctx := context.Background()
	app, err := recount.New(ctx, recount.Options{
		Backend:    memory.New(),
		Aggregates: aggregate.Options{Kinds: []aggregate.Kind{people}},
	})
	check(err)
	defer app.Close(ctx)

	_, err = app.Log().Append(ctx, store.Batch{Stream: "person:1", Drafts: []event.Draft{
		{Type: "named", Data: []byte(`{"Name":"Ada Lovelace"}`)}, // years ago
	}})
	check(err)

	last, _, err := aggregate.Ask(ctx, app, people, "person:1", func(p Person) string { return p.Last })
	check(err)
	fmt.Println(last)
	// Output: Lovelace
}
