package topic

import (
	"bytes"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/recountdev/recount/internal/payload"
)

// presence is who is on a topic: an entry for each client that is there, and for
// each that was cut off a moment ago. What clients know of it moves in changes,
// made by show: between two of them the state that others see stays the same.
type presence struct {
	shown atomic.Uint64 // counts the changes; moves with the lock held

	mu        sync.Mutex
	members   map[string][]*member // by the caller's ID
	size      int                  // members
	left      []*member            // whose leave was not shown yet
	gathering bool                 // changes are shown soon
	counted   bool                 // only the number is shown
	count     int                  // the number that was shown last
	state     Push                 // of all that is shown; made when it is asked for
	changes   []Push               // the last changes
}

// member is an entry of presence.
type member struct {
	key   string
	body  []byte // a JSON object
	ref   uint64
	shown bool        // others know of it
	away  *time.Timer // runs while the client is cut off
	back  bool        // the client came back: a timer that fires late does nothing
}

// keptChanges is how many changes a client may miss before it gets the whole
// state again.
const keptChanges = 8

// track returns the entry for a client, which may have had one; returned says
// that the client had been cut off, and that the entry's timer does not fire.
//
// refs numbers the entries. phoenix.js knows an entry again by its number, also
// after it was away from the topic for long, so that one must never come twice.
// The lock is held.
func (p *presence) track(old *member, key string, body []byte, refs *atomic.Uint64) (m *member, returned bool) {
	if old == nil {
		old, returned = p.comeback(key, body)
	}

	if old != nil && bytes.Equal(old.body, body) {
		return old, returned
	}

	if old != nil {
		p.remove(old)
	}

	m = &member{key: key, body: bytes.Clone(body), ref: refs.Add(1)}
	if p.members == nil {
		p.members = make(map[string][]*member)
	}

	p.members[key] = append(p.members[key], m)
	p.size++

	return m, returned
}

// comeback returns an entry for a caller who was cut off, nil if there is none:
// one that says the same if possible, because it may have had several.
func (p *presence) comeback(key string, body []byte) (m *member, returned bool) {
	entries := p.members[key]

	at := slices.IndexFunc(entries, func(m *member) bool { return m.away != nil && bytes.Equal(m.body, body) })
	if at < 0 {
		at = slices.IndexFunc(entries, func(m *member) bool { return m.away != nil })
	}

	if at < 0 {
		return nil, false
	}

	old := entries[at]
	old.back = true
	entries[at] = &member{key: key, body: old.body, ref: old.ref, shown: old.shown}

	return entries[at], old.away.Stop()
}

// remove takes an entry away. The lock is held.
func (p *presence) remove(m *member) {
	rest := slices.DeleteFunc(p.members[m.key], func(other *member) bool { return other == m })
	if len(rest) == 0 {
		delete(p.members, m.key)
	} else {
		p.members[m.key] = rest
	}

	p.size--
	if m.shown {
		p.left = append(p.left, m)
	}
}

// show makes one change of all that was gathered; false if there is nothing to
// tell. The lock is held.
func (p *presence) show(crowd int) bool {
	p.gathering = false

	joined, left := p.unshown(), p.left
	p.left = nil
	if len(joined) == 0 && len(left) == 0 {
		return false
	}

	wasCounted, before := p.counted, p.count
	p.counted, p.count, p.state = p.size > crowd, p.size, Push{}

	var change Push

	switch {
	case p.counted && wasCounted && p.count == before:
		return false // others came for those who left
	case p.counted || wasCounted:
		change = p.whole()
	default:
		change = Push{Event: "presence_diff", Payload: payload.New(appendDiff(nil, joined, left))}
	}

	p.changes = append(p.changes, change)
	if len(p.changes) > keptChanges {
		p.changes = slices.Delete(p.changes, 0, 1)
	}

	p.shown.Add(1)

	return true
}

// unshown returns the entries that others do not know of, who know them then.
func (p *presence) unshown() []*member {
	var joined []*member

	for _, entries := range p.members {
		for _, m := range entries {
			if !m.shown {
				m.shown = true
				joined = append(joined, m)
			}
		}
	}

	return joined
}

// clear forgets what was shown. Nobody is there any more, and nobody looks.
func (p *presence) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()

	p.members, p.left, p.changes, p.state = nil, nil, nil, Push{}
}

// due reports whether there is something to tell whoever has seen so much: 0 is
// nothing yet, n+1 what change n left behind. It takes no lock.
func (p *presence) due(seen uint64) bool { return seen <= p.shown.Load() }

// since appends what changed since somebody saw so much, or the whole state, and
// returns what they have seen then.
func (p *presence) since(seen uint64, pushes []Push) ([]Push, uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()

	now := p.shown.Load() + 1

	missed := now - seen
	if seen == 0 || missed > uint64(len(p.changes)) {
		return append(pushes, p.whole()), now
	}

	return append(pushes, p.changes[uint64(len(p.changes))-missed:]...), now
}

// whole returns the push of the whole state, as far as it was shown. The lock is
// held.
func (p *presence) whole() Push {
	if p.state.Payload != nil {
		return p.state
	}

	if p.counted {
		p.state = Push{Event: "presence_count", Payload: payload.New(appendCount(nil, p.count))}

		return p.state
	}

	shown := slices.Clone(p.left)
	for _, entries := range p.members {
		for _, m := range entries {
			if m.shown {
				shown = append(shown, m)
			}
		}
	}

	p.state = Push{Event: "presence_state", Payload: payload.New(appendMembers(nil, shown))}

	return p.state
}
