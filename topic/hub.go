package topic

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
)

// Options say how topics behave. The zero value is ready to use.
type Options struct {
	// LiveOnly says which events are not part of the history that a newcomer
	// gets. It must be fast and safe for concurrent use. Defaults to none.
	LiveOnly func(stream event.Stream, typ string) bool
	// Memory is about how many bytes the recent frames of all topics take; a
	// topic has at most 512 KiB of them. Defaults to 32 MiB.
	Memory int
	// Signals is how many signals wait for a subscription; the oldest are
	// dropped. Defaults to 64.
	Signals int
	// Gather is how long changes of presence are gathered. Defaults to 250 ms.
	Gather time.Duration
	// Grace is how long somebody may be cut off without having left. Defaults
	// to 5 s.
	Grace time.Duration
	// Crowd is from how many on only their number is shown. Defaults to 200.
	Crowd int
}

func (o Options) withDefaults() Options {
	orInt := func(n *int, otherwise int) {
		if *n <= 0 {
			*n = otherwise
		}
	}
	orTime := func(d *time.Duration, otherwise time.Duration) {
		if *d <= 0 {
			*d = otherwise
		}
	}

	orInt(&o.Memory, 32<<20)
	orInt(&o.Signals, 64)
	orInt(&o.Crowd, 200)
	orTime(&o.Gather, 250*time.Millisecond)
	orTime(&o.Grace, 5*time.Second)

	return o
}

// Hub holds the topics that somebody watches. All methods are safe for
// concurrent use.
type Hub struct {
	log     store.Log
	epoch   string
	options Options

	dropped       atomic.Uint64 // signals
	subscriptions atomic.Int64
	refs          atomic.Uint64 // of presence; see presence.track

	live []arrival // Publish's own, used again for every page

	mu         sync.Mutex // comes before the topics' locks
	streams    map[event.Stream]*topic
	categories map[string]*topic
	upto       uint64   // the position that was published last
	round      uint64   // counts the pages
	recent     []*topic // in the order in which their frames came, to drop the oldest
	bytes      int      // of all frames
}

// New returns a hub that shows a log. Its pump publishes what is recorded from
// now on.
func New(ctx context.Context, log store.Log, o Options) (*Hub, error) {
	state, err := log.State(ctx)
	if err != nil {
		return nil, err
	}

	h := &Hub{
		log:        log,
		epoch:      state.Epoch,
		options:    o.withDefaults(),
		streams:    make(map[event.Stream]*topic),
		categories: make(map[string]*topic),
		upto:       state.Head.Number(),
	}
	h.refs.Store(rand.Uint64N(1 << 52)) //nolint:gosec // numbers entries, guards nothing

	return h, nil
}

// enter returns a topic, and keeps it until leave is called.
func (h *Hub) enter(name Name) *topic {
	h.mu.Lock()
	defer h.mu.Unlock()

	t := h.find(name)
	if t == nil {
		t = &topic{name: name}
		if name.IsCategory() {
			t.tail = h.upto
			h.categories[name.Category()] = t
		} else {
			h.streams[name.Stream()] = t
		}
	}

	t.refs++

	return t
}

// find returns a topic, nil if nobody uses it. The lock is held.
func (h *Hub) find(name Name) *topic {
	if name.IsCategory() {
		return h.categories[name.Category()]
	}

	return h.streams[name.Stream()]
}

// keep keeps a topic that is in use until leave is called once more.
func (h *Hub) keep(t *topic) {
	h.mu.Lock()
	defer h.mu.Unlock()

	t.refs++
}

// leave gives a topic back.
func (h *Hub) leave(t *topic) {
	h.mu.Lock()
	defer h.mu.Unlock()

	t.refs--
	if t.refs > 0 {
		return
	}

	h.bytes -= t.close()
	if t.name.IsCategory() {
		delete(h.categories, t.name.Category())
	} else {
		delete(h.streams, t.name.Stream())
	}

	if len(h.streams)+len(h.categories) == 0 {
		h.recent = nil // an idle house keeps nothing
	}
}
