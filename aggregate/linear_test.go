package aggregate_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/recountdev/recount/aggregate"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

const (
	someTills = 3
	opening   = 5
)

// act is one command or question of a history.
type act struct {
	what      string
	of, to, n int
}

// outcome is what came of an act.
type outcome struct {
	refused bool
	cash    int
	version event.Version
}

// tillBooks are the books of all tills.
type tillBooks [someTills]struct {
	cash    int
	version event.Version
}

// tillModel says what a history must be like: as if one act came after another.
var tillModel = porcupine.Model{
	Init: func() any { return tillBooks{} },
	Step: func(state, input, output any) (bool, any) {
		books, in, out := state.(tillBooks), input.(act), output.(outcome) //nolint:errcheck // what they are
		at := &books[in.of]

		switch in.what {
		case "in":
			at.cash, at.version = at.cash+in.n, at.version+1
		case "out", "move":
			if at.cash < in.n {
				return out.refused, books
			}

			at.cash, at.version = at.cash-in.n, at.version+1
		case "both":
			if at.cash+1 < in.n {
				return out.refused, books
			}

			at.cash, at.version = at.cash+1-in.n, at.version+2
		}

		right := !out.refused && out.cash == at.cash && out.version == at.version
		if in.what == "move" {
			books[in.to].cash += in.n
			books[in.to].version++
		}

		return right, books
	},
	DescribeOperation: func(input, output any) string { return fmt.Sprintf("%+v -> %+v", input, output) },
}

// till names a till.
func tillOf(i int) event.Stream { return event.Stream(fmt.Sprintf("till:%d", i)) }

// do does an act.
func (c tills) do(ctx context.Context, h aggregate.Host, a act, id string) (outcome, error) {
	var (
		got aggregate.Result[int]
		err error
	)

	stream := tillOf(a.of)
	switch a.what {
	case "in":
		got, err = c.in.Do(ctx, h, stream, a.n, aggregate.WithID(id))
	case "out":
		got, err = c.out.Do(ctx, h, stream, a.n, aggregate.WithID(id))
	case "both":
		got, err = c.both.Do(ctx, h, stream, a.n, aggregate.WithID(id))
	case "move":
		got, err = c.move.Do(ctx, h, stream, move{tillOf(a.to), a.n}, aggregate.WithID(id))
	default:
		got.Value, got.Version, err = c.cash(ctx, h, stream)
	}

	if fault.Of(err) == fault.CodeRejected {
		return outcome{refused: true}, nil
	}

	return outcome{cash: got.Value, version: got.Version}, err
}

// nodes are runtimes on one log that come and go.
type nodes struct {
	make func() (*aggregate.Runtime, error)
	now  [2]atomic.Pointer[aggregate.Runtime]
}

func newNodes(t *testing.T, create func() (*aggregate.Runtime, error)) *nodes {
	t.Helper()

	n := &nodes{make: create}
	for i := range n.now {
		r, err := create()
		if err != nil {
			t.Fatal(err)
		}

		n.now[i].Store(r)
	}

	t.Cleanup(func() {
		for i := range n.now {
			_ = n.now[i].Load().Close(context.WithoutCancel(t.Context()))
		}
	})

	return n
}

// kill replaces a node by a new one, whatever it is doing.
func (n *nodes) kill(i int) error {
	r, err := n.make()
	if err != nil {
		return err
	}

	dead, cancel := context.WithCancel(context.Background())
	cancel()

	return n.now[i].Swap(r).Close(dead)
}

// history remembers who did what, when.
type history struct {
	began    time.Time
	answered chan struct{} // has room for one, and holds it if somebody was answered
	mu       sync.Mutex
	all      []porcupine.Operation
}

func newHistory() *history { return &history{began: time.Now(), answered: make(chan struct{}, 1)} }

// try does an act, with the same ID and on whichever node is there, until its
// outcome is known.
func (h *history) try(ctx context.Context, n *nodes, c tills, client int, a act, id string) error {
	from := time.Since(h.began)
	for i := client; ; i++ {
		out, err := c.do(ctx, n.now[i%len(n.now)].Load(), a, id)
		if fault.Of(err) == fault.CodeUnavailable && ctx.Err() == nil {
			continue
		}

		if err != nil {
			return fmt.Errorf("%+v: %w", a, err)
		}

		h.add(porcupine.Operation{ClientId: client, Input: a, Call: int64(from), Output: out, Return: int64(time.Since(h.began))})

		return nil
	}
}

