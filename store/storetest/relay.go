package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"sync"

	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

func relayCases() []testCase {
	const (
		hands = "Publish hands a message to everybody who is subscribed to the channel, the own node included."
		order = "yields messages in the order in which each node published them"
	)

	return []testCase{
		{"everybody who is subscribed hears it", hands, everybodyHears},
		{"channels do not mix", hands, channelsDoNotMix},
		{"payloads are kept byte for byte", hands, payloadsAreKept},
		{"it listens when Subscribe returns", "It listens when Subscribe returns, not only when the sequence is ranged over.", listensAtOnce},
		{"messages keep their order", order, messagesKeepOrder},
		{"all hear several publishers", order, severalPublishers},
		{"the oldest are dropped and counted", "the oldest are dropped, and the next message says how many.", oldestAreDropped},
		{"the sequence can be ranged over once", "The sequence can be ranged over once", rangedOnce},
		{"what waits is dropped with the context", "what was waiting then is dropped.", waitingIsDropped},
		{"a subscription ends though nobody ranges over it", "A subscription ends with ctx even if nobody ranges over it.", endsUnranged},
		{"who left hears nothing and harms nobody", "It does not wait for them.", subscriberLeaves},
	}
}

func (tr *trial) publish(channel, text string) {
	tr.Helper()

	if err := tr.relay.Publish(tr.soon(), channel, []byte(text)); err != nil {
		tr.Fatalf("publish to %q: %v", channel, err)
	}
}

func (tr *trial) subscribe(ctx context.Context, channel string) iter.Seq2[store.Message, error] {
	tr.Helper()

	messages, err := tr.relay.Subscribe(ctx, channel)
	if err != nil {
		tr.Fatalf("subscribe to %q: %v", channel, err)
	}

	return messages
}

// wantMessages checks that a subscription has these messages next, and none of
// them was dropped.
func (tr *trial) wantMessages(messages iter.Seq2[store.Message, error], want ...string) {
	tr.Helper()

	got := 0
	for m, err := range messages {
		if err != nil {
			tr.Fatalf("message %d: %v", got+1, err)
		}

		if string(m.Payload) != want[got] || m.Dropped != 0 {
			tr.Fatalf("message %d is %.50q after %d that were dropped, want %.50q", got+1, m.Payload, m.Dropped, want[got])
		}

		if got++; got == len(want) {
			return
		}
	}

	tr.Fatalf("the subscription ended without an error after %d messages, want %d", got, len(want))
}

func everybodyHears(tr *trial) {
	ctx := tr.soon()
	tr.publish("channel", "before")

	subscriptions := make([]iter.Seq2[store.Message, error], 5)
	for i := range subscriptions {
		subscriptions[i] = tr.subscribe(ctx, "channel")
	}

	tr.publish("channel", "one")
	tr.publish("channel", "two")

	for _, s := range subscriptions {
		tr.wantMessages(s, "one", "two")
	}
}

func channelsDoNotMix(tr *trial) {
	channels := []string{"a", "b", "a:b", "a*", "*", "", "A", "é", "a.b", "a.*", ">", "with space", "\u2028"}
	subscriptions := make([]iter.Seq2[store.Message, error], len(channels))

	for i, c := range channels {
		subscriptions[i] = tr.subscribe(tr.soon(), c)
	}

	for _, c := range channels {
		tr.publish(c, "to "+c)
	}

	for _, c := range channels {
		tr.publish(c, "end")
	}

	for i, c := range channels {
		tr.wantMessages(subscriptions[i], "to "+c, "end")
	}
}

func payloadsAreKept(tr *trial) {
	payloads := []string{"", "\x00", "\xff\xfe\n", "null", string(bytes.Repeat([]byte("0123456789"), 10_000)), "last"}

	heard := tr.subscribe(tr.soon(), "channel")
	for _, p := range payloads {
		buffer := []byte(p)
		if err := tr.relay.Publish(tr.soon(), "channel", buffer); err != nil {
			tr.Fatalf("publish: %v", err)
		}

		clear(buffer)
	}

	tr.wantMessages(heard, payloads...)
}

func listensAtOnce(tr *trial) {
	heard := tr.subscribe(tr.soon(), "channel")
	tr.publish("channel", "one")
	tr.publish("channel", "two")
	tr.wantMessages(heard, "one", "two")
}

