package aggregate_test

import (
	"context"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/recountdev/recount/aggregate"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/memory"
)

// BenchmarkDo measures commands from 256 callers to aggregates in memory, on a
// log in memory: what the runtime adds to an append. `recount bench commands`
// measures on a disk.
func BenchmarkDo(b *testing.B) {
	for _, aggregates := range []int{1, 10_000} {
		b.Run(strconv.Itoa(aggregates), func(b *testing.B) {
			c := newCounters()
			r := runtime(b, newBenchStore(b), c.kind)
			streams := made(b, r, c, aggregates)

			concurrently(b, func(ctx context.Context) error {
				_, err := c.increment.Do(ctx, r, streams[rand.IntN(aggregates)], incrementBy{1})

				return err
			})
		})
	}
}

// BenchmarkAppend measures the same without aggregates.
func BenchmarkAppend(b *testing.B) {
	for _, aggregates := range []int{1, 10_000} {
		b.Run(strconv.Itoa(aggregates), func(b *testing.B) {
			backend := newBenchStore(b)
			streams := made(b, nil, counters{}, aggregates)
			draft := event.Draft{Type: "incremented", Data: []byte(`{"by":1}`), Meta: event.Meta{Extra: []byte(`{"$command":{"name":"increment"}}`)}}

			concurrently(b, func(ctx context.Context) error {
				_, err := backend.Log.Append(ctx, store.Batch{Stream: streams[rand.IntN(aggregates)], Drafts: []event.Draft{draft}})

				return err
			})
		})
	}
}

// newBenchStore returns a store without marks: snapshots are not measured.
func newBenchStore(b *testing.B) store.Backend {
	b.Helper()

	backend := memory.New()
	backend.Marks = nil
	b.Cleanup(func() { _ = backend.Log.Close(context.WithoutCancel(b.Context())) })

	return backend
}

// made returns streams, whose aggregates are there if there is a runtime.
func made(b *testing.B, r *aggregate.Runtime, c counters, n int) []event.Stream {
	b.Helper()

	streams := make([]event.Stream, n)
	for i := range streams {
		streams[i] = event.Stream("counter:" + strconv.Itoa(i))

		if r == nil {
			continue
		}

		if _, err := c.create.Do(b.Context(), r, streams[i], struct{}{}); err != nil {
			b.Fatal(err)
		}
	}

	return streams
}

// concurrently lets 256 callers do something.
func concurrently(b *testing.B, do func(ctx context.Context) error) {
	b.Helper()
	b.SetParallelism(128)
	b.ReportAllocs()
	b.ResetTimer()

	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := do(b.Context()); err != nil {
				b.Error(err)

				return
			}
		}
	})
}
