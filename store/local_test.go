package store_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

// subscribe fails the test if nobody may subscribe.
func subscribe(ctx context.Context, t *testing.T, r store.Relay, channel string) iter.Seq2[store.Message, error] {
	t.Helper()

	messages, err := r.Subscribe(ctx, channel)
	if err != nil {
		t.Fatalf("subscribe: %v", err)
	}

	return messages
}

func publish(t *testing.T, r store.Relay, channel string, texts ...string) {
	t.Helper()

	for _, text := range texts {
		if err := r.Publish(t.Context(), channel, []byte(text)); err != nil {
			t.Fatalf("publish: %v", err)
		}
	}
}

// heard is what a subscriber got until its end.
type heard struct {
	texts   []string
	dropped []uint64
	err     error
}

// listen ranges over a subscription until it ends or has most messages.
func listen(messages iter.Seq2[store.Message, error], most int) heard {
	var h heard
	for m, err := range messages {
		if err != nil {
			h.err = err
			return h
		}

		h.texts = append(h.texts, string(m.Payload))
		h.dropped = append(h.dropped, m.Dropped)

		if len(h.texts) == most {
			break
		}
	}

	return h
}

func TestLocalRelayDropsTheOldest(t *testing.T) {
	t.Parallel()

	r := store.NewLocalRelay()
	defer r.Close()

	messages := subscribe(t.Context(), t, r, "channel")

	const extra = 100
	for n := range store.RelayQueue + extra {
		publish(t, r, "channel", strconv.Itoa(n))
	}

	h := listen(messages, store.RelayQueue)
	if h.err != nil || len(h.texts) != store.RelayQueue {
		t.Fatalf("heard %d messages, %v", len(h.texts), h.err)
	}

	for i, text := range h.texts {
		if text != strconv.Itoa(i+extra) {
			t.Fatalf("message %d is %s, want %d", i, text, i+extra)
		}

		if want := uint64(0); i > 0 && h.dropped[i] != want || i == 0 && h.dropped[i] != extra {
			t.Fatalf("message %d comes after %d that were dropped", i, h.dropped[i])
		}
	}
}

func TestLocalRelayCountsAnew(t *testing.T) {
	t.Parallel()

	r := store.NewLocalRelay()
	defer r.Close()

	next, stop := iter.Pull2(subscribe(t.Context(), t, r, "channel"))
	defer stop()

	for round := range 3 {
		for n := range store.RelayQueue + round {
			publish(t, r, "channel", strconv.Itoa(n))
		}

		for i := range store.RelayQueue {
			m, err, ok := next()
			if err != nil || !ok || i > 0 && m.Dropped != 0 || i == 0 && m.Dropped != uint64(round) {
				t.Fatalf("round %d: message %d: %+v, %v, %t", round, i, m, err, ok)
			}
		}
	}
}

func TestLocalRelayCopiesOnce(t *testing.T) {
	t.Parallel()

	r := store.NewLocalRelay()
	defer r.Close()

	first, second := subscribe(t.Context(), t, r, "channel"), subscribe(t.Context(), t, r, "channel")

	payload := []byte("payload")
	if err := r.Publish(t.Context(), "channel", payload); err != nil {
		t.Fatal(err)
	}

	clear(payload)

	var got [][]byte

	for _, messages := range []iter.Seq2[store.Message, error]{first, second} {
		for m, err := range messages {
			if err != nil || string(m.Payload) != "payload" {
				t.Fatalf("heard %q, %v", m.Payload, err)
			}

			got = append(got, m.Payload)

			break
		}
	}

	if &got[0][0] != &got[1][0] {
		t.Error("each subscriber has a copy of its own")
	}
}

