package recount_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/recountdev/recount"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/memory"
)

// How do I make sure that nobody wrote in between? State the version that the
// decision rests on; whoever loses reads what is new and decides again.
func Example_optimisticConcurrency() {
	ctx := context.Background()
	app, err := recount.New(ctx, recount.Options{Backend: memory.New()})
	check(err)
	defer app.Close(ctx)

	book := func(who string, seen event.Version) error {
		_, err := app.Log().Append(ctx, store.Batch{
			Stream: "room:7",
			Expect: store.Exactly(seen),
			Drafts: []event.Draft{{Type: "room_booked", Actor: who}},
		})

		return err
	}

	head, err := app.Log().Head(ctx, "room:7")
	check(err)

	fmt.Println("ada:", book("ada", head))
	err = book("bob", head)
	fmt.Println("bob:", err)

	if conflict, ok := errors.AsType[*store.ConflictError](err); ok {
		fmt.Println("bob reads on after version", head, "up to", conflict.Actual)
	}
	// Output:
	// ada: <nil>
	// bob: stream room:7: expected no stream, but it is at version 1: read what is new and decide again
	// bob reads on after version 0 up to 1
}
