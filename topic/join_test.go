package topic_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/topic"
	"github.com/recountdev/recount/wire"
)

func TestJoin(t *testing.T) {
	t.Parallel()

	h := newHouse(t, topic.Options{})
	h.append("meeting:1", noted("a", "b")...) // positions 1 and 2
	h.append("other:1", noted("a")...)        // 3
	h.append("meeting:2", noted("a")...)      // 4

	state, err := h.log.State(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	for _, c := range []struct {
		request   topic.Request
		version   uint64
		recovered bool
		place     uint64
	}{
		{topic.Request{Name: "meeting:1"}, 2, false, 0},
		{topic.Request{Name: "meeting:1", Since: new(uint64(0))}, 2, true, 0},
		{topic.Request{Name: "meeting:1", Since: new(uint64(1)), Epoch: state.Epoch}, 2, true, 1},
		{topic.Request{Name: "meeting:1", Since: new(uint64(2))}, 2, true, 2},
		{topic.Request{Name: "meeting:1", Now: true}, 2, true, 2},
		{topic.Request{Name: "meeting:1", Since: new(uint64(7)), Now: true}, 2, true, 2},
		{topic.Request{Name: "meeting:9"}, 0, false, 0},
		{topic.Request{Name: "meeting:a:*"}, 0, false, 0},
		{topic.Request{Name: "meeting:*"}, 4, false, 0},
		{topic.Request{Name: "meeting:*", Since: new(uint64(3))}, 4, true, 3},
		{topic.Request{Name: "other:*", Now: true}, 4, true, 4},
		{topic.Request{Name: "none:*"}, 4, false, 0},
	} {
		s, joined := h.joined(c.request)
		want := topic.Joined{Epoch: state.Epoch, Version: c.version, First: 1, Recovered: c.recovered}
		if joined != want || s.Place() != c.place || s.Name() != c.request.Name {
			t.Errorf("%+v: got %+v at %d, want %+v at %d", c.request, joined, s.Place(), want, c.place)
		}

		s.Leave(true)
	}
}

func TestJoinGone(t *testing.T) {
	t.Parallel()

	h := newHouse(t, topic.Options{})
	h.append("meeting:1", noted("a", "b")...)

	state, err := h.log.State(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	for _, c := range []struct {
		request topic.Request
		problem string
		head    string
	}{
		{topic.Request{Name: "meeting:1", Since: new(uint64(3))}, "since 3 lies beyond the end, 2", "2"},
		{topic.Request{Name: "meeting:9", Since: new(uint64(1))}, "since 1 lies beyond the end, 0", "0"},
		{topic.Request{Name: "meeting:*", Since: new(uint64(3))}, `since "0000000000000003" lies beyond the end, "0000000000000002"`, `"0000000000000002"`},
		{topic.Request{Name: "meeting:1", Since: new(uint64(1)), Epoch: "older"}, "the log is another one than epoch older", "2"},
		{topic.Request{Name: "meeting:1", Now: true, Epoch: "older"}, "the log is another one than epoch older", "2"},
	} {
		_, _, err := h.hub.Join(t.Context(), c.request)

		gone, ok := errors.AsType[*topic.GoneError](err)
		if !ok || fault.Of(err) != fault.CodeGone {
			t.Errorf("%+v: got error %v", c.request, err)

			continue
		}

		if want := fmt.Sprintf("topic %s: %s: forget what you have and join without since", c.request.Name, c.problem); err.Error() != want {
			t.Errorf("got %q, want %q", err, want)
		}

		if got, want := string(gone.FaultDetails()), fmt.Sprintf(`{"epoch":%q,"head":%s}`, state.Epoch, c.head); got != want {
			t.Errorf("details: got %s, want %s", got, want)
		}

		if got := string(wire.FailureOf(err).Details); got != string(gone.FaultDetails()) {
			t.Errorf("as clients get it: %s", got)
		}
	}

	if stats := h.hub.Stats(); stats != (topic.Stats{}) {
		t.Errorf("joins that failed leave something behind: %+v", stats)
	}
}

func TestJoinFailsWithTheLog(t *testing.T) {
	t.Parallel()

	h := newHouse(t, topic.Options{})
	away := fault.Unavailable("the disk is away")
	h.log.broken.Store(&away)

	for _, name := range []topic.Name{"meeting:1", "meeting:*"} {
		if _, _, err := h.hub.Join(t.Context(), topic.Request{Name: name}); !errors.Is(err, away) {
			t.Errorf("join %s: got error %v, want %v", name, err, away)
		}
	}

	if _, err := topic.New(t.Context(), h.log, topic.Options{}); !errors.Is(err, away) {
		t.Errorf("new hub: got error %v, want %v", err, away)
	}

	if stats := h.hub.Stats(); stats != (topic.Stats{}) {
		t.Errorf("joins that failed leave something behind: %+v", stats)
	}
}
