package topic_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/topic"
)

// fleeting says that events of that type are live-only.
func fleeting(_ event.Stream, typ string) bool { return typ == "waved" }

func TestHistoryThenLive(t *testing.T) {
	t.Parallel()

	h := newHouse(t, topic.Options{})
	h.append("meeting:1", noted("a", "b", "c")...)

	late := h.join(topic.Request{Name: "meeting:1"})
	resumed := h.join(topic.Request{Name: "meeting:1", Since: new(uint64(2))})
	upToDate := h.join(topic.Request{Name: "meeting:1", Since: new(uint64(3))})
	now := h.join(topic.Request{Name: "meeting:1", Now: true})
	other := h.join(topic.Request{Name: "meeting:2"})

	h.append("meeting:1", noted("d")...)
	h.publish() // all four events: the pump was behind

	h.expect(late, "1 2 3 up to 3", "4 up to 4")
	h.expect(resumed, "3 up to 3", "4 up to 4")
	h.expect(upToDate, "4 up to 4")
	h.expect(now, "4 up to 4")

	h.append("meeting:1", noted("e", "f")...)
	h.expect(late) // nobody sees what was not published
	h.publish()

	for _, s := range []*topic.Subscription{late, resumed, upToDate, now} {
		h.expect(s, "5 6 up to 6")

		if s.Place() != 6 {
			t.Errorf("place: got %d, want 6", s.Place())
		}
	}

	h.expect(other)
}

func TestHistoryEndsAtTheJoin(t *testing.T) {
	t.Parallel()

	h := newHouse(t, topic.Options{LiveOnly: fleeting})
	h.append("meeting:1", noted("a", "waved", "b", "waved")...)

	first := h.join(topic.Request{Name: "meeting:1"})
	all := h.join(topic.Request{Name: "meeting:1", All: true})
	tail := h.join(topic.Request{Name: "meeting:1", Since: new(uint64(3))})
	upToDate := h.join(topic.Request{Name: "meeting:1", Since: new(uint64(4))})

	h.append("meeting:1", noted("waved", "c", "waved")...)
	h.publish()

	second := h.join(topic.Request{Name: "meeting:1", Since: new(uint64(4))})
	h.append("meeting:1", noted("waved")...)
	h.publish()

	h.expect(first, "1 3 up to 4", "5 6 7 up to 7", "8 up to 8")
	h.expect(all, "1 2 3 4 up to 4", "5 6 7 up to 7", "8 up to 8")
	h.expect(tail, "up to 4", "5 6 7 up to 7", "8 up to 8")
	h.expect(upToDate, "5 6 7 up to 7", "8 up to 8")
	h.expect(second, "6 up to 7", "8 up to 8")
}

func TestHistoryInTheMiddleOfAFrame(t *testing.T) {
	t.Parallel()

	h := newHouse(t, topic.Options{LiveOnly: fleeting})
	early := h.join(topic.Request{Name: "meeting:1"})
	whole := h.join(topic.Request{Name: "meeting:*"})

	h.append("meeting:1", noted("a", "waved")...)
	middle := h.join(topic.Request{Name: "meeting:1"})
	category := h.join(topic.Request{Name: "meeting:*"})
	h.append("meeting:1", noted("waved", "b")...)
	h.publish() // one frame of all four

	before := h.log.read()

	h.expect(early, "1 2 3 4 up to 4")
	h.expect(middle, "1 up to 2", "3 4 up to 4")
	h.expect(whole, `meeting:11 meeting:12 meeting:13 meeting:14 up to "0000000000000004"`)
	h.expect(category, `meeting:11 up to "0000000000000002"`, `meeting:13 meeting:14 up to "0000000000000004"`)

	if h.log.read() != before {
		t.Error("the log was read for what is in memory")
	}
}

func TestAnEmptyPushEndsTheHistory(t *testing.T) {
	t.Parallel()

	h := newHouse(t, topic.Options{LiveOnly: fleeting})
	kept := h.join(topic.Request{Name: "meeting:1"}) // keeps frames
	h.append("meeting:1", noted("waved", "waved")...)
	h.append("meeting:2", noted("waved")...)
	h.append("other:1", noted("a")...)
	h.publish()

	for _, name := range []topic.Name{"meeting:1", "meeting:2"} {
		s, joined := h.joined(topic.Request{Name: name})
		h.expect(s, "up to "+string(name.AppendPlace(nil, joined.Version)))
		h.expect(s)

		again, joined := h.joined(topic.Request{Name: name, Since: new(joined.Version)})
		h.expect(again)
		_ = joined
	}

	for _, name := range []topic.Name{"meeting:*", "other:*", "none:*"} {
		s := h.join(topic.Request{Name: name, Since: new(uint64(4))})
		h.expect(s)
	}

	h.expect(h.join(topic.Request{Name: "meeting:*"}), `up to "0000000000000004"`)
	h.expect(h.join(topic.Request{Name: "none:*", Since: new(uint64(1))}), `up to "0000000000000004"`)
	h.expect(kept, "1 2 up to 2")
}

