package session_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/server/internal/session"
)

const secret = "only-for-tests-0123456789abcdefghijklmnop"

// upTo returns the versions 1 to n, or from the first given.
func upTo(n uint64, first ...uint64) []uint64 {
	from := uint64(1)
	if len(first) > 0 {
		from = first[0]
	}

	var versions []uint64
	for v := from; v <= n; v++ {
		versions = append(versions, v)
	}

	return versions
}

func TestJoinBringsHistoryThenLive(t *testing.T) {
	t.Parallel()

	h := newHouse(t, nil)
	h.record("meeting:42", "card_added", 1200)

	c := h.ada()
	if response := c.join("meeting:42", `{}`); !strings.Contains(response, `"version":1200,"first":1,"recovered":false`) {
		t.Errorf("got %s", response)
	}

	if got := c.versions(1200); !slices.Equal(got, upTo(1200)) {
		t.Errorf("history is %v", got)
	}

	h.record("meeting:42", "card_added", 3)

	if got := c.versions(1203); !slices.Equal(got, upTo(1203, 1201)) {
		t.Errorf("live events are %v", got)
	}
}

func TestSince(t *testing.T) {
	t.Parallel()

	h := newHouse(t, nil)
	h.record("meeting:42", "card_added", 10)

	for since, want := range map[string][]uint64{`7`: upTo(11, 8), `0`: upTo(11), `10`: {11}, `"now"`: {11}} {
		c := h.ada()
		if response := c.join("meeting:42", `{"since":`+since+`}`); !strings.Contains(response, `"recovered":true`) {
			t.Errorf("since %s: got %s", since, response)
		}

		if since == "10" { // the last: all others see this event as history or live
			continue
		}

		_ = want
	}

	h.record("meeting:42", "card_added", 1)

	for since, want := range map[string][]uint64{`7`: upTo(11, 8), `10`: {11}} {
		c := h.ada()
		c.join("meeting:42", `{"since":`+since+`}`)

		if got := c.versions(11); !slices.Equal(got, want) {
			t.Errorf("since %s: got %v, want %v", since, got, want)
		}
	}

	c := h.ada()
	c.join("meeting:42", `{"since":"now"}`)
	h.record("meeting:42", "card_added", 1)

	if got := c.versions(12); !slices.Equal(got, []uint64{12}) {
		t.Errorf("since now: got %v, want 12", got)
	}
}

func TestRefusedJoins(t *testing.T) {
	t.Parallel()

	h := newHouse(t, nil)
	h.record("meeting:42", "card_added", 10)

	for _, c := range []struct{ topic, payload, want string }{
		{"meeting:42", `{"since":11}`, `"gone"`},
		{"meeting:42", `{"since":11}`, `"head":10`},
		{"meeting:42", `{"since":3,"epoch":"other"}`, `"gone"`},
		{"meeting:42", `{"since":-1}`, `since -1 is not a version`},
		{"meeting:42", `{"since":1.5}`, `since 1.5 is not a version`},
		{"meeting:42", `{"since":"soon"}`, `is not a version`},
		{"meeting:42", `{"precence":{}}`, `did you mean presence?`},
		{"meeting:42", `{"replay":"some"}`, `give \"all\"`},
		{"meeting:42", `{"presence":[]}`, `give an object`},
		{"meeting:42", `{"presence":{"phx_ref":1}}`, `phx_ref`},
		{"meeting:42", `{"presence":{"a":"` + strings.Repeat("x", 1024) + `"}}`, `"too_large"`},
		{"meeting:42", `[]`, `give an object`},
		{"note:1", `{"presence":{}}`, `has no presence`},
		{"meting:42", `{}`, `"not_found"`},
		{"meeting", `{}`, `"invalid"`},
		{"meeting:", `{}`, `"invalid"`},
		{"meeting:*", `{}`, `"forbidden"`},
		{"$sys:1", `{}`, `"forbidden"`},
	} {
		status, response := h.ada().ask(c.topic, "phx_join", c.payload)
		if status != "error" || !strings.Contains(response, c.want) {
			t.Errorf("%s %s: got %s %s, want %s", c.topic, c.payload, status, response, c.want)
		}
	}

	if status, response := h.client(auth.Caller{ID: "mallory"}).ask("note:1", "phx_join", `{}`); status != "error" || !strings.Contains(response, "not you") {
		t.Errorf("got %s %s", status, response)
	}
}

