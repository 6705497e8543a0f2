package recount_test

import (
	"context"
	"fmt"

	"github.com/recountdev/recount"
	"github.com/recountdev/recount/aggregate"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/memory"
)

// What was the state then, and how did it become what it is?
func Example_history() {
	type Voted struct{ Points int }

	cards := aggregate.Define("card",
		aggregate.On("voted", func(points *int, e Voted) { *points += e.Points }),
	)

	vote := aggregate.Command(cards, "vote", func(s aggregate.Scope[int], points int) (int, error) {
		s.Emit(Voted{Points: points})

		return s.State(), nil
	})

	ctx := context.Background()
	app, err := recount.New(ctx, recount.Options{
		Backend:    memory.New(),
		Aggregates: aggregate.Options{Kinds: []aggregate.Kind{cards}},
	})
	check(err)
	defer app.Close(ctx)

	for _, points := range []int{3, 5, -2} {
		_, err := vote.Do(ctx, app, "card:1", points, aggregate.WithActor("ada"))
		check(err)
	}

	then, version, err := aggregate.At(ctx, app, cards, "card:1", store.Point{Version: 2}) // or Time
	check(err)
	fmt.Println("at version", version, "it had", then)

	for change, err := range aggregate.History(ctx, app, cards, "card:1", 0) {
		check(err)
		fmt.Println(change.Event.Actor, change.Event.Type, change.Before, "->", change.After)
	}
	// Output:
	// at version 2 it had 8
	// ada voted 0 -> 3
	// ada voted 3 -> 8
	// ada voted 8 -> 6
}
