package aggregate

import (
	"sync"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/internal/weigh"
)

// table holds the live aggregates, the one used last first.
type table struct {
	most      int
	mostBytes int64

	mu    sync.Mutex
	lives map[event.Stream]*live
	ends  live // a ring: ends.older is the one used last
	bytes int64
}

// fixed is about what a live aggregate takes beside its state, in bytes.
const fixed = 512

func newTable(most int, mostBytes int64) *table {
	t := &table{most: most, mostBytes: mostBytes, lives: make(map[event.Stream]*live)}
	t.ends.newer, t.ends.older = &t.ends, &t.ends

	return t
}

// use returns the live aggregate of a stream, a new one if it has none.
func (t *table) use(stream event.Stream, create func() *live) *live {
	t.mu.Lock()
	defer t.mu.Unlock()

	a, known := t.lives[stream]
	if known {
		a.unlink()
	} else {
		a = create()
		a.counted = fixed
		t.lives[stream] = a
		t.bytes += fixed
	}

	a.link(&t.ends)
	if !known {
		t.evict()
	}

	return a
}

// weigh says how many bytes the state of an aggregate takes.
func (t *table) weigh(a *live, size int64) {
	size += fixed

	t.mu.Lock()
	defer t.mu.Unlock()

	if t.lives[a.stream] != a || size == a.counted {
		return
	}

	t.bytes += size - a.counted
	a.counted = size
	t.evict()
}

// trim lets aggregates go that were busy when it was their turn.
func (t *table) trim() {
	t.mu.Lock()
	defer t.mu.Unlock()

	t.evict()
}

// mostBusy is how many busy aggregates are passed by in the search for one that
// can go.
const mostBusy = 16

// evict lets the aggregates go that were used least recently, until the rest is
// within its bounds. Busy ones stay.
func (t *table) evict() {
	busy := 0
	for a := t.ends.newer; a != &t.ends && busy < mostBusy && (len(t.lives) > t.most || t.bytes > t.mostBytes); {
		next := a.newer
		if next == &t.ends {
			return // the last one stays
		}

		if a.leave() {
			a.unlink()
			delete(t.lives, a.stream)
			t.bytes -= a.counted
		} else {
			busy++
		}

		a = next
	}
}

// link puts a behind the ends of a ring.
func (a *live) link(ends *live) {
	a.newer, a.older = ends, ends.older
	a.older.newer, ends.older = a, a
}

func (a *live) unlink() {
	a.newer.older, a.older.newer = a.older, a.newer
	a.newer, a.older = nil, nil
}

// weight is what a state was found to weigh.
type weight struct {
	version event.Version
	bytes   int64
	steps   int
}

// of returns the estimate of a's state. It walks through the state again when a
// tenth as many events were folded as the walk has steps, so that it adds little
// to each.
func (w *weight) of(a *live) int64 {
	if a.state == nil || a.isSequence() {
		return 0
	}

	if w.steps > 0 && a.version >= w.version && int(a.version-w.version) < 64+w.steps/10 {
		return w.bytes
	}

	if measure := a.kind.settings.Bytes; measure != nil {
		size := w.bytes
		if err := guarded("Settings.Bytes", func() error { size = int64(measure(a.state)); return nil }); err != nil {
			a.runtime.options.Logger.Error("a state cannot be weighed", "stream", a.stream, "error", err)
		}

		*w = weight{a.version, max(size, 0), 1}
	} else {
		size, steps := weigh.Of(a.state)
		*w = weight{a.version, size, steps + 1}
	}

	return w.bytes
}
