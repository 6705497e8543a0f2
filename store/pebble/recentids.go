package pebble

import "github.com/recountdev/recount/event"

// recentIDs are the IDs that callers gave since some position: two generations,
// of which the older is dropped when the younger is full. Not safe for
// concurrent use.
type recentIDs struct {
	young, old map[event.ID]uint64
	// since is the position after which all IDs are here; youngSince that
	// after which they are in young.
	since, youngSince uint64
	last              uint64 // position that was added
}

// maxYoung is how many IDs a generation has at least when it becomes old.
const maxYoung = 4096

// givenID is an ID that a caller gave, and where its event stands.
type givenID struct {
	id       event.ID
	position uint64
}

// newRecentIDs returns the empty set of the IDs after a position.
func newRecentIDs(position uint64) recentIDs {
	return recentIDs{young: make(map[event.ID]uint64), since: position, youngSince: position, last: position}
}

func (r *recentIDs) add(id event.ID, position uint64) {
	r.young[id] = position
	r.last = position
}

func (r *recentIDs) position(id event.ID) (uint64, bool) {
	if position, ok := r.young[id]; ok {
		return position, true
	}

	position, ok := r.old[id]

	return position, ok
}

// covers reports whether all IDs after a position are here.
func (r *recentIDs) covers(position uint64) bool { return position >= r.since }

// age drops the older generation if the younger is full. In between, nothing is
// dropped.
func (r *recentIDs) age() {
	if len(r.young) < maxYoung {
		return
	}

	r.old, r.since = r.young, r.youngSince
	r.young, r.youngSince = make(map[event.ID]uint64, len(r.old)), r.last
}
