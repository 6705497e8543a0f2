package client_test

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/recountdev/recount/client"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
)

// forward hands a request to a house.
func forward(h *house, w http.ResponseWriter, r *http.Request) { h.wall(h.handler, w, r) }

// TestFollow follows a stream from several places.
func TestFollow(t *testing.T) {
	t.Parallel()

	h := newHouse(t)

	for name, c := range map[string]struct {
		from  client.Place
		first event.Version
	}{
		"beginning": {client.Place{}, 1},
		"after":     {client.Place{After: client.AfterVersion(2)}, 3},
		"now":       {client.Place{Now: true}, 4},
		"since":     {client.Place{Since: time.Now().Add(-time.Hour)}, 1},
		"future":    {client.Place{Since: time.Now().Add(time.Hour)}, 4},
	} {
		stream := event.Stream("a:" + name)
		h.append(stream, 3)

		next, appended := c.first, false
		for page, err := range h.client.Follow(t.Context(), stream, c.from) {
			must(t, err)

			for _, e := range page.Events {
				if e.Version < next || name != "future" && e.Version != next {
					t.Errorf("%s: got version %d, want %d", name, e.Version, next)
				}

				next = e.Version + 1
			}

			if appended && len(page.Events) > 0 {
				if string(page.Offset) != string(client.AfterVersion(next-1)) || !page.Live {
					t.Errorf("%s: %+v", name, page)
				}

				break
			}

			if page.Live && !appended {
				h.append(stream, 1)
				appended = true
			}
		}
	}
}

// TestFollowFeed follows the feed, and reads it to its end.
func TestFollowFeed(t *testing.T) {
	t.Parallel()

	h := newHouse(t)
	h.append("a:1", 600)
	h.append("b:1", 1)

	n := 0
	for page, err := range h.client.Feed(t.Context(), client.Place{}, client.Filter{Categories: []string{"a"}, Types: []string{"x"}}) {
		must(t, err)
		n += len(page.Events)
	}

	if n != 600 {
		t.Errorf("%d events", n)
	}

	for page, err := range h.client.Feed(t.Context(), client.Place{After: client.AfterPosition(event.PositionAt(599))}, client.Filter{Follow: true}) {
		must(t, err)
		for _, e := range page.Events {
			n++
			if e.Position.Number() != uint64(n-1) {
				t.Errorf("got %v after %d", e.Position, n)
			}
		}

		if n == 603 {
			break
		}

		if page.Live {
			h.append("b:1", 1)
		}
	}
}

// TestFollowCut cuts connections while events keep coming: nothing is missed and
// nothing comes twice.
func TestFollowCut(t *testing.T) {
	t.Parallel()

	const total = 400

	h := newHouse(t)
	h.append("a:1", total/4)

	var connections atomic.Int32
	h.wall = func(next http.Handler, w http.ResponseWriter, r *http.Request) {
		switch connections.Add(1) {
		case 3:
			http.Error(w, "away", http.StatusServiceUnavailable)
		case 1, 2, 4:
			ctx, cancel := context.WithCancel(r.Context())
			defer cancel()

			next.ServeHTTP(&cutter{ResponseWriter: w, left: 20 << 10, cut: cancel}, r.WithContext(ctx))
			panic(http.ErrAbortHandler)
		default:
			next.ServeHTTP(w, r)
		}
	}

	done := make(chan struct{})
	go func() {
		defer close(done)

		h.append("a:1", total-total/4)
	}()

	want := event.Version(1)
	for page, err := range h.client.Follow(t.Context(), "a:1", client.Place{}) {
		must(t, err)

		for _, e := range page.Events {
			if e.Version != want {
				t.Fatalf("got version %d, want %d", e.Version, want)
			}

			want++
		}

		if want > total {
			break
		}
	}

	<-done
	if connections.Load() < 5 {
		t.Errorf("%d connections", connections.Load())
	}
}

// cutter cuts an answer after some bytes, in the middle of whatever is said.
type cutter struct {
	http.ResponseWriter

	left int
	cut  func()
}

func (c *cutter) Unwrap() http.ResponseWriter { return c.ResponseWriter }

func (c *cutter) Write(p []byte) (int, error) {
	n, err := c.ResponseWriter.Write(p[:min(len(p), c.left)])
	if c.left -= n; c.left == 0 {
		c.cut()

		return n, errors.New("cut")
	}

	return n, err
}

// TestFollowEnds sees that following ends with its context, at once.
func TestFollowEnds(t *testing.T) {
	t.Parallel()

	h := newHouse(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()

	var last error
	for page, err := range h.client.Follow(ctx, "a:1", client.Place{}) {
		if page.Live {
			cancel()
		}

		last = err
	}

	if fault.Of(last) != fault.CodeUnavailable || !errors.Is(last, context.Canceled) {
		t.Error(last)
	}
}

// TestFollowLosesRight sees that who loses the right while following is told.
func TestFollowLosesRight(t *testing.T) {
	t.Parallel()

	h := newHouse(t)

	var connections atomic.Int32
	h.wall = func(next http.Handler, w http.ResponseWriter, r *http.Request) {
		if connections.Add(1) > 1 {
			r.Header.Set("Authorization", "Bearer expired")
			next.ServeHTTP(w, r)

			return
		}

		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()

		next.ServeHTTP(&cutter{ResponseWriter: w, left: 200, cut: cancel}, r.WithContext(ctx))
	}

	h.append("a:1", 1)

	var last error
	for _, err := range h.client.Follow(t.Context(), "a:1", client.Place{}) {
		last = err
	}

	if fault.Of(last) != fault.CodeUnauthenticated {
		t.Error(last)
	}
}