// TestFramesAreShared shows that those who are up to date, and those who come
// back soon, share one text.
func TestFramesAreShared(t *testing.T) {
	t.Parallel()

	h := newHouse(t, topic.Options{LiveOnly: fleeting})
	a := h.join(topic.Request{Name: "meeting:1"})
	b := h.join(topic.Request{Name: "meeting:1"})

	h.append("meeting:1", noted("a", "b")...)
	h.publish()
	h.append("meeting:1", noted("c", "waved")...)
	h.publish()

	back := h.join(topic.Request{Name: "meeting:1", Since: new(uint64(0))})
	all := h.join(topic.Request{Name: "meeting:1", Since: new(uint64(2)), All: true})

	fromA, fromB, fromBack, fromAll := h.pushes(a), h.pushes(b), h.pushes(back), h.pushes(all)
	if len(fromA) != 2 || len(fromB) != 2 || len(fromBack) != 2 || len(fromAll) != 1 {
		t.Fatalf("got %d, %d, %d and %d pushes", len(fromA), len(fromB), len(fromBack), len(fromAll))
	}

	if fromA[0].Payload != fromB[0].Payload || fromA[1].Payload != fromB[1].Payload {
		t.Error("those who are up to date do not share")
	}

	if fromBack[0].Payload != fromA[0].Payload || fromAll[0].Payload != fromA[1].Payload {
		t.Error("those who came back do not share what is all theirs")
	}

	if got := eventsOf(t, fromBack[1].Payload.Bytes()).String(); got != "3 up to 4" {
		t.Errorf("got %q, want the history without what is live-only", got)
	}

	for i, want := range []int{2, 2} {
		if push := fromA[i]; push.Event != "events" || push.Events != want || push.Latest == nil || int(push.Latest.Version) != 2*i+2 {
			t.Errorf("push %d: %+v", i, push)
		}
	}

	if fromBack[0].Latest != nil || fromBack[1].Latest != nil || fromBack[1].Events != 1 {
		t.Errorf("history is said to be live: %+v", fromBack)
	}

	if h.log.read() != 0 {
		t.Error("the log was read for what is in memory")
	}
}

func TestRoom(t *testing.T) {
	t.Parallel()

	h := newHouse(t, topic.Options{})
	s := h.join(topic.Request{Name: "meeting:1"})

	for range 5 {
		h.append("meeting:1", heavy(1, 1000)...)
		h.publish()
	}

	for _, c := range []struct {
		room, pushes int
		more         bool
	}{{0, 1, true}, {-7, 1, true}, {1, 1, true}, {1500, 2, false}, {1000, 0, false}} {
		pushes, more, err := s.Next(t.Context(), nil, c.room)
		if err != nil || len(pushes) != c.pushes || more != c.more {
			t.Errorf("room of %d: got %d pushes, more %t (%v), want %d, %t", c.room, len(pushes), more, err, c.pushes, c.more)
		}
	}
}

func TestPushesAreBounded(t *testing.T) {
	t.Parallel()

	h := newHouse(t, topic.Options{})
	live := h.join(topic.Request{Name: "meeting:1"})
	whole := h.join(topic.Request{Name: "meeting:*"})

	h.append("meeting:1", heavy(1000, 10)...)
	h.append("meeting:1", heavy(9, 100_000)...)
	h.append("meeting:1", heavy(1, 1<<20)...)
	h.append("meeting:1", heavy(2, 10)...)
	h.publish()

	stored := h.join(topic.Request{Name: "meeting:1"})
	storedWhole := h.join(topic.Request{Name: "meeting:*"})

	for name, s := range map[string]*topic.Subscription{"live": live, "whole": whole, "stored": stored, "stored whole": storedWhole} {
		next, largest := uint64(1), 0

		for _, push := range h.pushes(s) {
			e := eventsOf(t, push.Payload.Bytes())
			size := len(push.Payload.Bytes())
			largest = max(largest, len(e.Events))

			if len(e.Events) > 500 || len(e.Events) != push.Events || size > 256<<10 && len(e.Events) > 1 {
				t.Errorf("%s: a push has %d events and %d bytes", name, len(e.Events), size)
			}

			for i := range e.Events {
				if e.Events[i].Version != next {
					t.Fatalf("%s: got version %d, want %d", name, e.Events[i].Version, next)
				}

				next++
			}

			if e.upto(t) != next-1 {
				t.Errorf("%s: upto is %d after version %d", name, e.upto(t), next-1)
			}
		}

		if next != 1013 || largest < 150 {
			t.Errorf("%s: got %d events, at most %d at once", name, next-1, largest)
		}
	}
}