func TestPushes(t *testing.T) {
	t.Parallel()

	h := newHouse(t, nil)
	c := h.ada()
	c.join("meeting:42", `{}`)

	for _, step := range []struct{ event, payload, status, want string }{
		{"card_added", `{"title":"Coffee"}`, "ok", `"version":1`},
		{"card_added", `{}`, "error", `"rejected"`},
		{"anything_new", `null`, "ok", `"version":2`},
		{"$append", `{"events":[{"id":"a","type":"x"},{"id":"b","type":"y","data":0}],"expect":2}`, "ok", `"version":4,"position":"0000000000000004","ids":["a","b"]`},
		{"$append", `{"events":[{"id":"a","type":"x"},{"id":"b","type":"y","data":0}],"expect":2}`, "ok", `"version":4,"position":"0000000000000004","ids":["a","b"]`},
		{"$append", `{"events":[{"id":"a","type":"z"}]}`, "error", `"conflict"`},
		{"$append", `{"events":[{"type":"x"}],"expect":2}`, "error", `"expected":2,"actual":4`},
		{"$append", `{"events":[{"type":"x"}],"expect":"none"}`, "error", `"expected":0,"actual":4`},
		{"$append", `{"events":[{"type":"x","meta":{"$command":"y"}}]}`, "error", `system's own`},
		{"$append", `{"events":[]}`, "error", `"invalid"`},
		{"$action", `{"type":"voted","payload":false,"meta":{"x":1}}`, "ok", `"version":5`},
		{"$signal", `{"type":"cursor_moved","data":{"x":1}}`, "ok", `{}`},
		{"$signal", `{"type":"waved"}`, "error", `"invalid"`},
		{"$signal", `{"type":"cursor_moved","data":"` + strings.Repeat("x", 17<<10) + `"}`, "error", `"too_large"`},
		{"cursor_moved", `{"x":2}`, "ok", `{}`},
		{"$presence", `{"typing":true}`, "ok", `{}`},
		{"$presence", `7`, "error", `"invalid"`},
		{"$read", `{"from":2,"limit":2}`, "ok", `"more":true`},
		{"$read", `{"backward":true,"limit":1}`, "ok", `"version":5`},
		{"$read", `{"limit":0}`, "error", `limit 0 is not possible`},
		{"$read", `{"until":"2001-01-01T00:00:00Z"}`, "ok", `{"events":[],"more":false}`},
		{"$apend", `{}`, "error", `did you mean $append?`},
		{"phx_close", `{}`, "error", `"invalid"`},
		{"$authenticate", `{"token":"nonsense"}`, "error", `"unauthenticated"`},
	} {
		status, response := c.ask("meeting:42", step.event, step.payload)
		if status != step.status || !strings.Contains(response, step.want) {
			t.Errorf("%s %.60s: got %s %s, want %s %s", step.event, step.payload, status, response, step.status, step.want)
		}
	}

	if status, response := c.ask("meeting:43", "x", `{}`); status != "error" || !strings.Contains(response, "join it first") {
		t.Errorf("got %s %s", status, response)
	}

	if status, _ := c.ask("phoenix", "heartbeat", `{}`); status != "ok" {
		t.Error("a heartbeat is not answered")
	}

	if got := c.versions(5); !slices.Equal(got, upTo(5)) {
		t.Errorf("its own events are %v", got)
	}
}

