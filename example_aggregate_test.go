package recount_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/recountdev/recount"
	"github.com/recountdev/recount/aggregate"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store/memory"
)

// How do I keep a rule? Let an aggregate decide commands: a state, how events
// change it, and what each command does to it.
func Example_aggregate() {
	type (
		Room   struct{ Seats, Taken int }
		Opened struct{ Seats int }
		Booked struct{ Seats int }
	)

	rooms := aggregate.Define("room",
		aggregate.On("opened", func(r *Room, e Opened) { r.Seats = e.Seats }),
		aggregate.On("booked", func(r *Room, e Booked) { r.Taken += e.Seats }),
	)

	open := aggregate.Command(rooms, "open", func(s aggregate.Scope[Room], seats int) (int, error) {
		if s.Version() > 0 {
			return 0, fault.Conflict("the room is open")
		}

		s.Emit(Opened{Seats: seats})

		return seats, nil
	})

	book := aggregate.Command(rooms, "book", func(s aggregate.Scope[Room], seats int) (int, error) {
		if room := s.State(); room.Taken+seats > room.Seats {
			return 0, errors.New("the room is full")
		}

		s.Emit(Booked{Seats: seats})

		return s.State().Seats - s.State().Taken, nil // what is left, with this booking
	})

	ctx := context.Background()
	app, err := recount.New(ctx, recount.Options{
		Backend:    memory.New(),
		Aggregates: aggregate.Options{Kinds: []aggregate.Kind{rooms}},
	})
	check(err)
	defer app.Close(ctx)

	_, err = open.Do(ctx, app, "room:7", 10)
	check(err)

	for range 2 {
		got, err := book.Do(ctx, app, "room:7", 6)
		fmt.Println(got.Value, got.Version, err)
	}
	// Output:
	// 4 2 <nil>
	// 0 0 the room is full
}
