package topic

import (
	"sort"
	"sync"

	"github.com/recountdev/recount/event"
)

// topic is a stream or a category that somebody watches: its recent frames, who
// watches, and who is there. Safe for concurrent use.
//
// Its locks are independent: whoever holds one takes none of the others, so
// that readers of frames do not wait while others are woken.
type topic struct {
	name Name

	// Guarded by Hub.mu: by how many it is used, and the number of the page
	// that came last with the topic's place in it.
	refs  int
	round uint64
	slot  int

	watchers watchers
	presence presence

	mu     sync.Mutex
	frames []*frame // one joins the other, the oldest first
	bytes  int      // about what the frames keep in memory
	tail   uint64   // where the next frame begins
	closed bool     // nobody uses it any more
}

// maxTopicBytes is about how much memory the frames of one topic take.
const maxTopicBytes = 512 << 10

// add takes events that were recorded at once, and wakes who watches. It
// returns how many frames that made, and by how many bytes the topic grew. Only
// Hub.Publish calls it.
func (t *topic) add(events []event.Event) (frames, grown int) {
	var room [4]*frame

	made := t.split(room[:0], events)
	if t.watchers.pushed() {
		for _, f := range made {
			f.encoded() // by one, before all need it at once
		}
	}

	grown, open := t.keep(made)
	if !open {
		return 0, 0
	}

	t.watchers.wake()

	return len(made), grown
}

// split appends the frames that events make.
func (t *topic) split(made []*frame, events []event.Event) []*frame {
	after := t.tail // nobody else moves it
	for len(events) > 0 {
		if !t.name.IsCategory() {
			after = uint64(events[0].Version) - 1
		}

		n, weight := pushful(events)
		f := newFrame(t.name, after, events[:n:n], weight)
		made, after, events = append(made, f), f.upto, events[n:]
	}

	return made
}

// keep adds frames to the topic, unless it is closed.
func (t *topic) keep(made []*frame) (grown int, open bool) {
	t.mu.Lock()
	defer t.mu.Unlock()

	if t.closed {
		return 0, false
	}

	before := t.bytes
	for _, f := range made {
		t.frames = append(t.frames, f)
		t.bytes += f.bytes
		t.tail = f.upto
	}

	for t.bytes > maxTopicBytes && len(t.frames) > 1 {
		t.dropOldest()
	}

	return t.bytes - before, true
}

// dropOldest forgets the oldest frame. The lock is held.
func (t *topic) dropOldest() {
	t.bytes -= t.frames[0].bytes
	t.frames[0] = nil
	t.frames = t.frames[1:]
}

// dropOne forgets the oldest frame, and returns how many bytes that frees.
func (t *topic) dropOne() int {
	t.mu.Lock()
	defer t.mu.Unlock()

	before := t.bytes
	if len(t.frames) > 0 {
		t.dropOldest()
	}

	return before - t.bytes
}

// close forgets all frames, now and later, and who was there, because the topic
// itself may be remembered for a while. It returns how many bytes of frames that
// frees.
func (t *topic) close() int {
	t.presence.clear()

	t.mu.Lock()
	defer t.mu.Unlock()

	t.closed = true

	freed := t.bytes
	t.frames, t.bytes = nil, 0

	return freed
}

// next returns the frame that has what comes after a place, if the topic keeps
// it. Without one the log has to be read up to upto; if that is no further than
// the place, there is nothing yet. end is how far the topic goes for somebody
// who joined it when it ended at history: what came later is in a frame, or was.
func (t *topic) next(place, history uint64) (f *frame, upto, end uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()

	end = max(t.tail, history)

	i := sort.Search(len(t.frames), func(i int) bool { return t.frames[i].upto > place })
	if i == len(t.frames) {
		return nil, end, end
	}

	if f = t.frames[i]; f.after > place {
		return nil, f.after, end
	}

	return f, f.upto, end
}

// end returns where the topic ends for somebody who joined it when it ended at
// history.
func (t *topic) end(history uint64) uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()

	return max(t.tail, history)
}
