package recount_test

import (
	"context"
	"fmt"

	"github.com/recountdev/recount"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/memory"
)

// How do I retry an append whose answer was lost? Give the event an ID, and
// append it again: the log records it once, and answers as the first time.
func Example_idempotentRetry() {
	ctx := context.Background()
	app, err := recount.New(ctx, recount.Options{Backend: memory.New()})
	check(err)
	defer app.Close(ctx)

	pay := store.Batch{
		Stream: "order:9",
		Expect: store.NoStream(), // a retry succeeds all the same
		Drafts: []event.Draft{{ID: "payment-4711", Type: "order_paid", Data: []byte(`{"cents":990}`)}},
	}

	for range 2 {
		receipt, err := app.Log().Append(ctx, pay)
		check(err)
		fmt.Println("version", receipt.Batches[0].Version, "repeated:", receipt.Repeated)
	}

	pay.Drafts[0].Data = []byte(`{"cents":1}`)
	_, err = app.Log().Append(ctx, pay)
	fmt.Println("something else under the same ID fails:", err != nil)
	// Output:
	// version 1 repeated: false
	// version 1 repeated: true
	// something else under the same ID fails: true
}
