package recount_test

import (
	"context"
	"fmt"

	"github.com/recountdev/recount"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/memory"
)

// How do I append events, and read them again?
func Example_appendAndRead() {
	ctx := context.Background()
	app, err := recount.New(ctx, recount.Options{Backend: memory.New()})
	check(err)
	defer app.Close(ctx)

	receipt, err := app.Log().Append(ctx, store.Batch{
		Stream: "meeting:42",
		Drafts: []event.Draft{
			{Type: "meeting_opened", Actor: "ada", Data: []byte(`{"room":"7b"}`)},
			{Type: "card_added", Actor: "ada", Data: []byte(`{"title":"Coffee"}`)},
		},
	})
	check(err)
	fmt.Println("meeting:42 is at version", receipt.Batches[0].Version)

	for e, err := range app.Log().Read(ctx, "meeting:42", store.Range{}) {
		check(err)
		fmt.Println(e.Version, e.Type, string(e.Data))
	}

	fmt.Println("the latest first:")
	for e, err := range app.Log().Read(ctx, "meeting:42", store.Range{Backward: true, Limit: 1}) {
		check(err)
		fmt.Println(e.Version, e.Type)
	}
	// Output:
	// meeting:42 is at version 2
	// 1 meeting_opened {"room":"7b"}
	// 2 card_added {"title":"Coffee"}
	// the latest first:
	// 2 card_added
}

// check ends an example that fails.
func check(err error) {
	if err != nil {
		panic(err)
	}
}