func TestSignalsGoToOthers(t *testing.T) {
	t.Parallel()

	h := newHouse(t, nil)
	ada, bob := h.ada(), h.client(auth.Caller{ID: "bob"})
	ada.join("meeting:42", `{}`)
	bob.join("meeting:42", `{}`)

	if status, response := ada.ask("meeting:42", "cursor_moved", `{"x":1}`); status != "ok" {
		t.Fatal(response)
	}

	if got := string(bob.until("signal").Payload); !strings.HasPrefix(got, `{"type":"cursor_moved","data":{"x":1},"actor":"ada","time":"`) {
		t.Errorf("bob got %s", got)
	}

	ada.ask("phoenix", "heartbeat", `{}`) // whatever was due before has come by now
	for _, m := range ada.got {
		if m.Event == "signal" {
			t.Error("the sender got its own signal")
		}
	}

	if head, err := h.log.Head(t.Context(), "meeting:42"); err != nil || head != 0 {
		t.Errorf("a signal was stored: version %d, %v", head, err)
	}
}

func TestLiveOnlyEvents(t *testing.T) {
	t.Parallel()

	h := newHouse(t, nil)
	h.record("meeting:42", "card_added", 1)
	h.record("meeting:42", "reaction_sent", 2)

	c := h.ada()
	c.join("meeting:42", `{}`)

	if got := c.versions(3); !slices.Equal(got, []uint64{1}) {
		t.Errorf("a newcomer got %v, want 1", got)
	}

	h.record("meeting:42", "reaction_sent", 1)

	if got := c.versions(4); !slices.Equal(got, []uint64{4}) {
		t.Errorf("live came %v, want 4", got)
	}

	all := h.ada()
	all.join("meeting:42", `{"replay":"all"}`)

	if got := all.versions(4); !slices.Equal(got, upTo(4)) {
		t.Errorf("with replay all came %v", got)
	}
}

func TestPauseHoldsBack(t *testing.T) {
	t.Parallel()

	h := newHouse(t, nil)
	c := h.ada()
	c.join("meeting:42", `{}`)
	c.join("note:1", `{}`)
	c.ask("meeting:42", "$pause", `{}`)
	h.record("meeting:42", "x", 3)
	h.record("note:1", "x", 1) // comes after them, and gets through

	if m := c.until("events"); m.Topic != "note:1" {
		t.Errorf("got events of %s, which is paused", m.Topic)
	}

	c.send(`["1","8","meeting:42","$resume",{}]`)

	if got := c.versions(3); !slices.Equal(got, upTo(3)) {
		t.Errorf("after the pause came %v", got)
	}
}

// TestLongReplayDelaysNobody joins a long history, and gets live events of
// another topic at once.
func TestLongReplayDelaysNobody(t *testing.T) {
	t.Parallel()

	h := newHouse(t, nil)
	h.record("meeting:long", "card_added", 20_000)

	c := h.ada()
	c.join("note:1", `{}`)
	c.join("meeting:long", `{}`)

	if push := c.until("events"); push.Topic != "meeting:long" {
		t.Fatalf("got events of %s", push.Topic)
	}

	c.got = nil
	other := h.client(auth.Caller{ID: "bob"})
	other.join("note:1", `{}`)
	h.record("note:1", "x", 1)
	other.until("events") // so the pump has woken all who watch

	for replayed := 0; ; replayed++ {
		if c.until("events").Topic == "note:1" {
			if replayed > 3 {
				t.Errorf("%d pushes of history came before the live event", replayed)
			}

			return
		}
	}
}

