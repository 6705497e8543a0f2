package bench

import (
	"context"
	"errors"
	"runtime"
	"strconv"

	"github.com/recountdev/recount/aggregate"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
)

// live measures the memory and the goroutines of aggregates that nobody uses:
// what is there, less what is there when they are gone.
func (r *commandsRun) live(ctx context.Context) error {
	n := r.config.Live

	return r.onStore(ctx, r.at(partLive), func(b store.Backend) error {
		p := newProgram()

		made, err := p.runtime(ctx, b, n)
		if err != nil {
			return err
		}

		r.statusf("memory: a command to each of %s", plural(n, "aggregate"))

		err = inParallel(ctx, hotAppenders, n, func(ctx context.Context, i int) error {
			_, err := p.enter.Do(ctx, made, event.Stream("ledger:"+strconv.Itoa(i)), entry{By: 1})

			return err
		})

		with, goroutines := heapInUse(), runtime.NumGoroutine()

		if err := errors.Join(err, closeRuntime(ctx, made)); err != nil {
			return err
		}

		runtime.KeepAlive(made)

		made = nil // so that it can be collected
		without, rest := heapInUse(), runtime.NumGoroutine()

		return r.figures(
			Figure{Name: "live_memory", Text: "memory of a live aggregate, its state of 16 B and its name included, of " + grouped(int64(n)), Value: float64(with-without) / float64(n), Unit: "B", AtMost: 1024},
			Figure{Name: "live_goroutines", Text: "goroutines more, with all of them in memory", Value: float64(goroutines - rest), AtMost: 1})
	})
}

func closeRuntime(ctx context.Context, of *aggregate.Runtime) error {
	return of.Close(context.WithoutCancel(ctx))
}

// heapInUse returns the bytes of the heap that somebody can reach.
func heapInUse() int64 {
	var m runtime.MemStats

	for range 3 { // what waits in pools and finalizers goes, too
		runtime.GC()
	}

	runtime.ReadMemStats(&m)

	return int64(m.HeapAlloc)
}
