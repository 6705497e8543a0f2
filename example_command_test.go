package recount_test

import (
	"context"
	"fmt"

	"github.com/recountdev/recount"
	"github.com/recountdev/recount/aggregate"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store/memory"
)

// How do I send a command again whose answer was lost? Give it an ID before the
// first try.
func Example_commandOnce() {
	type Paid struct{ Cents int }

	orders := aggregate.Define("order",
		aggregate.On("paid", func(paid *int, e Paid) { *paid += e.Cents }),
	)

	pay := aggregate.Command(orders, "pay", func(s aggregate.Scope[int], cents int) (int, error) {
		s.Emit(Paid{Cents: cents})

		return s.State(), nil
	})

	ctx := context.Background()
	app, err := recount.New(ctx, recount.Options{
		Backend:    memory.New(),
		Aggregates: aggregate.Options{Kinds: []aggregate.Kind{orders}},
	})
	check(err)
	defer app.Close(ctx)

	for range 2 {
		got, err := pay.Do(ctx, app, "order:9", 990, aggregate.WithID("payment-4711"))
		check(err)
		fmt.Println("paid", got.Value, "repeated:", got.Repeated)
	}

	_, err = pay.Do(ctx, app, "order:9", 1, aggregate.WithID("payment-4711"))
	fmt.Println("another payment with that ID:", fault.Of(err))
	// Output:
	// paid 990 repeated: false
	// paid 990 repeated: true
	// another payment with that ID: conflict
}
