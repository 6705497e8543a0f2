package memory

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/internal/wake"
	"github.com/recountdev/recount/store"
)

// Options change how a log in memory behaves. The zero value is ready to use.
type Options struct {
	// Limits says how large an append may be. Defaults to those of package store.
	Limits store.Limits
	// Clock gives the time at which events are recorded. Defaults to time.Now.
	Clock func() time.Time
}

// New returns an empty store in memory.
func New() store.Backend { return NewWith(Options{}) }

// NewWith returns an empty store in memory with options.
func NewWith(o Options) store.Backend {
	if o.Clock == nil {
		o.Clock = time.Now
	}

	life := &lifetime{ended: make(chan struct{})}
	relay := store.NewLocalRelay()

	return store.Backend{
		Log: &log{
			options: o,
			epoch:   string(event.NewID()),
			life:    life,
			relay:   relay,
			streams: make(map[event.Stream][]*event.Event),
			ids:     make(map[event.ID]*event.Event),
		},
		Marks: &marks{life: life, byName: make(map[string]store.Mark)},
		Relay: relay,
	}
}

// log is a store.Log.
type log struct {
	options Options
	epoch   string
	life    *lifetime
	relay   *store.LocalRelay
	grown   wake.Signal

	// mu guards what follows. The slices are only ever appended to, so a copy
	// of a slice's header, taken under mu, may be read without it.
	mu      sync.RWMutex
	events  []*event.Event // the event at position n is events[n-1]
	streams map[event.Stream][]*event.Event
	ids     map[event.ID]*event.Event
}

// Head returns the version of a stream.
func (l *log) Head(ctx context.Context, stream event.Stream) (event.Version, error) {
	if err := l.life.check(ctx); err != nil {
		return 0, err
	}

	if err := l.options.Limits.Event.CheckStream(stream); err != nil {
		return 0, err
	}

	return event.Version(len(l.stream(stream))), nil
}

// Find returns where the event with an ID stands.
func (l *log) Find(ctx context.Context, id event.ID) (store.Place, error) {
	if err := l.life.check(ctx); err != nil {
		return store.Place{}, err
	}

	if err := l.options.Limits.CheckID(id); err != nil {
		return store.Place{}, err
	}

	l.mu.RLock()
	defer l.mu.RUnlock()

	e := l.ids[id]
	if e == nil {
		return store.Place{}, store.UnknownID(id)
	}

	return store.Place{Stream: e.Stream, Version: e.Version, Position: e.Position}, nil
}

// State returns the log's identity and its end.
func (l *log) State(ctx context.Context) (store.State, error) {
	if err := l.life.check(ctx); err != nil {
		return store.State{}, err
	}

	return store.State{Epoch: l.epoch, Head: positionOf(len(l.all()))}, nil
}

// Close ends all calls. The append that is under way is finished first; that
// takes no time worth watching ctx for.
func (l *log) Close(context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()

	l.life.end()
	l.relay.Close()

	return nil
}

// all returns the events of the log as they are now.
func (l *log) all() []*event.Event {
	l.mu.RLock()
	defer l.mu.RUnlock()

	return l.events
}

// stream returns the events of a stream as they are now.
func (l *log) stream(name event.Stream) []*event.Event {
	l.mu.RLock()
	defer l.mu.RUnlock()

	return l.streams[name]
}

// positionOf returns the position of the last of n events.
func positionOf(n int) event.Position { return event.PositionAt(uint64(n)) }

// lifetime is what the parts of a store share: whether it is open.
type lifetime struct {
	once  sync.Once
	ended chan struct{}
}

func (l *lifetime) end() { l.once.Do(func() { close(l.ended) }) }

// check returns the error of a call whose context ended, or that comes after
// Close.
func (l *lifetime) check(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("log in memory: %w", err)
	}

	select {
	case <-l.ended:
		return fault.Unavailable("the log in memory is closed: open a new one")
	default:
		return nil
	}
}
