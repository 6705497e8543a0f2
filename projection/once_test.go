package projection_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/projection"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/pebble"
)

// TestOnceWhenCommitsFail shows that an event counts once, whether a commit
// failed or only its answer was lost.
func TestOnceWhenCommitsFail(t *testing.T) {
	t.Parallel()

	for name, address := range databases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			url := address(t)
			log := newLog(t)
			views := openViews(t, url)

			h := startOn(t, log, views, sums(projection.Options{Batch: 7}))
			h.stop()

			var commits, failed atomic.Int64

			views.AroundCommits(func(commit func() error) error {
				n := commits.Add(1)
				switch {
				case n%5 == 4 && n < 16:
					failed.Add(1)

					return errors.New("the disk is full")
				case n%5 == 1 && n < 16:
					failed.Add(1)

					return errors.Join(commit(), errors.New("the answer was lost"))
				default:
					return commit()
				}
			})

			for round := range 20 {
				h = tryOn(t, log, views)
				if h == nil {
					continue // New itself met a commit that failed
				}

				p := h.append(event.Stream(fmt.Sprintf("counter:%d", round%3)), "added", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
				if round%5 == 4 {
					h.wait("sums", p)
					h.check()
				}

				h.stop()
			}

			views.AroundCommits(func(commit func() error) error { return commit() })

			h = startOn(t, log, views, sums(projection.Options{Batch: 7}))
			h.wait("sums", h.append("counter:1", "added", 11))
			h.check()

			if failed.Load() == 0 {
				t.Errorf("none of %d commits failed", commits.Load())
			}
		})
	}
}

// tryOn starts a runner, or returns nil if that fails.
func tryOn(t *testing.T, log store.Log, views *projection.Views) *house {
	t.Helper()

	r, err := projection.New(t.Context(), projection.Settings{Log: log, Views: views, Definitions: []*projection.Definition{sums(projection.Options{Batch: 7})}})
	if err != nil {
		return nil
	}

	h := &house{T: t, log: log, views: views, runner: r, logged: &logged{}}
	ctx, cancel := context.WithCancel(t.Context())

	var running sync.WaitGroup

	running.Go(func() { r.Run(ctx) })

	h.stop = func() {
		cancel()
		running.Wait()
	}

	return h
}

// TestTwoRunners shows that an event counts once, however many programs project
// into the same views.
func TestTwoRunners(t *testing.T) {
	t.Parallel()

	for name, address := range databases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			url := address(t)
			log := newLog(t)
			first := start(t, log, url, sums(projection.Options{Batch: 5}))
			second := start(t, log, url, sums(projection.Options{Batch: 5}))

			var p event.Position
			for i := range 60 {
				p = first.append(event.Stream(fmt.Sprintf("counter:%d", i%4)), "added", i, i+1, i+2, i+3, i+4, i+5, i+6)

				switch i {
				case 20:
					if err := second.views.Rebuild(t.Context(), "sums"); err != nil {
						t.Fatal(err)
					}
				case 40:
					second.stop()
				}
			}

			first.wait("sums", p)
			first.check()
			first.until("it is rebuilt", func() bool { return first.status().Generation == 2 && first.status().Rebuild == nil })
			first.wait("sums", p)
			first.check()
		})
	}
}

const (
	victimLog   = "RECOUNT_TEST_VICTIM_LOG"
	victimViews = "RECOUNT_TEST_VICTIM_VIEWS"
)

// runVictim records events, projects them and says how far it came, until it is
// killed.
func runVictim() error {
	ctx := context.Background()

	backend, err := pebble.Open(ctx, os.Getenv(victimLog), pebble.Options{})
	if err != nil {
		return err
	}

	views, err := projection.Open(ctx, os.Getenv(victimViews))
	if err != nil {
		return err
	}

	r, err := projection.New(ctx, projection.Settings{Log: backend.Log, Views: views, Definitions: []*projection.Definition{sums(projection.Options{Batch: 50})}})
	if err != nil {
		return err
	}

	go r.Run(ctx)

	if rand.IntN(2) == 0 {
		if err := views.Rebuild(ctx, "sums"); err != nil {
			return err
		}
	}

	for i := 0; ; i++ {
		receipt, err := backend.Log.Append(ctx, store.Batch{Stream: event.Stream(fmt.Sprintf("counter:%d", i%9)), Drafts: []event.Draft{
			{Type: "added", Data: fmt.Appendf(nil, `{"n":%d}`, i)}, {Type: "noted"}, {Type: "added", Data: []byte(`{"n":-3}`)},
		}})
		if err != nil {
			return err
		}

		if i%20 == 0 {
			if _, err := fmt.Println(receipt.Position); err != nil { //nolint:forbidigo // this is how it talks to the test
				return err
			}
		}
	}
}

// TestOnceWhenKilled kills a program that projects under load, again and again.
func TestOnceWhenKilled(t *testing.T) {
	t.Parallel()

	for name, address := range databases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			url := address(t)
			rounds := 3
			if n, err := strconv.Atoi(os.Getenv("RECOUNT_TORTURE_ROUNDS")); err == nil {
				rounds = max(n, 50)
			}

			folder := filepath.Join(t.TempDir(), "log")
			for range rounds {
				kill(t, folder, url)
			}

			backend, err := pebble.Open(t.Context(), folder, pebble.Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := backend.Log.Close(context.WithoutCancel(t.Context())); err != nil {
					t.Error(err)
				}
			})

			h := start(t, backend.Log, url, sums(projection.Options{Batch: 50}))
			state, err := backend.Log.State(t.Context())
			if err != nil || state.Head.IsZero() {
				t.Fatalf("the log has nothing: %v, error %v", state, err)
			}

			h.wait("sums", state.Head)
			h.check()
			h.stop()
		})
	}
}

// kill runs a victim for some time, under load, and kills it.
func kill(t *testing.T, folder, url string) {
	t.Helper()

	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}

	cmd := exec.CommandContext(t.Context(), program)
	cmd.Env = append(os.Environ(), victimLog+"="+folder, victimViews+"="+url)
	cmd.Stderr = os.Stderr

	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}

	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}

	said := bufio.NewScanner(out)
	for range 1 + rand.IntN(20) {
		if !said.Scan() {
			t.Fatalf("the program ended by itself: %v", cmd.Wait())
		}
	}

	<-time.After(time.Duration(rand.IntN(20)) * time.Millisecond)

	if err := cmd.Process.Kill(); err != nil {
		t.Error(err)
	}

	for said.Scan() { // what it said until then
	}

	_ = cmd.Wait() // says that it was killed
}