func TestLocalRelayWakesSubscribers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := store.NewLocalRelay()
		ctx, cancel := context.WithCancel(t.Context())

		var (
			done          sync.WaitGroup
			stays, leaves heard
		)

		for h, sub := range map[*heard]iter.Seq2[store.Message, error]{
			&stays:  subscribe(t.Context(), t, r, "channel"),
			&leaves: subscribe(ctx, t, r, "channel"),
		} {
			done.Go(func() { *h = listen(sub, 0) })
		}

		publish(t, r, "channel", "one")
		synctest.Wait()
		publish(t, r, "channel", "two")
		synctest.Wait()
		cancel()
		synctest.Wait()
		publish(t, r, "channel", "three")
		synctest.Wait()
		r.Close()
		done.Wait()

		if got := fmt.Sprint(leaves.texts); got != "[one two]" || !errors.Is(leaves.err, context.Canceled) {
			t.Errorf("who left heard %s, %v", got, leaves.err)
		}

		if got := fmt.Sprint(stays.texts); got != "[one two three]" || fault.Of(stays.err) != fault.CodeUnavailable {
			t.Errorf("who stayed heard %s, %v", got, stays.err)
		}
	})
}

// TestLocalRelayHoldsNoGoroutine relies on synctest, which fails if a goroutine
// of the bubble is left over or if all of them wait for ever.
func TestLocalRelayHoldsNoGoroutine(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := store.NewLocalRelay()
		ctx, cancel := context.WithCancel(t.Context())
		untouched := subscribe(ctx, t, r, "channel")

		publish(t, r, "channel", "one")
		cancel()
		synctest.Wait()

		if h := listen(untouched, 0); len(h.texts) > 0 || !errors.Is(h.err, context.Canceled) {
			t.Errorf("after the context ended: heard %q, %v", h.texts, h.err)
		}
	})
}

func TestLocalRelayIsRangedOverOnce(t *testing.T) {
	t.Parallel()

	r := store.NewLocalRelay()
	defer r.Close()

	messages := subscribe(t.Context(), t, r, "channel")
	publish(t, r, "channel", "one", "two")

	if h := listen(messages, 1); h.err != nil || h.texts[0] != "one" {
		t.Fatalf("heard %q, %v", h.texts, h.err)
	}

	h := listen(messages, 1)
	if h.err == nil || h.err.Error() != `the subscription to "channel" was already ranged over: subscribe again` {
		t.Errorf("the second range: heard %q, %v", h.texts, h.err)
	}
}

func TestLocalRelayClose(t *testing.T) {
	t.Parallel()

	r := store.NewLocalRelay()
	waiting := subscribe(t.Context(), t, r, "channel")
	publish(t, r, "channel", "one")
	r.Close()
	r.Close()

	if h := listen(waiting, 0); len(h.texts) > 0 || fault.Of(h.err) != fault.CodeUnavailable {
		t.Errorf("after Close: heard %q, %v", h.texts, h.err)
	}

	if err := r.Publish(t.Context(), "channel", nil); fault.Of(err) != fault.CodeUnavailable {
		t.Errorf("publish after Close: %v", err)
	}

	if _, err := r.Subscribe(t.Context(), "channel"); fault.Of(err) != fault.CodeUnavailable {
		t.Errorf("subscribe after Close: %v", err)
	}
}

func TestLocalRelayHasOneOrder(t *testing.T) {
	t.Parallel()

	const publishers, messages = 4, 200

	r := store.NewLocalRelay()
	defer r.Close()

	first, second := subscribe(t.Context(), t, r, "channel"), subscribe(t.Context(), t, r, "channel")

	var done sync.WaitGroup
	for p := range publishers {
		done.Go(func() {
			for n := range messages {
				if err := r.Publish(t.Context(), "channel", fmt.Append(nil, p, n)); err != nil {
					t.Errorf("publish: %v", err)
				}
			}
		})
	}

	done.Wait()

	a, b := listen(first, publishers*messages), listen(second, publishers*messages)
	if fmt.Sprint(a) != fmt.Sprint(b) {
		t.Error("two subscribers heard the messages in different orders")
	}
}
