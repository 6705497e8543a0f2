package topic_test

import (
	"testing"

	"github.com/recountdev/recount/topic"
)

func TestStats(t *testing.T) {
	t.Parallel()

	h := newHouse(t, topic.Options{})
	expect := func(topics, subscriptions int, slowest uint64) {
		t.Helper()

		got := h.hub.Stats()
		if got.Topics != topics || got.Subscriptions != subscriptions || got.Slowest != slowest || got.Dropped != 0 {
			t.Errorf("got %+v, want %d topics, %d subscriptions, %d behind", got, topics, subscriptions, slowest)
		}
	}

	expect(0, 0, 0)
	h.append("meeting:1", noted("a", "b", "c")...)
	h.append("other:1", noted("a")...)

	late := h.join(topic.Request{Name: "meeting:1"})
	expect(1, 1, 3)
	now := h.join(topic.Request{Name: "meeting:1", Now: true})
	expect(1, 2, 3)
	h.all(late)
	expect(1, 2, 0)

	category := h.join(topic.Request{Name: "meeting:*", Now: true})
	expect(2, 3, 0)
	h.publish()
	expect(2, 3, 0)
	h.append("other:1", noted("b", "c")...)
	h.publish()
	expect(2, 3, 0)

	// Whoever watches a category is not behind because of others' events, nor
	// because somebody else joins.
	another := h.join(topic.Request{Name: "meeting:*"})
	expect(2, 4, 6)
	h.all(another)
	expect(2, 4, 0)

	h.append("meeting:1", noted("d", "e")...)
	h.publish()
	expect(2, 4, 4) // positions 5 to 8
	h.all(category)
	h.all(another)
	expect(2, 4, 2)

	if got := h.hub.Stats().Memory; got < 2*2*300 || got > 2*2*2000 {
		t.Errorf("two frames of two small events each take %d bytes", got)
	}

	h.all(now)
	h.all(late)
	expect(2, 4, 0)

	for _, s := range []*topic.Subscription{late, now, category, another} {
		s.Leave(true)
		s.Leave(false)
	}

	if got := h.hub.Stats(); got != (topic.Stats{}) {
		t.Errorf("something is left: %+v", got)
	}
}
