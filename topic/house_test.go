package topic_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/memory"
	"github.com/recountdev/recount/topic"
)

// tester is a *testing.T or a *rapid.T.
type tester interface {
	Helper()
	Context() context.Context
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
}

// house is a log with a hub, whose pump the test is.
type house struct {
	tester

	log *countedLog
	hub *topic.Hub
}

func newHouse(t tester, o topic.Options) *house {
	t.Helper()

	log := &countedLog{Log: memory.New().Log}

	hub, err := topic.New(t.Context(), log, o)
	if err != nil {
		t.Fatalf("new hub: %v", err)
	}

	return &house{tester: t, log: log, hub: hub}
}

// countedLog counts what is read of a log, and fails if it is told to.
type countedLog struct {
	store.Log

	reads, feeds atomic.Int64
	asked        atomic.Int64 // events that were asked for, or given
	broken       atomic.Pointer[error]
}

func (l *countedLog) Read(ctx context.Context, stream event.Stream, r store.Range) iter.Seq2[event.Event, error] {
	l.reads.Add(1)
	l.asked.Add(int64(r.Limit))

	return l.Log.Read(ctx, stream, r)
}

func (l *countedLog) Feed(ctx context.Context, after event.Position, f store.Filter) iter.Seq2[store.Page, error] {
	l.feeds.Add(1)

	return func(yield func(store.Page, error) bool) {
		for page, err := range l.Log.Feed(ctx, after, f) {
			l.asked.Add(int64(len(page.Events)))

			if !yield(page, err) {
				return
			}
		}
	}
}

func (l *countedLog) Head(ctx context.Context, stream event.Stream) (event.Version, error) {
	if broken := l.broken.Load(); broken != nil {
		return 0, *broken
	}

	return l.Log.Head(ctx, stream)
}

func (l *countedLog) State(ctx context.Context) (store.State, error) {
	if broken := l.broken.Load(); broken != nil {
		return store.State{}, *broken
	}

	return l.Log.State(ctx)
}

// read returns how often the log was read.
func (l *countedLog) read() int64 { return l.reads.Load() + l.feeds.Load() }

// noted returns drafts of the given types.
func noted(types ...string) []event.Draft {
	drafts := make([]event.Draft, len(types))
	for i, typ := range types {
		drafts[i] = event.Draft{Type: typ, Data: []byte(`{"n":` + strconv.Itoa(i) + `}`)}
	}

	return drafts
}

// heavy returns n drafts with so many bytes of data each.
func heavy(n, size int) []event.Draft {
	data := bytes.Repeat([]byte("x"), size)
	data[0], data[size-1] = '"', '"'

	drafts := make([]event.Draft, n)
	for i := range drafts {
		drafts[i] = event.Draft{Type: "noted", Data: data}
	}

	return drafts
}

// append records drafts in a stream, at once.
func (h *house) append(stream string, drafts ...event.Draft) {
	h.Helper()
	h.appendBatches(store.Batch{Stream: event.Stream(stream), Drafts: drafts})
}

func (h *house) appendBatches(batches ...store.Batch) {
	h.Helper()

	if _, err := h.log.Append(h.Context(), batches...); err != nil {
		h.Fatalf("append: %v", err)
	}
}

// publish does what the pump does, for all that was recorded.
func (h *house) publish() {
	h.Helper()

	for page, err := range h.log.Log.Feed(h.Context(), h.hub.Start(), store.Filter{}) {
		if err != nil {
			h.Fatalf("feed: %v", err)
		}

		h.hub.Publish(page)
	}
}

// publishOne does what the pump does, for one page of some events.
func (h *house) publishOne(size int) {
	h.Helper()

	for page, err := range h.log.Log.Feed(h.Context(), h.hub.Start(), store.Filter{PageSize: size}) {
		if err != nil {
			h.Fatalf("feed: %v", err)
		}

		h.hub.Publish(page)

		return
	}
}

// join joins a topic.
func (h *house) join(r topic.Request) *topic.Subscription {
	h.Helper()

	s, _ := h.joined(r)

	return s
}

func (h *house) joined(r topic.Request) (*topic.Subscription, topic.Joined) {
	h.Helper()

	if r.Wake == nil {
		r.Wake = func() {}
	}

	s, joined, err := h.hub.Join(h.Context(), r)
	if err != nil {
		h.Fatalf("join %s: %v", r.Name, err)
	}

	return s, joined
}

// all takes all pushes that are due, as text.
func (h *house) all(s *topic.Subscription) []string {
	h.Helper()

	var texts []string

	for _, push := range h.pushes(s) {
		if push.Event == "events" {
			texts = append(texts, eventsOf(h, push.Payload.Bytes()).String())
		} else {
			texts = append(texts, push.Event+" "+string(push.Payload.Bytes()))
		}
	}

	return texts
}

// pushes takes all pushes that are due.
func (h *house) pushes(s *topic.Subscription) []topic.Push {
	h.Helper()

	var all []topic.Push

	for range 10_000 {
		pushes, more, err := s.Next(h.Context(), all, 64<<10)
		if err != nil {
			h.Fatalf("next of %s: %v", s.Name(), err)
		}

		all = pushes
		if !more {
			return all
		}
	}

	h.Fatalf("there is no end to %s", s.Name())

	return nil
}

// expect fails the test if what is due is not as expected.
func (h *house) expect(s *topic.Subscription, want ...string) {
	h.Helper()

	if got := h.all(s); strings.Join(got, "\n") != strings.Join(want, "\n") {
		h.Errorf("%s: got %q, want %q", s.Name(), got, want)
	}
}

// shownEvents are the events of a push.
type shownEvents struct {
	Events []shownEvent    `json:"events"`
	Upto   json.RawMessage `json:"upto"`
}

type shownEvent struct {
	Stream   string         `json:"stream"`
	Version  uint64         `json:"version"`
	Position event.Position `json:"position"`
	Type     string         `json:"type"`
}

func eventsOf(t tester, text []byte) *shownEvents {
	t.Helper()

	var e shownEvents
	if err := json.Unmarshal(text, &e); err != nil {
		t.Fatalf("payload %.200s: %v", text, err)
	}

	return &e
}

// upto returns the place that the push covers.
func (e *shownEvents) upto(t tester) uint64 {
	t.Helper()

	text := string(e.Upto)
	quoted := strings.HasPrefix(text, `"`)
	if quoted != (len(text) == 18) {
		t.Fatalf("upto is %s", text)
	}

	n, err := strconv.ParseUint(strings.Trim(text, `"`), 10, 64)
	if err != nil {
		t.Fatalf("upto is %s: %v", text, err)
	}

	return n
}

// String returns the versions of the events and upto: "1 2 3 up to 3".
func (e *shownEvents) String() string {
	var text strings.Builder

	for _, shown := range e.Events {
		fmt.Fprintf(&text, "%s%d ", shown.Stream, shown.Version)
	}

	return text.String() + "up to " + string(e.Upto)
}

var _ tester = (*testing.T)(nil)
