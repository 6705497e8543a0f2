package recount_test

import (
	"context"
	"fmt"

	"github.com/recountdev/recount"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/memory"
)

// How do I change two streams, or none? Name both in one append: here an e-mail
// address is a stream of its own, so that no two accounts have the same.
func Example_atomicAppend() {
	ctx := context.Background()
	app, err := recount.New(ctx, recount.Options{Backend: memory.New()})
	check(err)
	defer app.Close(ctx)

	signUp := func(account event.Stream) error {
		_, err := app.Log().Append(ctx,
			store.Batch{
				Stream: "email:ada@example.com",
				Expect: store.NoStream(),
				Drafts: []event.Draft{{Type: "email_claimed"}},
			},
			store.Batch{
				Stream: account,
				Expect: store.NoStream(),
				Drafts: []event.Draft{{Type: "account_opened"}},
			},
		)

		return err
	}

	fmt.Println(signUp("account:1"))
	fmt.Println(signUp("account:2"))

	head, err := app.Log().Head(ctx, "account:2")
	check(err)
	fmt.Println("account:2 has", head, "events")
	// Output:
	// <nil>
	// stream email:ada@example.com: expected no stream, but it is at version 1: read what is new and decide again
	// account:2 has 0 events
}
