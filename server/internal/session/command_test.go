package session_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/recountdev/recount/aggregate"
	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/server/internal/session"
	"github.com/recountdev/recount/store"
)

// decider is a door.Commands: place counts the orders, pay refuses.
type decider struct {
	mu       sync.Mutex
	requests []aggregate.Request
}

func (d *decider) Dispatch(_ context.Context, r aggregate.Request) (aggregate.Answer, error) {
	d.mu.Lock()
	defer d.mu.Unlock()

	d.requests = append(d.requests, r)
	n := uint64(len(d.requests))

	switch {
	case r.Command == "pay" && r.ID == "stale":
		return aggregate.Answer{}, &store.ConflictError{Stream: r.Stream, Expected: store.Exactly(1), Actual: 2}
	case r.Command == "pay" && r.ID == "void":
		return aggregate.Answer{Stream: r.Stream, Version: 9, Position: event.PositionAt(9)}, nil
	case r.Command == "pay":
		return aggregate.Answer{}, fault.Rejected("nothing to pay")
	default:
		return aggregate.Answer{Stream: r.Stream, Result: fmt.Appendf(nil, `{"n":%d}`, n), Version: event.Version(n), Position: event.PositionAt(n), Repeated: r.ID == "again"}, nil
	}
}

func (*decider) View(_ context.Context, stream event.Stream, at store.Point) (aggregate.View, error) {
	if stream.Category() != "order" {
		return aggregate.View{}, fault.NotFound("%s shows nothing", stream.Category())
	}

	switch {
	case at.Version > 0:
		return aggregate.View{State: []byte(`"then"`), Version: at.Version}, nil
	case !at.Time.IsZero():
		return aggregate.View{State: fmt.Appendf(nil, "%d", at.Time.Year()), Version: 2}, nil
	default:
		return aggregate.View{State: []byte(`"now"`), Version: 7}, nil
	}
}

// asked returns the last request.
func (d *decider) asked() aggregate.Request {
	d.mu.Lock()
	defer d.mu.Unlock()

	return d.requests[len(d.requests)-1]
}

func TestCommands(t *testing.T) {
	t.Parallel()

	commands := new(decider)
	h := newOffice(t, commands, nil)
	c := h.ada()
	c.join("order:1", `{}`)
	c.join("meeting:1", `{}`)

	for _, step := range []struct{ topic, event, payload, status, want string }{
		{"order:1", "place", `{"item":"tea"}`, "ok", `{"result":{"n":1},"version":1,"position":"0000000000000001"}`},
		{"order:1", "$dispatch", `{"command":"place","data":{"item":"tea"},"id":"again"}`, "ok", `{"result":{"n":2},"version":2,"position":"0000000000000002"}`},
		{"order:1", "$dispatch", `{"command":"pay","id":"void"}`, "ok", `{"result":null,"version":9,"position":"0000000000000009"}`},
		{"order:1", "pay", `{}`, "error", `{"code":"rejected","message":"nothing to pay"}`},
		{"order:1", "$dispatch", `{"command":"pay","id":"stale"}`, "error", `"expected":1,"actual":2`},
		{"order:1", "$dispatch", `{"command":"plase"}`, "error", `did you mean \"place\"?`},
		{"order:1", "$dispatch", `{"command":""}`, "error", `"code":"invalid","message":"$dispatch: there is no command`},
		{"order:1", "$dispatch", `{"comand":"place"}`, "error", `did you mean command?`},
		{"order:1", "$dispatch", `{"command":"place","id":7}`, "error", `give a string`},
		{"order:1", "$dispatch", `{"command":"place","id":"` + strings.Repeat("i", 129) + `"}`, "error", `"code":"too_large"`},
		{"order:1", "$dispatch", `["place"]`, "error", `give an object`},
		{"order:1", "$dispach", `{}`, "error", `did you mean $dispatch?`},
		{"meeting:1", "$dispatch", `{"command":"place"}`, "error", `category meeting has no commands`},
		{"order:1", "typing", `{}`, "ok", `{}`},

		{"order:1", "$state", `{}`, "ok", `{"state":"now","version":7}`},
		{"order:1", "$state", `{"at":null}`, "ok", `{"state":"now","version":7}`},
		{"order:1", "$state", `{"at":3}`, "ok", `{"state":"then","version":3}`},
		{"order:1", "$state", `{"at":"2001-02-03T04:05:06Z"}`, "ok", `{"state":2001,"version":2}`},
		{"order:1", "$state", `{"at":0}`, "error", `$state: at cannot be 0`},
		{"order:1", "$state", `{"at":"3"}`, "error", `give a version as a number`},
		{"order:1", "$state", `{"it":3}`, "error", `did you mean at?`},
		{"meeting:1", "$state", `{}`, "error", `meeting shows nothing`},
	} {
		status, response := c.ask(step.topic, step.event, step.payload)
		if status != step.status || !strings.Contains(response, step.want) {
			t.Errorf("%s %.60s: got %s %s, want %s %s", step.event, step.payload, status, response, step.status, step.want)
		}
	}

	c.ask("order:1", "$dispatch", `{"command":"place","data":{"item": "tea"},"id":"i-1"}`)
	if got := commands.asked(); got.Actor != "ada" || got.Stream != "order:1" || got.Command != "place" || string(got.Data) != `{"item": "tea"}` || got.ID != "i-1" {
		t.Errorf("asked %+v", got)
	}
}

