package session_test

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/server/internal/session"
)

// counter is an observer that counts refusals.
type counter struct{ refused atomic.Int64 }

func (*counter) Appended(int, time.Duration)          {}
func (*counter) Dispatched(fault.Code, time.Duration) {}
func (c *counter) Refused(fault.Code)                 { c.refused.Add(1) }

// flood sends a frame every so often, up to n times, until the connection is
// closed, and returns how it was, how many frames were taken and how many of
// them refused.
func flood(t *testing.T, frame string, every time.Duration, n int) (end *session.CloseError, taken int, refused int64) {
	t.Helper()

	var observer counter

	h := newHouse(t, func(h *session.House) {
		h.Limits = session.Limits{PushesPerSecond: 10, PushBurst: 20}
		h.Observer = &observer
	})
	c := h.ada()
	c.join("note:1", `{"since":"now"}`)

	for ; taken < n; taken++ {
		if err := c.Receive(t.Context(), []byte(frame)); err != nil {
			end, ok := errors.AsType[*session.CloseError](err)
			if !ok {
				t.Fatal(err)
			}

			return end, taken, observer.refused.Load()
		}

		for c.gather().More {
		}

		if every > 0 {
			<-time.After(every)
		}
	}

	return nil, taken, observer.refused.Load()
}

// TestFlood sends more than the rate of 10 a second, in bursts of 20, and is
// closed after about a burst of refusals: also where every other push is let in.
func TestFlood(t *testing.T) {
	t.Parallel()

	const (
		push      = `["1","2","note:1","$read",{}]`
		heartbeat = `[null,"2","phoenix","heartbeat",{}]`
		nonsense  = `{}`
	)

	for name, c := range map[string]struct {
		frame   string
		every   time.Duration
		n       int
		closed  bool
		atMost  int // frames taken
		refused int64
	}{
		"at once":           {push, 0, 100, true, 39, 20},
		"at five times":     {push, 20 * time.Millisecond, 100, true, 60, 20},
		"at twice":          {push, 50 * time.Millisecond, 100, true, 90, 20},
		"just so":           {push, 100 * time.Millisecond, 100, false, 100, 0},
		"nonsense":          {nonsense, 0, 100, true, 39, 39},
		"heartbeats":        {heartbeat, 0, 100, true, 50, 20},
		"modest heartbeats": {heartbeat, time.Second, 100, false, 100, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			synctest.Test(t, func(t *testing.T) {
				end, taken, refused := flood(t, c.frame, c.every, c.n)
				if closed := end != nil && end.Code == session.CloseRateLimited; closed != c.closed || taken > c.atMost || refused != c.refused {
					t.Errorf("closed: %v, after %d frames, of which %d were refused; want %v, at most %d, %d", end, taken, refused, c.closed, c.atMost, c.refused)
				}
			})
		})
	}
}

// TestBurstsAreForgiven pushes too much now and then, and rests in between.
func TestBurstsAreForgiven(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, func(h *session.House) { h.Limits = session.Limits{PushesPerSecond: 10, PushBurst: 20} })
		c := h.ada()
		c.join("note:1", `{"since":"now"}`)

		for range 10 {
			for range 30 {
				c.send(`["1","2","note:1","$read",{}]`)
				c.gather()
			}

			if status, _ := c.ask("phoenix", "heartbeat", `{}`); status != "ok" {
				t.Error("whoever pushes too much cannot stay alive")
			}

			c.got = nil
			<-time.After(5 * time.Second)
		}
	})
}

// TestFailedJoinsSlowDown joins what is not there, again and again: the answers
// come later and later, until a join goes well.
func TestFailedJoinsSlowDown(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, nil)
		c := h.ada()

		fail := func() time.Duration {
			began := time.Now()
			if status, response := c.ask("nothing:1", "phx_join", `{}`); status != "error" || !strings.Contains(response, `"not_found"`) {
				t.Fatalf("got %s %s", status, response)
			}

			return time.Since(began)
		}

		for _, want := range []int64{0, 0, 0, 100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000} {
			if took := fail().Milliseconds(); took != want {
				t.Errorf("a refusal took %d ms, want %d ms", took, want)
			}
		}

		c.send(`["2","9","nothing:1","phx_join",{}]`)

		began := time.Now()
		c.join("note:1", `{}`) // does not wait behind it
		if took := time.Since(began) + fail(); took != 0 {
			t.Errorf("a good join, and the first that fails after it, took %v", took)
		}

		c.Close() // with an answer to come
		<-time.After(time.Minute)
		if c.gather(); len(c.got) > 0 {
			t.Errorf("after the end came %+v", c.got)
		}
	})
}
