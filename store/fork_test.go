package store_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/memory"
)

// recorded appends drafts of a stream to a log, one after the other.
func recorded(t *testing.T, log store.Log, stream event.Stream, drafts ...event.Draft) {
	t.Helper()

	for _, d := range drafts {
		if _, err := log.Append(t.Context(), store.Batch{Stream: stream, Drafts: []event.Draft{d}}); err != nil {
			t.Fatal(err)
		}
	}
}

// history returns the events of a stream.
func history(t *testing.T, log store.Log, stream event.Stream) []event.Event {
	t.Helper()

	var events []event.Event
	for e, err := range log.Read(t.Context(), stream, store.Range{}) {
		if err != nil {
			t.Fatal(err)
		}

		events = append(events, e)
	}

	return events
}

// wantFork forks, and checks the version up to which the fork goes.
func wantFork(t *testing.T, log store.Log, from, to event.Stream, at store.Point, want event.Version) {
	t.Helper()

	if got, err := store.Fork(t.Context(), log, from, to, at); err != nil || got != want {
		t.Fatalf("fork %s into %s at %+v: version %d (%v), want %d", from, to, at, got, err, want)
	}

	if got := len(history(t, log, to)); got < int(want) {
		t.Fatalf("%s has %d events, want %d", to, got, want)
	}
}