// TestCommandsKeepNoFrame sees that who decides may look at the data for longer
// than the frame lasts.
func TestCommandsKeepNoFrame(t *testing.T) {
	t.Parallel()

	commands := new(decider)
	c := newOffice(t, commands, nil).ada()
	c.join("order:1", `{}`)

	for _, text := range []string{`["1","7","order:1","place",{"item":"tea"}]`, `["1","7","order:1","$dispatch",{"command":"place","data":{"item":"tea"}}]`} {
		frame := []byte(text)
		if err := c.Receive(t.Context(), frame); err != nil {
			t.Fatal(err)
		}

		clear(frame)

		if got := string(commands.asked().Data); got != `{"item":"tea"}` {
			t.Errorf("%s: the data became %q", text, got)
		}
	}
}

// TestNobodyWritesPastADecider tries every way that a socket has.
func TestNobodyWritesPastADecider(t *testing.T) {
	t.Parallel()

	h := newOffice(t, new(decider), nil)
	h.record("meeting:1", "placed", 1)
	h.record("order:9", "placed", 1)

	for _, caller := range []auth.Caller{{ID: "ada"}, {ID: "root", Role: "admin"}} {
		c := h.client(caller)
		c.join("order:1", `{}`)

		for _, step := range []struct{ event, payload string }{
			{"placed", `{}`},
			{"plase", `{}`},
			{"$append", `{"events":[{"type":"placed"}]}`},
			{"$append", `{"events":[{"type":"noted"},{"type":"placed"}]}`},
			{"$append", `{"events":[{"type":"place"}]}`},
			{"$action", `{"type":"placed"}`},
		} {
			status, response := c.ask("order:1", step.event, step.payload)
			if status != "error" || !strings.Contains(response, `"forbidden"`) || !strings.Contains(response, "dispatch pay or place") {
				t.Errorf("%s: %s %s: got %s %s", caller.ID, step.event, step.payload, status, response)
			}
		}

		for _, on := range []string{"order:*", "order:$next"} {
			status, response := c.ask(on, "phx_join", `{}`)
			if joined := status == "ok"; joined != (caller.IsAdmin() && on == "order:*") {
				t.Errorf("%s joins %s: %s", caller.ID, on, response)
			}
		}
	}

	admin := h.client(auth.Caller{ID: "root", Role: "admin"})
	admin.join("order:*", `{}`)

	for name, payload := range map[string]string{"place": `{}`, "$dispatch": `{"command":"place"}`, "$state": `{}`, "$fork": `{"to":"order:2"}`} {
		if status, response := admin.ask("order:*", name, payload); status != "error" || !strings.Contains(response, "whole category") {
			t.Errorf("%s: got %s %s", name, status, response)
		}
	}

	c := h.ada()
	for _, from := range []string{"meeting:1", "order:9"} {
		c.join(from, `{}`)

		if status, response := c.ask(from, "$fork", `{"to":"order:1"}`); status != "error" || !strings.Contains(response, `"forbidden"`) || !strings.Contains(response, "dispatch pay or place") {
			t.Errorf("fork of %s: got %s %s", from, status, response)
		}
	}

	if head, err := h.log.Head(t.Context(), "order:1"); err != nil || head != 0 {
		t.Errorf("order:1 is at %d, %v", head, err)
	}

	c.join("order:1", `{}`)
	if status, response := c.ask("order:1", "noted", `{}`); status != "ok" || !strings.Contains(response, `"version":1`) {
		t.Errorf("a type that is open: got %s %s", status, response)
	}
}

func TestFork(t *testing.T) {
	t.Parallel()

	h := newHouse(t, nil)
	h.record("note:1", "x", 3)

	c := h.ada()
	c.join("note:1", `{}`)

	for _, step := range []struct{ payload, status, want string }{
		{`{"to":"note:2"}`, "ok", `{"stream":"note:2","version":3}`},
		{`{"to":"note:2"}`, "ok", `{"stream":"note:2","version":3}`},
		{`{"to":"note:3","at":2}`, "ok", `{"stream":"note:3","version":2}`},
		{`{"to":"note:4","at":"` + time.Now().Add(time.Hour).UTC().Format(time.RFC3339) + `"}`, "ok", `{"stream":"note:4","version":3}`},
		{`{"to":"note:5","at":9}`, "error", `"gone"`},
		{`{"to":"note:5","at":"soon"}`, "error", `$fork: at cannot be`},
		{`{"to":"note:5","when":3}`, "error", `there are to, at`},
		{`{}`, "error", `"invalid"`},
		{`{"to":"nte:5"}`, "error", `did you mean`},
	} {
		if status, response := c.ask("note:1", "$fork", step.payload); status != step.status || !strings.Contains(response, step.want) {
			t.Errorf("%s: got %s %s, want %s %s", step.payload, status, response, step.status, step.want)
		}
	}

	if head, err := h.log.Head(t.Context(), "note:3"); err != nil || head != 2 {
		t.Errorf("note:3 is at %d, %v", head, err)
	}
}

// TestCommandsAreObserved sees that each command is counted by how it ended.
func TestCommandsAreObserved(t *testing.T) {
	t.Parallel()

	observer := new(dispatches)
	c := newOffice(t, new(decider), func(h *session.House) { h.Observer = observer }).ada()
	c.join("order:1", `{}`)
	c.ask("order:1", "place", `{}`)
	c.ask("order:1", "pay", `{}`)
	c.ask("order:1", "$dispatch", `{"command":"plase"}`)

	if got := fmt.Sprintf("%q", observer.codes); got != `["" "rejected" "not_found"]` {
		t.Errorf("observed %s", got)
	}
}

// dispatches is an observer of commands.
type dispatches struct {
	deaf

	codes []fault.Code
}

func (d *dispatches) Dispatched(code fault.Code, took time.Duration) {
	if took < 0 {
		code = "negative"
	}

	d.codes = append(d.codes, code)
}
