package aggregate_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/recountdev/recount/aggregate"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/pebble"
)

const (
	// victimFolder names the environment variable that makes this test binary
	// a process that sends commands until it is killed.
	victimFolder  = "RECOUNT_TEST_VICTIM"
	victimWorkers = 16
	sharedTill    = event.Stream("till:shared")
)

// A process that is killed loses no command that it had answered, and none
// happens twice, also if its answer is asked for again.
func TestKill(t *testing.T) {
	t.Parallel()

	folder := filepath.Join(t.TempDir(), "data")
	random := rand.New(rand.NewPCG(7, 8))

	var told [victimWorkers]int
	for range tortureRounds(t, 4) {
		killAfter(t, folder, &told, 1+random.IntN(400))
	}

	backend := newPebble(t, folder)
	c := newVictimTills()
	r := runtime(t, backend, c.kind)

	sum := 0
	for w := range victimWorkers {
		n, err := c.again(t.Context(), r, w)
		if err != nil {
			t.Fatal(err)
		}

		if n < told[w] {
			t.Errorf("worker %d was told of %d commands, and %d are there", w, told[w], n)
		}

		sum += n
	}

	shared, version, err := c.cash(t.Context(), r, sharedTill)
	if err != nil || shared != sum || int(version) != sum || sum == 0 {
		t.Errorf("%d is there at version %d, %v; want what all have together, %d", shared, version, err, sum)
	}
}

// newVictimTills makes snapshots often.
func newVictimTills() tills {
	c := newTills()
	c.kind.With(aggregate.Settings{SnapshotEvery: 50})

	return c
}

// killAfter lets a process work until it has told of some commands, and kills
// it. told is the number of the last one of each worker.
func killAfter(t *testing.T, folder string, told *[victimWorkers]int, after int) {
	t.Helper()

	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}

	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), victimFolder+"="+folder)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}

	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}

	lines := bufio.NewScanner(out)
	for n := 1; lines.Scan(); n++ {
		var w, i int
		if _, err := fmt.Sscanf(lines.Text(), "%d %d", &w, &i); err != nil {
			t.Fatalf("%s: %v", lines.Text(), err)
		}

		told[w] = i
		if n == after {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}

			after = 0
		}
	}

	if after > 0 {
		t.Error("the victim ended by itself")
	}

	_ = cmd.Wait() // it was killed
}

// again sends the last command of a worker again, to its own till and the shared
// one, and returns its number.
func (c tills) again(ctx context.Context, h aggregate.Host, w int) (int, error) {
	n, _, err := c.cash(ctx, h, ownTill(w))
	if err != nil || n == 0 {
		return 0, err
	}

	got, err := c.pay(ctx, h, w, n)
	if err == nil && (!got.Repeated || got.Value != n) {
		err = fmt.Errorf("command %d of worker %d was taken again: %+v", n, w, got)
	}

	return n, err
}

func ownTill(w int) event.Stream { return event.Stream(fmt.Sprint("till:", w)) }

// pay pays in the n-th time for a worker: into its own till, whose answer it
// returns, then into the shared one.
func (c tills) pay(ctx context.Context, h aggregate.Host, w, n int) (aggregate.Result[int], error) {
	id := aggregate.WithID(fmt.Sprintf("%d-%d", w, n))

	got, err := c.in.Do(ctx, h, ownTill(w), 1, id)
	if err != nil {
		return got, err
	}

	_, err = c.in.Do(ctx, h, sharedTill, 1, id)

	return got, err
}

// beVictim works on two runtimes and tells of every command, until somebody
// kills the process.
func beVictim(folder string) int {
	ctx := context.Background()
	backend, err := pebble.Open(ctx, folder, pebble.Options{})
	if err != nil {
		fmt.Fprintln(os.Stderr, "victim:", err)

		return 1
	}

	fmt.Fprintln(os.Stderr, "victim:", work(ctx, backend))

	return 1
}

func work(ctx context.Context, backend store.Backend) error {
	c := newVictimTills()

	var rs [2]*aggregate.Runtime
	for i := range rs {
		var err error
		if rs[i], err = aggregate.New(ctx, aggregate.Options{Log: backend.Log, Marks: backend.Marks, Kinds: []aggregate.Kind{c.kind}}); err != nil {
			return err
		}
	}

	var (
		workers  sync.WaitGroup
		mu       sync.Mutex
		problems [victimWorkers]error
	)

	for w := range victimWorkers {
		workers.Go(func() {
			n, err := c.again(ctx, rs[w%2], w)
			for err == nil {
				n++

				var got aggregate.Result[int]
				if got, err = c.pay(ctx, rs[(w+n)%2], w, n); err == nil && (got.Value != n || got.Repeated) {
					err = fmt.Errorf("command %d of worker %d: %+v", n, w, got)
				}

				mu.Lock()
				_, _ = fmt.Fprintln(os.Stdout, w, n)
				mu.Unlock()
			}

			problems[w] = err
		})
	}

	workers.Wait()

	return errors.Join(problems[:]...)
}
