package storetest

import (
	"context"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
)

// call is a use of one method of a backend.
type call struct {
	name string
	make func(ctx context.Context, tr *trial) error
}

// calls returns a use of every method, Close aside.
func calls() []call {
	read := func(stream event.Stream, r store.Range) func(context.Context, *trial) error {
		return func(ctx context.Context, tr *trial) error { return drain(tr.log.Read(ctx, stream, r)) }
	}
	feed := func(f store.Filter) func(context.Context, *trial) error {
		return func(ctx context.Context, tr *trial) error { return drain(tr.log.Feed(ctx, event.Position{}, f)) }
	}
	add := func(batches ...store.Batch) func(context.Context, *trial) error {
		return func(ctx context.Context, tr *trial) error {
			_, err := tr.log.Append(ctx, batches...)
			return err
		}
	}

	return []call{
		{"Append", add(to("meeting:1", fact(1)))},
		{"Append with an id", add(to("meeting:1", named("a", 1)))},
		{"Append of a check", add(to("meeting:1"))},
		{"Read", read("meeting:1", store.Range{})},
		{"Read backward", read("meeting:1", store.Range{Backward: true})},
		{"Read of no stream", read("meeting:none", store.Range{})},
		{"Feed", feed(store.Filter{})},
		{"Feed of nothing", feed(store.Filter{Types: []string{"none"}})},
		{"Feed with Follow", feed(store.Filter{Follow: true})},
		{"Head", func(ctx context.Context, tr *trial) error {
			_, err := tr.log.Head(ctx, "meeting:1")
			return err
		}},
		{"Head of no stream", func(ctx context.Context, tr *trial) error {
			_, err := tr.log.Head(ctx, "meeting:none")
			return err
		}},
		{"Find", func(ctx context.Context, tr *trial) error {
			_, err := tr.log.Find(ctx, "furniture")
			return err
		}},
		{"Find of no event", func(ctx context.Context, tr *trial) error {
			_, err := tr.log.Find(ctx, "nobody")
			return err
		}},
		{"Streams", func(ctx context.Context, tr *trial) error { return drain(tr.log.Streams(ctx, "", "")) }},
		{"Streams of no category", func(ctx context.Context, tr *trial) error { return drain(tr.log.Streams(ctx, "none", "")) }},
		{"State", func(ctx context.Context, tr *trial) error {
			_, err := tr.log.State(ctx)
			return err
		}},
		{"Marks.Get", func(ctx context.Context, tr *trial) error {
			_, err := tr.marks.Get(ctx, "mark")
			return err
		}},
		{"Marks.Put", func(ctx context.Context, tr *trial) error {
			_, err := tr.marks.Put(ctx, "m", nil, store.AnyRevision)
			return err
		}},
		{"Marks.Delete", func(ctx context.Context, tr *trial) error { return tr.marks.Delete(ctx, "m", store.AnyRevision) }},
		{"Marks.List", func(ctx context.Context, tr *trial) error { return drain(tr.marks.List(ctx, "")) }},
		{"Relay.Publish", func(ctx context.Context, tr *trial) error { return tr.relay.Publish(ctx, "channel", nil) }},
		{"Relay.Subscribe", subscribe},
	}
}

// subscribe waits for a message that nobody sends.
func subscribe(ctx context.Context, tr *trial) error {
	messages, err := tr.relay.Subscribe(ctx, "silence")
	if err != nil {
		return err
	}

	return drain(messages)
}

// furnish puts something there for every call to find.
func (tr *trial) furnish() {
	tr.Helper()

	tr.record(to("meeting:1", append(facts(3), named("furniture", 4))...))
	tr.put("mark", []byte("value"), store.Absent)
}