func messagesKeepOrder(tr *trial) {
	heard := tr.subscribe(tr.soon(), "channel")

	var texts []string
	for n := range store.RelayQueue {
		texts = append(texts, strconv.Itoa(n))
		tr.publish("channel", texts[n])
	}

	tr.wantMessages(heard, texts...)
}

func severalPublishers(tr *trial) {
	const publishers, messages = 4, 100

	heard := tr.subscribe(tr.soon(), "channel")

	var done sync.WaitGroup
	for p := range publishers {
		done.Go(func() {
			for n := range messages {
				if err := tr.relay.Publish(tr.soon(), "channel", fmt.Append(nil, p, " ", n)); err != nil {
					tr.Errorf("publish: %v", err)
				}
			}
		})
	}

	var (
		next [publishers]int
		got  int
	)

	for m, err := range heard {
		var p, n int
		if _, scanErr := fmt.Sscan(string(m.Payload), &p, &n); err != nil || scanErr != nil {
			tr.Fatalf("message %q: %v, %v", m.Payload, err, scanErr)
		}

		if next[p] != n {
			tr.Errorf("publisher %d: message %d came where %d was due", p, n, next[p])
		}

		next[p] = n + 1

		if got++; got == publishers*messages {
			break
		}
	}

	done.Wait()
}

// oldestAreDropped has one subscriber rest while another one listens to the end.
func oldestAreDropped(tr *trial) {
	const messages = 3 * store.RelayQueue

	ctx := tr.soon()
	resting := tr.subscribe(ctx, "channel")
	witness := tr.subscribe(ctx, "channel")

	for n := range messages {
		tr.publish("channel", strconv.Itoa(n))
	}

	tr.wantCounted(witness, messages)

	if got := tr.wantCounted(resting, messages); got > store.RelayQueue+1 {
		tr.Errorf("%d messages waited, want at most %d", got, store.RelayQueue)
	}
}

// wantCounted listens to the last of numbered messages, and checks that each of
// them came or was counted as dropped. It returns how many came.
func (tr *trial) wantCounted(messages iter.Seq2[store.Message, error], total int) int {
	tr.Helper()

	got, due := 0, 0
	for m, err := range messages {
		if err != nil {
			tr.Fatalf("after %d messages: %v", got, err)
		}

		got++
		due += int(m.Dropped)

		if string(m.Payload) != strconv.Itoa(due) {
			tr.Fatalf("message %q came with Dropped %d, want message %d", m.Payload, m.Dropped, due)
		}

		if due++; due == total {
			break
		}
	}

	return got
}

func rangedOnce(tr *trial) {
	heard := tr.subscribe(tr.soon(), "channel")
	tr.publish("channel", "one")
	tr.publish("channel", "two")
	tr.wantMessages(heard, "one")

	if m, err := first(heard); err == nil {
		tr.Errorf("the second range yields %q, want an error", m.Payload)
	}
}

func waitingIsDropped(tr *trial) {
	ctx, cancel := context.WithCancel(tr.soon())
	defer cancel()

	heard, witness := tr.subscribe(ctx, "channel"), tr.subscribe(tr.soon(), "channel")
	tr.publish("channel", "one")
	tr.publish("channel", "two")
	tr.wantMessages(witness, "one", "two")
	cancel()

	if m, err := first(heard); !errors.Is(err, context.Canceled) {
		tr.Errorf("after the context ended: message %q, error %v", m.Payload, err)
	}
}

func endsUnranged(tr *trial) {
	for range 20 {
		ctx, cancel := context.WithCancel(tr.soon())
		heard := tr.subscribe(ctx, "channel")

		cancel()
		tr.publish("channel", "nobody hears this")

		if m, err := first(heard); !errors.Is(err, context.Canceled) {
			tr.Errorf("after the context ended: message %q, error %v", m.Payload, err)
		}
	}
}

func subscriberLeaves(tr *trial) {
	ctx := tr.soon()
	stays, leaves, nobody := tr.subscribe(ctx, "channel"), tr.subscribe(ctx, "channel"), tr.subscribe(ctx, "channel")

	tr.publish("channel", "one")
	tr.wantMessages(leaves, "one")

	want := []string{"one"}
	for n := range store.RelayQueue - 1 {
		want = append(want, strconv.Itoa(n))
		tr.publish("channel", strconv.Itoa(n))
	}

	tr.wantMessages(stays, want...)
	tr.close()

	if _, err := first(nobody); fault.Of(err) != fault.CodeUnavailable {
		tr.Errorf("after Close: %v", err)
	}
}
