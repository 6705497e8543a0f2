package recount_test

import (
	"context"
	"fmt"

	"github.com/recountdev/recount"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/memory"
)

// How do I follow what happens, without missing anything? The feed shows the
// history, then goes on with what is new. Upto is the place to go on after a
// restart.
func Example_follow() {
	ctx := context.Background()
	app, err := recount.New(ctx, recount.Options{Backend: memory.New()})
	check(err)
	defer app.Close(ctx)

	add := func(stream event.Stream, title string) {
		_, err := app.Log().Append(ctx, store.Batch{Stream: stream, Drafts: []event.Draft{{
			Type: "card_added", Data: []byte(`{"title":"` + title + `"}`),
		}}})
		check(err)
	}

	add("meeting:42", "Coffee")
	add("meeting:43", "Tea")

	seen := 0
	filter := store.Filter{Categories: []string{"meeting"}, Follow: true}
	for page, err := range app.Log().Feed(ctx, event.Position{}, filter) {
		check(err)
		for _, e := range page.Events {
			fmt.Println(e.Stream, e.Version, string(e.Data))
			seen++
		}

		if seen == 3 {
			break // or never
		}

		if page.Live {
			fmt.Println("now live")
			go add("meeting:42", "Cake")
		}
	}
	// Output:
	// meeting:42 1 {"title":"Coffee"}
	// meeting:43 1 {"title":"Tea"}
	// now live
	// meeting:42 2 {"title":"Cake"}
}