// TestSlowReadsTheLog shows that whoever falls behind what the topic keeps goes
// on from the log, and then from memory again.
func TestSlowReadsTheLog(t *testing.T) {
	t.Parallel()

	for _, name := range []topic.Name{"meeting:1", "meeting:*"} {
		h := newHouse(t, topic.Options{Memory: 1})
		slow := h.join(topic.Request{Name: name})
		fast := h.join(topic.Request{Name: name})

		var got []uint64

		for range 20 {
			h.append("meeting:1", noted("a", "b", "c")...)
			h.append("other:1", noted("a")...)
			h.publish()

			for _, push := range h.pushes(fast) {
				if push.Latest == nil {
					t.Errorf("%s: the fast one was given what is not from memory", name)
				}
			}
		}

		if h.log.read() != 0 {
			t.Errorf("%s: the log was read for who is up to date", name)
		}

		if !slow.NeedsLog() || fast.NeedsLog() {
			t.Errorf("%s: slow needs the log: %t, fast does: %t", name, slow.NeedsLog(), fast.NeedsLog())
		}

		pushes := h.pushes(slow)
		if slow.NeedsLog() {
			t.Errorf("%s: whoever has caught up needs the log", name)
		}

		for _, push := range pushes {
			for _, e := range eventsOf(t, push.Payload.Bytes()).Events {
				got = append(got, e.Version)
			}
		}

		want := make([]uint64, 60)
		for i := range want {
			want[i] = uint64(i) + 1
		}

		if !slices.Equal(got, want) || h.log.read() != 1 || len(pushes) != 2 {
			t.Errorf("%s: got %d with %d reads in %d pushes", name, got, h.log.read(), len(pushes))
		}
	}
}

// TestRareCategory shows that a category with few events in a long log is read
// without many calls, and ends.
func TestRareCategory(t *testing.T) {
	t.Parallel()

	h := newHouse(t, topic.Options{})
	h.append("rare:1", noted("a")...)

	for range 12 {
		h.append("meeting:1", heavy(1000, 10)...)
	}

	h.append("rare:1", noted("b")...)

	s := h.join(topic.Request{Name: "rare:*"})
	h.expect(s, `rare:11 up to "0000000000000128"`, `rare:12 up to "0000000000012002"`)

	if h.log.read() > 4 {
		t.Errorf("the log was read %d times", h.log.read())
	}
}

// TestLittleIsReadInVain shows that a long history of large events is not read
// again and again because few of them fit.
func TestLittleIsReadInVain(t *testing.T) {
	t.Parallel()

	const events = 1000

	for size, most := range map[int]int64{10: events + events/5, 3000: events + events/3, 20_000: 2 * events} {
		h := newHouse(t, topic.Options{})
		for range events / 100 {
			h.append("meeting:1", heavy(100, size)...)
		}

		for _, name := range []topic.Name{"meeting:1", "meeting:*"} {
			before := h.log.asked.Load()
			s := h.join(topic.Request{Name: name})
			h.pushes(s)

			if asked := h.log.asked.Load() - before; asked < events || asked > most {
				t.Errorf("%s, %d bytes: asked for %d events to show %d", name, size, asked, events)
			}
		}
	}
}

// brokenLog fails to read at some place.
type brokenLog struct {
	*countedLog

	versions  event.Version // that can be read
	positions uint64
}

