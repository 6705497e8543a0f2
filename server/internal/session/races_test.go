package session_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/category"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/server/internal/door"
	"github.com/recountdev/recount/server/internal/session"
)

// guarded puts a door before a house where a guard decides who joins a note.
// Joining a meeting is free.
func guarded(t *testing.T, h *house, guard auth.Guard) {
	t.Helper()

	categories, err := category.New(map[string]category.Declaration{
		"note":    {Presence: true, Guards: category.Guards{Join: guard}},
		"meeting": {},
	})
	if err != nil {
		t.Fatal(err)
	}

	h.Door = door.New(door.Options{Log: h.log, Categories: categories, Limits: event.Limits{Stream: 20}})
}

// names returns the names of messages.
func names(messages []message) []string {
	var all []string
	for _, m := range messages {
		all = append(all, m.Event)
	}

	return all
}

// TestTokenExpiresDuringJoin asks a guard that takes so long that the token has
// expired when it answers.
func TestTokenExpiresDuringJoin(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, nil)
		guarded(t, h, func(context.Context, *auth.Request) error {
			<-time.After(2 * time.Second)

			return nil
		})
		h.record("note:1", "x", 3)

		c := h.client(auth.Caller{ID: "ada", Expires: time.Now().Add(time.Second)})
		c.send(`["1","1","note:1","phx_join",{}]`)
		c.send(`["1","2","phoenix","heartbeat",{}]`)
		h.record("note:1", "x", 3)
		synctest.Wait()

		for c.gather().More {
		}

		if got := names(c.got); !slices.Equal(got, []string{"notice", "phx_close", "phx_reply"}) || !strings.Contains(string(c.got[0].Payload), "has expired") {
			t.Errorf("got %v: %+v", got, c.got)
		}

		if n := h.Topics.Stats().Subscriptions; n != 0 {
			t.Errorf("%d subscriptions are left", n)
		}
	})
}

// TestSubscriptionEndsDuringJoin joins again and again while somebody else ends
// all that is joined: what has ended is not answered afterwards, and brings
// nothing.
func TestSubscriptionEndsDuringJoin(t *testing.T) {
	t.Parallel()

	type rechecking struct{}

	h := newHouse(t, nil)
	h.Limits = session.Limits{PushesPerSecond: 1 << 30, PushBurst: 1 << 30}
	h.record("note:1", "x", 1)
	guarded(t, h, func(ctx context.Context, _ *auth.Request) error {
		if ctx.Value(rechecking{}) != nil {
			return fault.Forbidden("not any more")
		}

		return nil
	})

	c := h.client(auth.Caller{ID: "guest", Anonymous: true}) // the token takes a while to sign
	ctx, stop := context.WithCancel(context.WithValue(t.Context(), rechecking{}, true))

	var ending sync.WaitGroup
	ending.Go(func() {
		for ctx.Err() == nil {
			c.Recheck(ctx)
		}
	})

	const joins = 400

	closed := make(map[string]bool)
	for i := range joins {
		c.send(fmt.Sprintf(`["%d","%d","note:1","phx_join",{}]`, i, i))

		for c.gather().More {
		}

		for _, m := range c.got {
			if m.Event == "phx_close" {
				closed[*m.JoinRef] = true
			} else if closed[*m.JoinRef] {
				t.Fatalf("%s of %s comes after it has ended", m.Event, *m.JoinRef)
			}
		}

		c.got = nil
	}

	stop()
	ending.Wait()
	c.Recheck(context.WithValue(t.Context(), rechecking{}, true))

	if n := h.Topics.Stats().Subscriptions; n != 0 {
		t.Errorf("%d subscriptions are left", n)
	}
}

// TestRecheck asks a guard again that has something else to say now.
func TestRecheck(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		guard auth.Guard
		ends  string // what the notice says
	}{
		"allows":          {auth.Allow, ""},
		"is away":         {func(context.Context, *auth.Request) error { return fault.Unavailable("the database is away") }, ""},
		"is hurried":      {func(context.Context, *auth.Request) error { return fault.RateLimited("not so fast") }, ""},
		"is not answered": {func(context.Context, *auth.Request) error { return context.DeadlineExceeded }, ""},
		"refuses":         {func(context.Context, *auth.Request) error { return fault.Forbidden("you have left the team") }, "you have left the team"},
		"says why not":    {func(context.Context, *auth.Request) error { return errors.New("no seat") }, "no seat"},
		"panics":          {func(context.Context, *auth.Request) error { panic("a bug") }, "nobody could decide"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			var later atomic.Bool

			h := newHouse(t, nil)
			guarded(t, h, func(ctx context.Context, r *auth.Request) error {
				if later.Load() {
					return c.guard(ctx, r)
				}

				return nil
			})

			client := h.ada()
			client.join("note:1", `{}`)
			client.join("meeting:1", `{"since":"now"}`)
			later.Store(true)
			client.Recheck(t.Context())

			if c.ends != "" {
				if m := client.until("notice"); m.Topic != "note:1" || !strings.Contains(string(m.Payload), c.ends) || !strings.Contains(string(m.Payload), `"forbidden"`) {
					t.Errorf("the notice on %s is %s", m.Topic, m.Payload)
				}

				if m := client.until("phx_close"); m.Topic != "note:1" {
					t.Errorf("%s has ended", m.Topic)
				}
			}

			if status, response := client.ask("note:1", "x", `{}`); (status == "ok") != (c.ends == "") {
				t.Errorf("afterwards: %s %s", status, response)
			}

			if status, response := client.ask("meeting:1", "x", `{}`); status != "ok" {
				t.Errorf("the other subscription: %s", response)
			}
		})
	}
}

// TestStreamLimitBindsJoins joins streams with long names.
func TestStreamLimitBindsJoins(t *testing.T) {
	t.Parallel()

	h := newHouse(t, nil)
	guarded(t, h, auth.Allow)

	for on, code := range map[string]string{
		"meeting:456789012345":   "",
		"meeting:4567890123456":  `"too_large"`,
		"meeting:*":              "",
		"longer_than_the_rest:*": `"too_large"`,
	} {
		status, response := h.client(auth.Caller{ID: "root", Role: "admin"}).ask(on, "phx_join", `{}`)
		if (status == "ok") != (code == "") || !strings.Contains(response, code) {
			t.Errorf("%s: %s %s", on, status, response)
		}
	}
}
