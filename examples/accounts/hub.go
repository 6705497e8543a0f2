package main

import (
	"context"
	"sync"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

// hub follows the log, once for all sockets, and wakes those whose stream has
// news. It hands them nothing: a socket reads its stream at its own pace, so a
// slow one delays nobody and keeps nothing in memory.
type hub struct {
	log  store.Log
	from event.Position

	mu      sync.Mutex
	closed  bool
	sockets map[event.Stream]map[*socket]bool
	running sync.WaitGroup
}

// newHub returns a hub that will see every event recorded after it returns.
func newHub(ctx context.Context, log store.Log) (*hub, error) {
	state, err := log.State(ctx)

	return &hub{log: log, from: state.Head, sockets: make(map[event.Stream]map[*socket]bool)}, err
}

// run wakes sockets until ctx ends, or the log cannot be followed.
func (h *hub) run(ctx context.Context) error {
	for page, err := range h.log.Feed(ctx, h.from, store.Filter{Categories: []string{"account"}, Follow: true}) {
		if ctx.Err() != nil {
			break
		}

		if err != nil {
			return err
		}

		h.mu.Lock()
		for i := range page.Events {
			for s := range h.sockets[page.Events[i].Stream] {
				s.wake()
			}
		}
		h.mu.Unlock()
	}

	return nil
}

// enter wakes a socket from now on, until leave. If that is before its first look
// at the stream, nothing lies between history and news. It reports whether the
// hub is open.
func (h *hub) enter(s *socket) bool {
	h.mu.Lock()
	defer h.mu.Unlock()

	if h.closed {
		return false
	}

	if h.sockets[s.stream] == nil {
		h.sockets[s.stream] = make(map[*socket]bool)
	}

	h.sockets[s.stream][s] = true
	h.running.Add(1)

	return true
}

func (h *hub) leave(s *socket) {
	h.mu.Lock()
	defer h.mu.Unlock()

	if delete(h.sockets[s.stream], s); len(h.sockets[s.stream]) == 0 {
		delete(h.sockets, s.stream)
	}

	h.running.Done()
}

// errLeaving ends sockets when the program does.
var errLeaving = fault.Unavailable("the program ends: come back later")

// close ends all sockets.
func (h *hub) close() {
	h.mu.Lock()
	h.closed = true
	for _, of := range h.sockets {
		for s := range of {
			s.leave()
		}
	}
	h.mu.Unlock()

	h.running.Wait()
}
