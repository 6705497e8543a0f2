package server_test

import (
	"context"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/server"
)

// TestDrain takes leave of clients, for two who wait for the end, and lets nobody
// else in.
func TestDrain(t *testing.T) {
	t.Parallel()

	h := newHouse(t)
	clients := []*peer{h.dial(), h.dial()}
	for _, p := range clients {
		p.welcomed(http.StatusSwitchingProtocols).join("a:1", `{"since":"now"}`)
	}

	errs := make(chan error, 2)
	for range cap(errs) {
		go func() { errs <- h.server.Drain(t.Context(), 0) }()
	}

	for _, p := range clients {
		if code := p.closed(); code != 1001 {
			t.Errorf("closed with %d, want 1001", code)
		}

		h.dial().welcomed(http.StatusServiceUnavailable)
		must(t, p.conn.Close())
	}

	for range cap(errs) {
		must(t, <-errs)
	}

	h.server.Close()
	h.server.Close()
}

// TestDrainSaysSo sees that a client is told before it is closed.
func TestDrainSaysSo(t *testing.T) {
	t.Parallel()

	withPipe(t, func(h *house, conn net.Conn) {
		p := greet(h.t, conn).welcomed(http.StatusSwitchingProtocols)
		p.join("a:1", `{"since":"now"}`)

		gone := make(chan error)
		go func() { gone <- h.server.Drain(h.t.Context(), time.Second) }()

		if notice := p.until("notice"); !strings.Contains(notice, `"unavailable"`) {
			h.t.Errorf("the notice is %s", notice)
		}

		if code := p.closed(); code != 1001 {
			h.t.Errorf("closed with %d, want 1001", code)
		}

		must(h.t, conn.Close())
		must(h.t, <-gone)
	})
}

// TestDrainMeetsLateClient drains while a client is being asked who it is: the
// drain finds nobody, then the client comes, and goes.
func TestDrainMeetsLateClient(t *testing.T) {
	t.Parallel()

	asked, goOn := make(chan struct{}), make(chan struct{})
	h := newHouse(t, func(o *server.Options) {
		identity, err := auth.New(context.WithoutCancel(t.Context()), auth.Options{Func: func(*http.Request) (auth.Caller, error) {
			close(asked)
			<-goOn

			return auth.Caller{ID: "ada"}, nil
		}})
		must(t, err)
		o.Auth = identity
	})

	p := h.dial()
	<-asked
	must(t, h.server.Drain(t.Context(), 0))
	close(goOn)

	if code := p.welcomed(http.StatusSwitchingProtocols).closed(); code != 1001 {
		t.Errorf("closed with %d, want 1001", code)
	}

	must(t, p.conn.Close())

	var ending sync.WaitGroup
	ending.Go(h.server.Close)
	ending.Go(func() {
		if err := h.server.Drain(t.Context(), 0); err != nil {
			t.Error(err)
		}
	})
	ending.Wait()
	nobodyLeft(h)
}
