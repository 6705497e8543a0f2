package bench

import (
	"cmp"
	"context"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/pebble"
)

// benchmarkEvents is the size of the log that the benchmarks read. `recount
// bench read` reads 1,000,000.
const benchmarkEvents = 200_000

// openPebble opens the log that is measured.
func openPebble(ctx context.Context, folder string) (store.Backend, error) {
	return pebble.Open(ctx, folder, pebble.Options{})
}

// onDisk returns a folder to measure in, within the working directory: the
// system's temporary folder may lie in memory, where syncing is free.
func onDisk(b *testing.B) string {
	b.Helper()

	folder, remove, err := workspace("")
	if err != nil {
		b.Fatal(err)
	}

	b.Cleanup(func() {
		if err := remove(); err != nil {
			b.Error(err)
		}
	})

	if m, err := DescribeMachine(folder); err != nil || m.InMemory {
		b.Fatalf("%s lies in %s: choose another disk (%v)", folder, m.Filesystem, err)
	}

	return folder
}

// BenchmarkAppend measures durable appends of 250 B events. An operation is an
// append of one of the appenders. The metric ratio compares the rate with that
// of the segment file, to which the same appends go in turn within the same
// benchmark, eight times a run, while the clock of the benchmark stands still;
// for one hot stream, and for appends beside readers that never finish, with
// that of distinct streams.
func BenchmarkAppend(b *testing.B) {
	events := newGenerator(1).pool(poolSize)
	all := make(map[string]*candidate)

	for _, c := range (AppendConfig{Open: openPebble}).candidates(hotAppenders, events) {
		all[c.name] = &c
		numbers := []int{1, 16, 256, 1000}

		if c.ratioTo == nameLogIDs {
			numbers = []int{hotAppenders}
		}

		b.Run(strings.ReplaceAll(c.name, "_", "-"), func(b *testing.B) {
			for _, appenders := range numbers {
				b.Run(strconv.Itoa(appenders), func(b *testing.B) { benchmarkAppend(b, &c, all[c.ratioTo], appenders) })
			}
		})
	}
}

// benchmarkAppend measures a candidate beside a limit, unless that is nil.
func benchmarkAppend(b *testing.B, measured, limit *candidate, appenders int) {
	b.Helper()

	const turns = 8

	var ratios []float64

	c := hire(b, measured, appenders)
	beside := hire(b, cmp.Or(limit, measured), appenders)

	c.work(b, appenders) // warm up
	beside.work(b, appenders)
	c.forget()

	b.ReportAllocs()
	b.ResetTimer()

	total := time.Duration(0)
	for turn := range turns {
		appends := b.N*(turn+1)/turns - b.N*turn/turns
		took := c.work(b, appends)
		total += took

		b.StopTimer()

		if limit != nil && appends > 0 {
			ratios = append(ratios, float64(beside.work(b, appends))/float64(took))
		}

		b.StartTimer()
	}

	b.StopTimer()

	latencies := c.latencies()
	b.ReportMetric(float64(b.N)/total.Seconds(), "appends/s")
	b.ReportMetric(micros(latencies.quantile(0.5)), "p50-us")
	b.ReportMetric(micros(latencies.quantile(0.99)), "p99-us")

	if limit != nil {
		b.ReportMetric(median(ratios), "ratio")
	}
}

// crew is a number of appenders that append to one target.
type crew struct {
	appenders []appender
	workers   []worker
}

// hire opens a candidate for the length of the benchmark.
func hire(b *testing.B, c *candidate, appenders int) *crew {
	b.Helper()

	opened, err := c.open(b.Context(), onDisk(b))
	if err != nil {
		b.Fatal(err)
	}

	b.Cleanup(func() {
		if err := opened.close(context.WithoutCancel(b.Context())); err != nil {
			b.Error(err)
		}
	})

	w := &crew{workers: make([]worker, appenders)}
	for i := range appenders {
		w.appenders = append(w.appenders, opened.appender(i))
	}

	return w
}

// work shares a number of appends among the appenders, and returns how long
// they took.
func (c *crew) work(b *testing.B, appends int) time.Duration {
	b.Helper()

	var (
		group sync.WaitGroup
		left  atomic.Int64
	)

	left.Store(int64(appends))

	begin := make(chan struct{})

	for i, a := range c.appenders {
		group.Go(func() {
			<-begin

			for left.Add(-1) >= 0 {
				a.prepare()

				start := time.Now()
				if err := a.append(b.Context()); err != nil {
					b.Error(err)

					return
				}

				c.workers[i].latencies.add(time.Since(start))
			}
		})
	}

	start := time.Now()

	close(begin)
	group.Wait()

	return time.Since(start)
}

func (c *crew) forget() { clear(c.workers) }

func (c *crew) latencies() *histogram {
	all := &histogram{}
	for i := range c.workers {
		all.merge(&c.workers[i].latencies)
	}

	return all
}

// filledLog returns a log with benchmarkEvents events.
func filledLog(b *testing.B) store.Log {
	b.Helper()

	backend, err := openPebble(b.Context(), onDisk(b))
	if err != nil {
		b.Fatal(err)
	}

	b.Cleanup(func() {
		if err := backend.Log.Close(context.WithoutCancel(b.Context())); err != nil {
			b.Error(err)
		}
	})

	f := fill{log: backend.Log, events: benchmarkEvents, status: func(string) {}}
	if err := f.run(b.Context()); err != nil {
		b.Fatal(err)
	}

	return backend.Log
}

// BenchmarkReplay measures the feed. An operation is a replay of all events.
func BenchmarkReplay(b *testing.B) {
	log := filledLog(b)

	b.ReportAllocs()

	for b.Loop() {
		if err := replay(b.Context(), log, benchmarkEvents); err != nil {
			b.Fatal(err)
		}
	}

	b.ReportMetric(float64(benchmarkEvents)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

// BenchmarkLoadStream100 measures loading streams. An operation is the loading
// of a random stream of 100 events.
func BenchmarkLoadStream100(b *testing.B) {
	var latencies histogram

	log := filledLog(b)
	random := rand.New(rand.NewPCG(7, 11))

	b.ReportAllocs()

	for b.Loop() {
		start := time.Now()
		if err := loadStream(b.Context(), log, filledStream(random.IntN(benchmarkEvents/streamLength)), streamLength); err != nil {
			b.Fatal(err)
		}

		latencies.add(time.Since(start))
	}

	b.ReportMetric(micros(latencies.quantile(0.5)), "p50-us")
	b.ReportMetric(micros(latencies.quantile(0.99)), "p99-us")
}

// BenchmarkAppendLong measures appends to a log of 10,000,000 events beside
// those to an empty one, as `recount bench read --long` does. It takes minutes
// and some GB of disk, so RECOUNT_BENCH_LONG has to be set: make bench-long.
func BenchmarkAppendLong(b *testing.B) {
	if os.Getenv("RECOUNT_BENCH_LONG") == "" {
		b.Skip("set RECOUNT_BENCH_LONG=1 to fill a log with 10,000,000 events")
	}

	config, err := ReadConfig{Open: openPebble, Long: 10_000_000}.withDefaults()
	if err != nil {
		b.Fatal(err)
	}

	b.ResetTimer()

	for b.Loop() {
		r := readRun{ReadConfig: config, folder: onDisk(b), report: func(f Figure) error {
			b.ReportMetric(f.Value, f.Name+"-"+cmp.Or(f.Unit, "x"))

			return nil
		}}
		if err := r.long(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