// wantNoFork checks that a fork fails with a code and words, and changes nothing.
func wantNoFork(t *testing.T, log store.Log, from, to event.Stream, at store.Point, code fault.Code, words string) {
	t.Helper()

	before, err := log.State(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	version, err := store.Fork(t.Context(), log, from, to, at)
	if version != 0 || fault.Of(err) != code || !strings.Contains(err.Error(), words) {
		t.Errorf("fork %s into %s at %+v: version %d, error %v, want %s with %q", from, to, at, version, err, code, words)
	}

	if after, err := log.State(t.Context()); err != nil || after != before {
		t.Errorf("fork %s into %s at %+v moved the end of the log from %s to %s (%v)", from, to, at, before.Head, after.Head, err)
	}
}

// The meta of copies is that of the events, but for what is the system's own.
func TestForkMeta(t *testing.T) {
	t.Parallel()

	for _, c := range []struct{ extra, first, second string }{
		{``, `{NOTE}`, ``},
		{`{}`, `{NOTE}`, `{}`},
		{"{\n} ", `{NOTE}`, "{\n} "},
		{`{"a": 1 }`, `{"a": 1,NOTE}`, `{"a": 1 }`},
		{`{"$command":{"name":"add","$command":1}}`, `{NOTE}`, ``},
		{`{ "$command" : "x" , "a" : [ 1.0, "}" ] }`, `{"a" : [ 1.0, "}" ],NOTE}`, `{"a" : [ 1.0, "}" ]}`},
		{`{"a":1,"\u0024command":"x","\u0061":2}`, `{"a":1,"\u0061":2,NOTE}`, `{"a":1,"\u0061":2}`},
		{`{"a":{"$command":1},"b":"$command"}`, `{"a":{"$command":1},"b":"$command",NOTE}`, `{"a":{"$command":1},"b":"$command"}`},
		{`{"$commands":1,"$COMMAND":2}`, `{"$commands":1,"$COMMAND":2,NOTE}`, `{"$commands":1,"$COMMAND":2}`},
		{`{"$fork":{"stream":"other:1","version":9},"a":1}`, `{"a":1,NOTE}`, `{"$fork":{"stream":"other:1","version":9},"a":1}`},
	} {
		log := memory.New().Log
		d := event.Draft{Type: "noted", Meta: event.Meta{Correlation: "c", Causation: "d", Extra: json.RawMessage(c.extra)}}
		recorded(t, log, `meeting:"<é`, d, d)
		wantFork(t, log, `meeting:"<é`, "meeting:2", store.Point{}, 2)

		first := strings.Replace(c.first, "NOTE", `"$fork":{"stream":"meeting:\"<é","version":2}`, 1)
		for i, e := range history(t, log, "meeting:2") {
			if want := []string{first, c.second}[i]; string(e.Meta.Extra) != want || e.Meta.Correlation != "c" || e.Meta.Causation != "d" {
				t.Errorf("%s of event %d became %s, want %s", c.extra, i+1, e.Meta.Extra, want)
			}
		}

		for _, e := range history(t, log, `meeting:"<é`) {
			if string(e.Meta.Extra) != c.extra {
				t.Errorf("the fork changed the meta of its origin: %s, was %s", e.Meta.Extra, c.extra)
			}
		}
	}
}

// The note of where a fork comes from gives way if there is no room for it.
func TestForkMetaOfAnySize(t *testing.T) {
	t.Parallel()

	const limit, note = 16 << 10, len(`,"$fork":{"stream":"meeting:1","version":3}`)

	for room, noted := range map[int]bool{0: false, note - 1: false, note: true, note + 1: true} {
		log := memory.New().Log
		pad := strings.Repeat("x", limit-room-len(`{"p":""}c`))
		d := event.Draft{Type: "noted", Meta: event.Meta{Correlation: "c", Extra: json.RawMessage(`{"p":"` + pad + `"}`)}}
		recorded(t, log, "meeting:1", d, d, d)
		wantFork(t, log, "meeting:1", "meeting:2", store.Point{}, 3)

		events := history(t, log, "meeting:2")
		if got := strings.Contains(string(events[0].Meta.Extra), "$fork"); got != noted {
			t.Errorf("with room for %d bytes: noted is %t", room, got)
		}

		for i := range events {
			if !strings.HasPrefix(string(events[i].Meta.Extra), `{"p":"`+pad+`"`) || len(events) != 3 {
				t.Errorf("with room for %d bytes: the meta of event %d is cut", room, i+1)
			}
		}

		wantFork(t, log, "meeting:1", "meeting:2", store.Point{}, 3)
		wantFork(t, log, "meeting:1", "meeting:2", store.Point{Version: 3}, 3)
		wantNoFork(t, log, "meeting:1", "meeting:2", store.Point{Version: 2}, fault.CodeConflict, "is a fork of meeting:1 at ")
		recorded(t, log, "meeting:2", event.Draft{Type: "noted"})
		wantFork(t, log, "meeting:1", "meeting:2", store.Point{}, 3)
	}
}

// A log that takes less at once gets less at once.
func TestForkWithSmallLimits(t *testing.T) {
	t.Parallel()

	for name, limits := range map[string]store.Limits{
		"events":     {Events: 3},
		"one":        {Events: 1},
		"bytes":      {Bytes: 150},
		"bytes, one": {Bytes: 60},
	} {
		log := memory.NewWith(memory.Options{Limits: limits}).Log
		for n := range 20 {
			recorded(t, log, "meeting:1", event.Draft{Type: "noted", Data: fmt.Appendf(nil, `{"number":%d}`, n)})
		}

		wantFork(t, log, "meeting:1", "meeting:2", store.Point{}, 20)

		for i, e := range history(t, log, "meeting:2") {
			if want := fmt.Sprintf(`{"number":%d}`, i); string(e.Data) != want || e.Origin != event.Forked {
				t.Errorf("%s: event %d has data %s, origin %s", name, i+1, e.Data, e.Origin)
			}
		}
	}

	data := json.RawMessage(`"` + strings.Repeat("x", 98) + `"`)
	large := memory.New().Log
	recorded(t, large, "meeting:1", event.Draft{Type: "noted", Data: data})
	wantNoFork(t, smallerLog{large}, "meeting:1", "meeting:2", store.Point{}, fault.CodeTooLarge, "fork meeting:1 into meeting:2: ")
}

// smallerLog is a log whose limits are below what it holds.
type smallerLog struct{ store.Log }

func (smallerLog) Append(_ context.Context, batches ...store.Batch) (store.Receipt, error) {
	return store.Receipt{}, store.Limits{Event: event.Limits{Data: 99}}.Check(batches)
}

// TestForkRefuses sees what cannot be forked, and what cannot be forked into.
func TestForkRefuses(t *testing.T) {
	t.Parallel()

	at := time.Date(2026, time.November, 21, 10, 0, 0, 0, time.UTC)
	now := at
	log := memory.NewWith(memory.Options{Clock: func() time.Time { return now }}).Log
	recorded(t, log, "meeting:1", drafts(2)...)

	now = at.Add(time.Hour)
	recorded(t, log, "meeting:1", drafts(3)...)
	recorded(t, log, "taken:1", event.Draft{Type: "noted"})
	recorded(t, log, "imported:1", event.Draft{Type: "noted", Origin: event.Forked})
	wantFork(t, log, "meeting:1", "fork:1", store.Point{Time: at.Add(time.Minute)}, 2)
	wantFork(t, log, "meeting:1", "fork:1", store.Point{Version: 2}, 2)
	wantFork(t, log, "fork:1", "fork:2", store.Point{}, 2)

	long := event.Stream("meeting:" + strings.Repeat("x", 255))
	for _, c := range []struct {
		from, to event.Stream
		at       store.Point
		code     fault.Code
		words    string
	}{
		{"meeting:2", "new:1", store.Point{}, fault.CodeNotFound, "there is no stream meeting:2"},
		{"meeting:2", "new:1", store.Point{Version: 1}, fault.CodeNotFound, "there is no stream meeting:2"},
		{"meeting:1", "new:1", store.Point{Version: 6}, fault.CodeGone, "ends at version 5, it has no version 6"},
		{"meeting:1", "new:1", store.Point{Time: at.Add(-time.Millisecond)}, fault.CodeNotFound, "has no events from 2026-11-21T09:59:59.999Z or before"},
		{"meeting:1", "new:1", store.Point{Version: 1, Time: at}, fault.CodeInvalid, "are two points"},
		{"meeting:1", "meeting:1", store.Point{}, fault.CodeInvalid, "into itself"},
		{"meeting:1", "$sys:1", store.Point{}, fault.CodeInvalid, "system's own"},
		{"meeting", "new:1", store.Point{}, fault.CodeInvalid, "no category"},
		{"meeting:1", "new", store.Point{}, fault.CodeInvalid, "no category"},
		{"meeting:1", "meeting:*", store.Point{}, fault.CodeInvalid, "whole category"},
		{"meeting:1", long, store.Point{}, fault.CodeTooLarge, "255"},
		{"meeting:1", "taken:1", store.Point{}, fault.CodeConflict, "stream taken:1 exists, and is no fork of meeting:1"},
		{"meeting:1", "imported:1", store.Point{}, fault.CodeConflict, "stream imported:1 exists, and is no fork of meeting:1"},
		{"taken:1", "fork:1", store.Point{}, fault.CodeConflict, "stream fork:1 exists, and is no fork of taken:1"},
		{"meeting:1", "fork:2", store.Point{}, fault.CodeConflict, "is no fork of meeting:1"},
		{"meeting:1", "fork:1", store.Point{Version: 5}, fault.CodeConflict, "stream fork:1 is a fork of meeting:1 at version 2, not 5"},
		{"meeting:1", "fork:1", store.Point{Time: at.Add(time.Hour)}, fault.CodeConflict, "at version 2, not 5"},
	} {
		wantNoFork(t, log, c.from, c.to, c.at, c.code, c.words)
	}
}

// cutLog records one append, and fails at the next.
type cutLog struct {
	store.Log

	appends int
}

func (l *cutLog) Append(ctx context.Context, batches ...store.Batch) (store.Receipt, error) {
	if l.appends++; l.appends > 1 {
		return store.Receipt{}, fault.Unavailable("the power failed")
	}

	return l.Log.Append(ctx, batches...)
}

// TestForkThatOthersDisturb sees that a fork never mixes with the events of
// others.
func TestForkThatOthersDisturb(t *testing.T) {
	t.Parallel()

	log := memory.New().Log
	recorded(t, log, "meeting:1", drafts(700)...)

	if _, err := store.Fork(t.Context(), &cutLog{Log: log}, "meeting:1", "fork:1", store.Point{}); fault.Of(err) != fault.CodeUnavailable {
		t.Fatal(err)
	}

	half := len(history(t, log, "fork:1"))
	if half == 0 || half >= 700 {
		t.Fatalf("cut off after %d events", half)
	}

	recorded(t, log, "fork:1", event.Draft{Type: "noted"})
	wantNoFork(t, log, "meeting:1", "fork:1", store.Point{}, fault.CodeConflict, fmt.Sprintf("before all was copied, such as version %d", half+1))

	// Who takes the ID of a copy prevents the fork, but gets nothing into it.
	wantFork(t, log, "meeting:1", "fork:2", store.Point{Version: 3}, 3)

	other := memory.New().Log
	recorded(t, other, "meeting:1", drafts(5)...)
	recorded(t, other, "thief:1", event.Draft{Type: "noted", ID: history(t, log, "fork:2")[1].ID})
	wantNoFork(t, other, "meeting:1", "fork:2", store.Point{}, fault.CodeConflict, "already recorded in stream thief:1")
	wantFork(t, log, "meeting:1", "fork:3", store.Point{Version: 1}, 1)
	recorded(t, other, "fork:3", event.Draft{Type: "noted", ID: history(t, log, "fork:3")[0].ID})
	wantNoFork(t, other, "meeting:1", "fork:3", store.Point{}, fault.CodeConflict, "is no fork of meeting:1")
}

// TestForkIDs sees that copies have IDs of their own, which say nothing that
// could be mistaken.
func TestForkIDs(t *testing.T) {
	t.Parallel()

	log := memory.New().Log
	seen := map[event.ID]bool{}

	for _, from := range []event.Stream{"a:b", "a:bc", "a:b1"} {
		recorded(t, log, from, drafts(12)...)

		for _, to := range []event.Stream{"f:1", "f:1a:b", "f:"} {
			wantFork(t, log, from, to+from, store.Point{}, 12)
		}
	}

	events := 0
	for page, err := range log.Feed(t.Context(), event.Position{}, store.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}

		for i := range page.Events {
			e := &page.Events[i]
			if u, ok := e.ID.UUID(); seen[e.ID] || !ok || e.Origin == event.Forked && (u[6]>>4 != 8 || u[8]>>6 != 2) {
				t.Errorf("%s version %d has id %s", e.Stream, e.Version, e.ID)
			}

			seen[e.ID] = true
			events++
		}
	}

	if events != 12*(3+9) {
		t.Errorf("%d events, want %d", events, 12*(3+9))
	}
}