func (h *history) add(o porcupine.Operation) {
	h.mu.Lock()
	defer h.mu.Unlock()

	h.all = append(h.all, o)

	select {
	case h.answered <- struct{}{}:
	default:
	}
}

// randomAct returns something to do.
func randomAct(random *rand.Rand) act {
	of := random.IntN(someTills)

	return act{
		what: []string{"in", "out", "both", "move", "ask"}[random.IntN(5)],
		of:   of, to: (of + 1) % someTills, n: 1 + random.IntN(opening),
	}
}

// checkLinear lets many do things at once on two nodes that are killed now and
// then, and checks that it looks as if one act came after another.
func checkLinear(t *testing.T, backend store.Backend, seed uint64) {
	t.Helper()

	const clients, each = 16, 12

	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()

	c := newTills()
	log := troubled(backend.Log, 12)
	n := newNodes(t, func() (*aggregate.Runtime, error) {
		return aggregate.New(ctx, aggregate.Options{Log: log, Marks: backend.Marks, Kinds: []aggregate.Kind{c.kind}, Live: 2})
	})

	var (
		wg       sync.WaitGroup
		h        = newHistory()
		problems = make([]error, clients)
		done     = make(chan struct{})
		killer   = make(chan error)
	)

	for client := range clients {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(seed, uint64(client)))
			for i := range each {
				id := fmt.Sprintf("%d-%d-%d", seed, client, i)
				problems[client] = errors.Join(problems[client], h.try(ctx, n, c, client, randomAct(random), id))
			}
		})
	}

	// Between two kills somebody is answered: otherwise a slow machine would never
	// come to an end.
	go func() {
		var err error
		for i := 0; err == nil; i++ {
			select {
			case <-done:
				killer <- nil
				return
			case <-h.answered:
				<-time.After(3 * time.Millisecond)

				err = n.kill(i % 2)
			}
		}

		killer <- err
	}()

	wg.Wait()
	close(done)

	if err := errors.Join(append(problems, <-killer)...); err != nil {
		t.Fatal(err)
	}

	if got := porcupine.CheckOperationsTimeout(tillModel, h.all, time.Minute); got != porcupine.Ok {
		t.Fatalf("seed %d: %s: %d operations are not as if one came after another", seed, got, len(h.all))
	}

	if log.appends.Load() == 0 || len(h.all) != clients*each {
		t.Errorf("%d operations with %d appends prove nothing", len(h.all), log.appends.Load())
	}
}

// Commands, refusals and questions of many callers on two runtimes that are in
// each other's way are as if one came after another, whatever is lost.
func TestLinearizable(t *testing.T) {
	t.Parallel()

	rounds := uint64(tortureRounds(t, 4))
	for name, open := range map[string]func(t *testing.T) store.Backend{
		"memory": func(t *testing.T) store.Backend { t.Helper(); return newStore(t) },
		"pebble": func(t *testing.T) store.Backend { t.Helper(); return newPebble(t, t.TempDir()) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			for seed := range rounds {
				// What a round kept on disk goes with it.
				t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) { checkLinear(t, open(t), seed) })
			}
		})
	}
}

// The check of histories sees what is wrong.
func TestLinearModelFails(t *testing.T) {
	t.Parallel()

	right := []porcupine.Operation{
		{Input: act{what: "in", n: 2}, Output: outcome{cash: 2, version: 1}, Call: 0, Return: 1},
		{Input: act{what: "out", n: 3}, Output: outcome{refused: true}, Call: 2, Return: 3},
		{Input: act{what: "ask"}, Output: outcome{cash: 2, version: 1}, Call: 4, Return: 5},
	}
	if !porcupine.CheckOperations(tillModel, right) {
		t.Error("a right history is refused")
	}

	for name, out := range map[string]outcome{"stale": {}, "refused": {refused: true}, "double": {cash: 4, version: 2}} {
		wrong := slices.Clone(right)
		wrong[2].Output = out
		if porcupine.CheckOperations(tillModel, wrong) {
			t.Errorf("%s: a wrong history is taken", name)
		}
	}
}
