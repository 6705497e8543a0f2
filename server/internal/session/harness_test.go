package session_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/category"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fanout"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/internal/payload"
	"github.com/recountdev/recount/server/internal/door"
	"github.com/recountdev/recount/server/internal/session"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/memory"
	"github.com/recountdev/recount/topic"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// house is a server's inside, without sockets.
type house struct {
	session.House

	t   *testing.T
	log store.Log
}

// declarations are those of most tests.
func declarations() map[string]category.Declaration {
	return map[string]category.Declaration{
		"meeting": {
			Events: map[string]category.EventType{
				"reaction_sent": {LiveOnly: true},
				"card_added":    {Schema: []byte(`{"type":"object","required":["title"]}`)},
			},
			Signals:  []string{"cursor_moved"},
			Presence: true,
		},
		"order": {Commands: []string{"place", "pay"}, Open: []string{"noted"}, Signals: []string{"typing"}},
		"note": {Guards: category.Guards{Join: func(_ context.Context, r *auth.Request) error {
			if r.Caller.ID == "mallory" {
				return fault.Forbidden("not you")
			}

			return nil
		}}},
	}
}

// newHouse starts a house that ends with the test.
func newHouse(t *testing.T, change func(*session.House)) *house {
	t.Helper()

	return newOffice(t, nil, change)
}

// newOffice is a house where somebody decides commands.
func newOffice(t *testing.T, commands door.Commands, change func(*session.House)) *house {
	t.Helper()

	backend := memory.New()

	categories, err := category.New(declarations())
	if err != nil {
		t.Fatal(err)
	}

	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))

	meeting, err := categories.Find("meeting")
	if err != nil {
		t.Fatal(err)
	}

	hub, err := topic.New(ctx, backend.Log, topic.Options{
		LiveOnly: func(_ event.Stream, typ string) bool { return meeting.LiveOnly(typ) },
		Gather:   time.Millisecond,
		Grace:    time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}

	authenticator, err := auth.New(ctx, auth.Options{
		Anonymous: true, Key: []byte(strings.Repeat("k", 32)),
		JWT: &auth.JWT{Secret: []byte(secret)},
	})
	if err != nil {
		t.Fatal(err)
	}

	pumped := make(chan struct{})
	go func() {
		defer close(pumped)

		fanout.Run(ctx, backend.Log, hub, slog.New(slog.DiscardHandler))
	}()

	t.Cleanup(func() {
		stop()
		<-pumped

		if err := backend.Log.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})

	h := &house{t: t, log: backend.Log, House: session.House{
		Door:     door.New(door.Options{Log: backend.Log, Categories: categories, Commands: commands}),
		Topics:   hub,
		Auth:     authenticator,
		Logger:   slog.New(slog.DiscardHandler),
		Observer: deaf{},
	}}
	if change != nil {
		change(&h.House)
	}

	return h
}

// deaf is an observer that does not listen.
type deaf struct{}

func (deaf) Appended(int, time.Duration)          {}
func (deaf) Dispatched(fault.Code, time.Duration) {}
func (deaf) Refused(fault.Code)                   {}

// record appends events of a type to a stream, numbered from 1.
func (h *house) record(stream event.Stream, typ string, n int) {
	h.t.Helper()

	for from := 0; from < n; from += 1000 {
		drafts := make([]event.Draft, 0, 1000)
		for i := from; i < min(n, from+1000); i++ {
			drafts = append(drafts, event.Draft{Type: typ, Data: fmt.Appendf(nil, `{"title":"%d"}`, i+1)})
		}

		if _, err := h.log.Append(h.t.Context(), store.Batch{Stream: stream, Drafts: drafts}); err != nil {
			h.t.Fatal(err)
		}
	}
}

// client is the other end of a session.
type client struct {
	*session.Session

	t   *testing.T
	due chan struct{}
	got []message // what was gathered and not looked at
}

// message is what a client got.
type message struct {
	JoinRef, Ref *string
	Topic, Event string
	Payload      json.RawMessage
}

// client starts a session of a caller.
func (h *house) client(caller auth.Caller) *client {
	h.t.Helper()

	c := &client{t: h.t, due: make(chan struct{}, 1)}
	c.Session = h.New(caller, func() {
		select {
		case c.due <- struct{}{}:
		default:
		}
	})
	h.t.Cleanup(c.Close)

	return c
}

