package store_test

import (
	"context"
	"fmt"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/memory"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func Example_find() {
	ctx := context.Background()
	log := memory.New().Log
	defer log.Close(ctx)

	_, err := log.Append(ctx, store.Batch{
		Stream: "order:9",
		Drafts: []event.Draft{{Type: "order_placed"}, {ID: "payment-4711", Type: "order_paid"}},
	})
	check(err)

	place, err := log.Find(ctx, "payment-4711")
	check(err)
	fmt.Println(place.Stream, "version", place.Version)

	_, err = log.Find(ctx, "payment-4712")
	fmt.Println(err)
	// Output:
	// order:9 version 2
	// no event has the id "payment-4712": look it up in the log that recorded it
}

func ExampleFork() {
	ctx := context.Background()
	log := memory.New().Log
	defer log.Close(ctx)

	_, err := log.Append(ctx, store.Batch{
		Stream: "meeting:42",
		Drafts: []event.Draft{{Type: "meeting_opened", Actor: "ada"}, {Type: "card_added", Actor: "ada"}, {Type: "meeting_closed", Actor: "bob"}},
	})
	check(err)

	version, err := store.Fork(ctx, log, "meeting:42", "meeting:42-open", store.Point{Version: 2})
	check(err)
	fmt.Println("copied up to version", version)

	for e, err := range log.Read(ctx, "meeting:42-open", store.Range{}) {
		check(err)
		fmt.Println(e.Version, e.Type, e.Actor, e.Origin, string(e.Meta.Extra))
	}
	// Output:
	// copied up to version 2
	// 1 meeting_opened ada forked {"$fork":{"stream":"meeting:42","version":2}}
	// 2 card_added ada forked
}
