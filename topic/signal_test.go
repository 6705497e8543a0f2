package topic_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/recountdev/recount/internal/payload"
	"github.com/recountdev/recount/topic"
)

func TestSignal(t *testing.T) {
	t.Parallel()

	h := newHouse(t, topic.Options{})
	woken := 0
	sender := h.join(topic.Request{Name: "meeting:1", Wake: func() { woken += 100 }})
	a := h.join(topic.Request{Name: "meeting:1", Wake: func() { woken++ }})
	b := h.join(topic.Request{Name: "meeting:1", Wake: func() { woken++ }})
	other := h.join(topic.Request{Name: "meeting:2", Wake: func() { woken += 100 }})
	category := h.join(topic.Request{Name: "meeting:*", Wake: func() { woken += 100 }})

	shared := payload.New([]byte(`{"n":1}`))
	sender.Signal(shared)

	if woken != 2 {
		t.Errorf("a signal to two others has woken %d", woken)
	}

	sender.Signal(payload.New([]byte(`{"n":2}`)))
	h.append("meeting:1", noted("a")...)
	h.publish()

	h.expect(sender, "1 up to 1")
	h.expect(other)
	h.expect(category, `meeting:11 up to "0000000000000001"`)

	fromA := h.pushes(a)
	if len(fromA) != 3 || fromA[0].Payload != shared || fromA[0].Event != "signal" || fromA[0].Events != 0 || fromA[2].Event != "events" {
		t.Errorf("got %+v", fromA)
	}

	h.expect(b, `signal {"n":1}`, `signal {"n":2}`, "1 up to 1")
	h.expect(b)
}

func TestSignalsOverflow(t *testing.T) {
	t.Parallel()

	for limit, options := range map[int]topic.Options{64: {}, 3: {Signals: 3}, 1: {Signals: 1}} {
		h := newHouse(t, options)
		sender := h.join(topic.Request{Name: "meeting:1"})
		slow := h.join(topic.Request{Name: "meeting:1"})
		fast := h.join(topic.Request{Name: "meeting:1"})

		var want []string

		const sent = 70
		for n := range sent {
			text := fmt.Sprintf(`{"n":%d}`, n)
			want = append(want, "signal "+text)
			sender.Signal(payload.New([]byte(text)))
			h.expect(fast, "signal "+text)
		}

		if got := h.all(slow); !slices.Equal(got, want[sent-limit:]) {
			t.Errorf("limit of %d: got %q", limit, got)
		}

		if got := h.hub.Stats().Dropped; got != uint64(sent-limit) {
			t.Errorf("limit of %d: %d were dropped of %d", limit, got, sent)
		}

		h.expect(slow)
		sender.Signal(payload.New([]byte(`{}`)))
		h.expect(slow, "signal {}")
	}
}

func TestSignalAfterLeave(t *testing.T) {
	t.Parallel()

	h := newHouse(t, topic.Options{})
	sender := h.join(topic.Request{Name: "meeting:1"})
	left := h.join(topic.Request{Name: "meeting:1", Wake: func() { t.Error("who has left was woken") }})
	left.Leave(true)
	sender.Signal(payload.New([]byte(`{}`)))
	h.expect(left)
	sender.Leave(false)
	sender.Signal(payload.New([]byte(`{}`))) // nobody hears it, and nothing breaks
}