// A context that ends, ends a fork.
func TestForkCancelled(t *testing.T) {
	t.Parallel()

	log := memory.New().Log
	recorded(t, log, "meeting:1", drafts(1)...)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()

	if _, err := store.Fork(ctx, log, "meeting:1", "meeting:2", store.Point{}); err == nil || ctx.Err() == nil || !strings.Contains(err.Error(), "cancel") {
		t.Errorf("error %v, want that of the context", err)
	}
}

// overtakenLog lets somebody else come first before an append.
type overtakenLog struct {
	store.Log

	before func()
}

func (l *overtakenLog) Append(ctx context.Context, batches ...store.Batch) (store.Receipt, error) {
	if before := l.before; before != nil {
		l.before = nil
		before()
	}

	return l.Log.Append(ctx, batches...)
}

// TestForkOvertaken sees that who forks now, and finds that somebody else has
// begun the same fork a moment ago, joins that.
func TestForkOvertaken(t *testing.T) {
	t.Parallel()

	log := memory.New().Log
	recorded(t, log, "meeting:1", drafts(1700)...)

	for i, end := range []event.Version{1, 300, 500, 1500, 1699} { // appends begin and end at the same versions, or not
		to := event.Stream(fmt.Sprintf("fork:%d", i))
		overtaken := &overtakenLog{Log: log, before: func() { wantFork(t, log, "meeting:1", to, store.Point{Version: end}, end) }}
		wantFork(t, overtaken, "meeting:1", to, store.Point{}, end)

		if got := len(history(t, log, to)); got != int(end) {
			t.Errorf("%s has %d events, want %d", to, got, end)
		}

		to += "-then"
		overtaken.before = func() { wantFork(t, log, "meeting:1", to, store.Point{Version: end}, end) }
		if _, err := store.Fork(t.Context(), overtaken, "meeting:1", to, store.Point{Version: 1700}); fault.Of(err) != fault.CodeConflict || !strings.Contains(err.Error(), "is a fork of meeting:1 at version") {
			t.Errorf("at another version: %v", err)
		}
	}
}