func TestWatchingACategory(t *testing.T) {
	t.Parallel()

	h := newHouse(t, nil)
	h.record("meeting:1", "card_added", 2)
	h.record("note:1", "x", 1)

	c := h.client(auth.Caller{ID: "root", Role: "admin"})
	if response := c.join("meeting:*", `{}`); !strings.Contains(response, `"version":"0000000000000003","first":"0000000000000001"`) {
		t.Errorf("got %s", response)
	}

	if got := c.pushesUpTo("0000000000000003"); strings.Count(got, `"stream":"meeting:1"`) != 2 {
		t.Errorf("history is %s", got)
	}

	h.record("note:1", "x", 1)
	h.record("meeting:2", "card_added", 1)

	if got := c.pushesUpTo("0000000000000005"); strings.Count(got, `"stream"`) != 1 || !strings.Contains(got, `"stream":"meeting:2"`) {
		t.Errorf("live came %s", got)
	}

	if status, response := c.ask("meeting:*", "card_added", `{"title":"x"}`); status != "error" || !strings.Contains(response, "whole category") {
		t.Errorf("got %s %s", status, response)
	}

	again := h.client(auth.Caller{ID: "root", Role: "admin"})
	again.join("meeting:*", `{"since":"0000000000000003"}`)

	if got := again.pushesUpTo("0000000000000005"); strings.Count(got, `"stream"`) != 1 {
		t.Errorf("resumed with %s", got)
	}
}

func TestLeaveAndJoinAgain(t *testing.T) {
	t.Parallel()

	h := newHouse(t, nil)
	h.record("note:1", "x", 1)

	c := h.ada()
	c.join("note:1", `{}`)
	c.versions(1)

	if status, _ := c.ask("note:1", "phx_leave", `{}`); status != "ok" {
		t.Error("leave was refused")
	}

	if m := c.next(); m.Event != "phx_close" || *m.JoinRef != "1" {
		t.Errorf("after leaving came %+v", m)
	}

	h.record("note:1", "x", 1)
	c.send(`["2","9","note:1","phx_join",{"since":1}]`)
	c.until("phx_reply")

	if m := c.until("events"); *m.JoinRef != "2" || !strings.Contains(string(m.Payload), `"version":2`) {
		t.Errorf("got %+v %s", m, m.Payload)
	}

	c.send(`["3","10","note:1","phx_join",{}]`) // without leaving

	if m := c.next(); m.Event != "phx_close" || *m.JoinRef != "2" {
		t.Errorf("the old subscription was not closed: %+v", m)
	}
}

func TestHostileFrames(t *testing.T) {
	t.Parallel()

	h := newHouse(t, nil)
	c := h.ada()

	for _, frame := range []string{``, `{}`, `[]`, `[1,2,3]`, `["1","1","meeting:42","phx_join"]`, `["1","1",7,"x",{}]`, `["1","1","t","x",{}] x`, strings.Repeat("[", 100_000), "[\"\xff\"]"} {
		c.send(frame)

		if got := string(c.until("phx_reply").Payload); !strings.Contains(got, `"invalid"`) {
			t.Errorf("%.60q: got %s", frame, got)
		}
	}
}

func TestTopicLimit(t *testing.T) {
	t.Parallel()

	h := newHouse(t, func(h *session.House) { h.Limits.Topics = 3 })
	c := h.ada()

	for i := range 3 {
		c.join(fmt.Sprintf("note:%d", i), `{}`)
	}

	if status, response := c.ask("note:4", "phx_join", `{}`); status != "error" || !strings.Contains(response, `"too_large"`) {
		t.Errorf("got %s %s", status, response)
	}
}

func TestRateLimit(t *testing.T) {
	t.Parallel()

	h := newHouse(t, func(h *session.House) { h.Limits.PushesPerSecond, h.Limits.PushBurst = 1, 5 })
	c := h.ada()
	c.join("note:1", `{}`)

	var limited int
	for range 7 {
		if status, response := c.ask("note:1", "x", `{}`); status == "error" && strings.Contains(response, `"rate_limited"`) {
			limited++
		}
	}

	if limited != 3 {
		t.Errorf("%d of 7 pushes were over the rate, want 3", limited)
	}

	var err error
	for i := 0; i < 10 && err == nil; i++ {
		err = c.Receive(t.Context(), []byte(`["1","1","note:1","x",{}]`))
	}

	if end, ok := errors.AsType[*session.CloseError](err); !ok || end.Code != session.CloseRateLimited {
		t.Errorf("a flood ends with %v", err)
	}
}
