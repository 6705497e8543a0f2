package topic_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/recountdev/recount/topic"
)

// follower follows a topic on a goroutine of its own, under synctest.
type follower struct {
	pages []string
	err   error
}

func follow(ctx context.Context, h *house, name topic.Name, after uint64) *follower {
	f := &follower{}

	go func() {
		for page, err := range h.hub.Follow(ctx, name, after) {
			if err != nil {
				f.err = err

				continue // it must end by itself
			}

			var text []byte
			for i := range page.Events {
				text = fmt.Appendf(text, "%s@%d ", page.Events[i].Stream, page.Events[i].Version)
			}

			text = fmt.Appendf(text, "up to %d", page.Upto)
			if page.Live {
				text = append(text, ", live"...)
			}

			f.pages = append(f.pages, string(text))
		}
	}()

	return f
}

// expect fails if the pages since the last call are not as expected.
func (f *follower) expect(t *testing.T, pages ...string) {
	t.Helper()
	synctest.Wait()

	if f.err != nil || fmt.Sprintf("%q", f.pages) != fmt.Sprintf("%q", pages) {
		t.Errorf("got %q (%v), want %q", f.pages, f.err, pages)
	}

	f.pages = nil
}

func TestFollow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, topic.Options{LiveOnly: fleeting})
		h.append("meeting:1", noted("a", "waved", "b")...)
		h.append("other:1", noted("a")...)
		h.append("meeting:2", noted("a")...)
		h.append("other:1", noted("a")...)

		ctx, cancel := contextOf(t)
		defer cancel()

		all, some, none := follow(ctx, h, "meeting:1", 0), follow(ctx, h, "meeting:1", 2), follow(ctx, h, "meeting:1", 3)
		category, idle, empty := follow(ctx, h, "meeting:*", 0), follow(ctx, h, "meeting:*", 6), follow(ctx, h, "meeting:9", 0)

		all.expect(t, "meeting:1@1 meeting:1@2 meeting:1@3 up to 3, live")
		some.expect(t, "meeting:1@3 up to 3, live")
		none.expect(t, "up to 3, live")
		category.expect(t, "meeting:1@1 meeting:1@2 meeting:1@3 meeting:2@1 up to 6, live")
		idle.expect(t, "up to 6, live")
		empty.expect(t, "up to 0, live")
		h.publish() // the pump was behind; they have it all
		category.expect(t)

		h.append("meeting:1", noted("waved", "c")...)
		h.append("meeting:1", noted("d")...)
		all.expect(t) // not published yet
		h.publishOne(2)

		for _, f := range []*follower{all, some, none} {
			f.expect(t, "meeting:1@4 meeting:1@5 up to 5, live")
		}

		category.expect(t, "meeting:1@4 meeting:1@5 up to 8, live")
		h.append("other:1", noted("b")...)
		h.publish()

		for _, f := range []*follower{all, some, none} {
			f.expect(t, "meeting:1@6 up to 6, live")
		}

		category.expect(t, "meeting:1@6 up to 9, live")
		idle.expect(t, "meeting:1@4 meeting:1@5 up to 8, live", "meeting:1@6 up to 9, live")
		empty.expect(t)
		cancel()
		synctest.Wait()

		for _, f := range []*follower{all, some, none, category, idle, empty} {
			if !errors.Is(f.err, context.Canceled) {
				t.Errorf("ends with error %v", f.err)
			}
		}

		if stats := h.hub.Stats(); stats != (topic.Stats{}) {
			t.Errorf("something is left: %+v", stats)
		}
	})
}

func TestFollowFails(t *testing.T) {
	t.Parallel()

	h := newHouse(t, topic.Options{})
	h.append("meeting:1", noted("a")...)

	for _, name := range []topic.Name{"meeting:1", "meeting:*"} {
		for page, err := range h.hub.Follow(t.Context(), name, 2) {
			if gone, ok := errors.AsType[*topic.GoneError](err); !ok || gone.Head != 1 {
				t.Errorf("%s: got %+v, error %v", name, page, err)
			}
		}
	}

	log := &brokenLog{countedLog: h.log}

	hub, err := topic.New(t.Context(), log, topic.Options{})
	if err != nil {
		t.Fatal(err)
	}

	for _, name := range []topic.Name{"meeting:1", "meeting:*"} {
		for page, err := range hub.Follow(t.Context(), name, 0) {
			if !errors.Is(err, errBroken) {
				t.Errorf("%s: got %+v, error %v", name, page, err)
			}
		}
	}

	if stats := hub.Stats(); stats != (topic.Stats{}) {
		t.Errorf("something is left: %+v", stats)
	}
}

// TestFollowEnds shows that a follower who is behind ends with its context, too,
// and that whoever has enough may leave, and range again.
func TestFollowEnds(t *testing.T) {
	t.Parallel()

	h := newHouse(t, topic.Options{})
	kept := h.join(topic.Request{Name: "meeting:1"})

	for range 10 {
		h.append("meeting:1", noted("a")...)
		h.publish()
	}

	ctx, cancel := contextOf(t)
	defer cancel()

	all := h.hub.Follow(ctx, "meeting:1", 4)
	for range 3 {
		for page, err := range all {
			if err != nil || page.Upto != 5 || page.Live || len(page.Events) != 1 {
				t.Errorf("got %+v, error %v", page, err)
			}

			break
		}
	}

	pages := 0

	for page, err := range all {
		if err != nil {
			if !errors.Is(err, context.Canceled) {
				t.Errorf("got %+v, error %v", page, err)
			}

			break
		}

		pages++

		cancel()
	}

	if pages != 1 {
		t.Errorf("got %d pages after the context ended", pages-1)
	}

	kept.Leave(true)

	if stats := h.hub.Stats(); stats != (topic.Stats{}) {
		t.Errorf("something is left: %+v", stats)
	}
}