func TestNextFailsWithTheLog(t *testing.T) {
	t.Parallel()

	for _, name := range []topic.Name{"meeting:1", "meeting:*"} {
		h := newHouse(t, topic.Options{})
		h.append("meeting:1", noted("a", "b", "c", "d", "e")...)

		log := &brokenLog{countedLog: h.log, versions: 3, positions: 3}

		hub, err := topic.New(t.Context(), log, topic.Options{})
		if err != nil {
			t.Fatal(err)
		}

		s, _, err := hub.Join(t.Context(), topic.Request{Name: name, Wake: func() {}})
		if err != nil {
			t.Fatal(err)
		}

		// What comes before the damage is shown, and nothing is skipped.
		pushes, more, err := s.Next(t.Context(), nil, 1000)
		if err != nil || !more || len(pushes) != 1 || pushes[0].Events != 3 || s.Place() != 3 {
			t.Errorf("%s: got %d pushes, more %t, place %d (%v)", name, len(pushes), more, s.Place(), err)
		}

		for range 2 {
			pushes, more, err = s.Next(t.Context(), nil, 1000)
			if !errors.Is(err, errBroken) || more || len(pushes) != 0 || s.Place() != 3 {
				t.Errorf("%s: got %d pushes, more %t, place %d, error %v", name, len(pushes), more, s.Place(), err)
			}
		}

		log.versions, log.positions = 5, 5

		if pushes, more, err = s.Next(t.Context(), nil, 1000); err != nil || more || len(pushes) != 1 || s.Place() != 5 {
			t.Errorf("%s: got %d pushes, more %t, place %d (%v)", name, len(pushes), more, s.Place(), err)
		}

		s.Leave(true)
	}
}

// TestNextFailsWhenTheLogIsShorter shows that a log that lost its end is an
// error, not an endless loop.
func TestNextFailsWhenTheLogIsShorter(t *testing.T) {
	t.Parallel()

	for _, name := range []topic.Name{"meeting:1", "meeting:*"} {
		h := newHouse(t, topic.Options{})
		h.append("meeting:1", noted("a", "b", "c")...)

		log := &shortLog{countedLog: h.log}

		hub, err := topic.New(t.Context(), log, topic.Options{})
		if err != nil {
			t.Fatal(err)
		}

		s, _, err := hub.Join(t.Context(), topic.Request{Name: name, Wake: func() {}})
		if err != nil {
			t.Fatal(err)
		}

		if _, more, err := s.Next(t.Context(), nil, 1000); fault.Of(err) != fault.CodeInternal || more {
			t.Errorf("%s: more %t, error %v", name, more, err)
		}

		s.Leave(true)
	}
}

func TestNextWithContextEnded(t *testing.T) {
	t.Parallel()

	h := newHouse(t, topic.Options{})
	h.append("meeting:1", noted("a")...)

	ctx, cancel := contextOf(t)
	cancel()

	for _, name := range []topic.Name{"meeting:1", "meeting:*"} {
		s := h.join(topic.Request{Name: name})
		if _, _, err := s.Next(ctx, nil, 1000); !errors.Is(err, ctx.Err()) || s.Place() != 0 {
			t.Errorf("%s: got error %v at %d", name, err, s.Place())
		}
	}
}

func TestWake(t *testing.T) {
	t.Parallel()

	h := newHouse(t, topic.Options{})
	woken := make(map[string]int)
	watch := func(as string, name topic.Name) *topic.Subscription {
		return h.join(topic.Request{Name: name, Now: true, Wake: func() { woken[as]++ }})
	}

	a, b, category, other := watch("a", "meeting:1"), watch("b", "meeting:1"), watch("category", "meeting:*"), watch("other", "meeting:2")

	expect := func(counts ...int) {
		t.Helper()

		if got := []int{woken["a"], woken["b"], woken["category"], woken["other"]}; !slices.Equal(got, counts) {
			t.Errorf("got %d, want %d", got, counts)
		}
	}

	h.append("meeting:1", noted("a")...)
	expect(0, 0, 0, 0)
	h.publish()
	expect(1, 1, 1, 0)
	h.appendBatches(store.Batch{Stream: "other:1", Drafts: noted("a")})
	h.publish()
	expect(1, 1, 1, 0)
	a.Leave(true)
	h.appendBatches(store.Batch{Stream: "meeting:2", Drafts: noted("a")}, store.Batch{Stream: "meeting:1", Drafts: noted("a")})
	h.publish()
	expect(1, 2, 2, 1)
	b.Leave(true)
	b.Leave(true)
	category.Leave(true)
	other.Leave(true)
	h.append("meeting:1", noted("a")...)
	h.publish()
	expect(1, 2, 2, 1)
}
