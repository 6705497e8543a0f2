package bench

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// appender appends one event after the other. Each goroutine has its own.
type appender interface {
	// prepare makes the next event. It does not count into the latency.
	prepare()
	// append returns when the event is durable.
	append(ctx context.Context) error
}

// load is a number of appenders that append as fast as they are answered.
type load struct {
	appenders []appender
	warmUp    time.Duration
	time      time.Duration
}

// result is what one round measured.
type result struct {
	appends   uint64
	elapsed   time.Duration
	mallocs   uint64
	cpu       time.Duration
	latencies histogram
}

func (r *result) perSecond() float64 { return float64(r.appends) / r.elapsed.Seconds() }

// allocs returns the allocations of the whole process for each append: those
// of the appenders, of the committer, and of what the log does in the
// background.
func (r *result) allocs() float64 { return float64(r.mallocs) / float64(max(r.appends, 1)) }

// cpuEach returns the CPU time of the whole process for each append, in
// microseconds; 0 on a system that is not asked for it.
func (r *result) cpuEach() float64 { return micros(r.cpu) / float64(max(r.appends, 1)) }

// The stages of a round.
const (
	warmingUp int32 = iota
	measuring
	stopping
)

// stage is the stage that a round is in.
type stage struct {
	atomic.Int32

	// counted is closed when the first append counts.
	counted chan struct{}
	once    sync.Once
}

// run warms up, and then measures for the given time, and on until at least one
// append was answered. Appends count if they are answered meanwhile.
func (l *load) run(ctx context.Context) (*result, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)

	var (
		group   sync.WaitGroup
		at      = stage{counted: make(chan struct{})}
		workers = make([]worker, len(l.appenders))
	)

	for i := range workers {
		group.Go(func() { workers[i].run(ctx, l.appenders[i], &at, cancel) })
	}

	r := &result{}
	err := l.watch(ctx, &at, r)

	group.Wait()

	if cause := context.Cause(ctx); err != nil || cause != nil {
		return nil, cause
	}

	for i := range workers {
		r.latencies.merge(&workers[i].latencies)
	}

	r.appends = r.latencies.total

	return r, nil
}

// watch leads the load through its stages.
func (l *load) watch(ctx context.Context, at *stage, r *result) error {
	defer at.Store(stopping)

	if err := wait(ctx, l.warmUp); err != nil {
		return err
	}

	var before, after runtime.MemStats

	runtime.ReadMemStats(&before)

	start, used := time.Now(), cpuTime()

	at.Store(measuring)

	err := wait(ctx, l.time)

	select {
	case <-at.counted:
	case <-ctx.Done():
	}

	at.Store(stopping)

	r.elapsed, r.cpu = time.Since(start), cpuTime()-used

	runtime.ReadMemStats(&after)
	r.mallocs = after.Mallocs - before.Mallocs

	return err
}

// worker drives one appender.
type worker struct {
	latencies histogram
}

func (w *worker) run(ctx context.Context, a appender, at *stage, fail context.CancelCauseFunc) {
	for at.Load() != stopping {
		a.prepare()

		start := time.Now()
		if err := a.append(ctx); err != nil {
			fail(err)

			return
		}

		if took := time.Since(start); at.Load() == measuring {
			if w.latencies.total == 0 {
				at.once.Do(func() { close(at.counted) })
			}

			w.latencies.add(took)
		}
	}
}

// wait returns after d, or with an error if the context ends before.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()

	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