// ada starts a session of an ordinary caller.
func (h *house) ada() *client { return h.client(auth.Caller{ID: "ada", Role: "member"}) }

// send sends a frame.
func (c *client) send(frame string) {
	c.t.Helper()

	if err := c.Receive(c.t.Context(), []byte(frame)); err != nil {
		c.t.Fatalf("%s: %v", frame, err)
	}
}

// batch is a session.Batch that takes messages apart.
type batch struct {
	t        *testing.T
	messages []message
	bytes    int
}

func (b *batch) Message(text []byte) { b.Text(text, payload.New(nil), nil) }

func (b *batch) Text(head []byte, p *payload.Payload, tail []byte) {
	text := string(head) + string(p.Bytes()) + string(tail)
	b.bytes += len(text)

	var (
		m    message
		all  = []any{&m.JoinRef, &m.Ref, &m.Topic, &m.Event, &m.Payload}
		have []json.RawMessage
	)

	if err := json.Unmarshal([]byte(text), &have); err != nil || len(have) != len(all) {
		b.t.Errorf("%s is no frame: %v", text, err)

		return
	}

	for i := range all {
		if err := json.Unmarshal(have[i], all[i]); err != nil {
			b.t.Errorf("%s: element %d: %v", text, i, err)
		}
	}

	b.messages = append(b.messages, m)
}

func (b *batch) Len() int { return b.bytes }

// gather gathers once.
func (c *client) gather() session.Gathered {
	b := &batch{t: c.t}
	g := c.Gather(c.t.Context(), b, true)
	c.got = append(c.got, b.messages...)

	return g
}

// next returns the next message, and waits for it.
func (c *client) next() message {
	c.t.Helper()

	for len(c.got) == 0 {
		c.wait()
	}

	m := c.got[0]
	c.got = c.got[1:]

	return m
}

// wait gathers until something comes.
func (c *client) wait() {
	c.t.Helper()

	for had := len(c.got); ; {
		more := c.gather().More
		if len(c.got) > had {
			return
		}

		if more {
			continue
		}

		select {
		case <-c.due:
		case <-time.After(time.Minute):
			c.t.Fatal("nothing came")
		}
	}
}

// until returns the next message of an event, and leaves others for later.
func (c *client) until(name string) message {
	c.t.Helper()

	for at := 0; ; at++ {
		for at == len(c.got) {
			c.wait()
		}

		if m := c.got[at]; m.Event == name {
			c.got = slices.Delete(c.got, at, at+1)

			return m
		}
	}
}

// ask sends a frame and returns the status and response of its answer.
func (c *client) ask(on, name, data string) (status, response string) {
	c.t.Helper()
	c.send(fmt.Sprintf(`["1","7",%q,%q,%s]`, on, name, data))

	var reply struct {
		Status   string
		Response json.RawMessage
	}
	if err := json.Unmarshal(c.until("phx_reply").Payload, &reply); err != nil {
		c.t.Fatal(err)
	}

	return reply.Status, string(reply.Response)
}

// join joins a topic, which must go well.
func (c *client) join(on, data string) string {
	c.t.Helper()

	status, response := c.ask(on, "phx_join", data)
	if status != "ok" {
		c.t.Fatalf("join %s %s: %s", on, data, response)
	}

	return response
}

// versions returns the versions of the events that come until upto.
func (c *client) versions(upto uint64) []uint64 {
	c.t.Helper()

	var versions []uint64

	for {
		var push struct {
			Events []struct{ Version uint64 }
			Upto   uint64
		}
		if err := json.Unmarshal(c.until("events").Payload, &push); err != nil {
			c.t.Fatal(err)
		}

		for _, e := range push.Events {
			versions = append(versions, e.Version)
		}

		if push.Upto >= upto {
			return versions
		}
	}
}

// pushesUpTo returns the payloads of events that come until a position.
func (c *client) pushesUpTo(position string) string {
	c.t.Helper()

	var all strings.Builder
	for !strings.HasSuffix(all.String(), `"upto":"`+position+`"}`) {
		all.Write(c.until("events").Payload)
	}

	return all.String()
}
