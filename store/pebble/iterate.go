package pebble

import (
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

// How much is read at once, before whoever asked gets it: nothing of the
// store is held in between.
const (
	chunkNames  = 1000
	chunkEvents = 256
	maxChunk    = 1 << 20 // bytes

	feedNames   = 512 // names that are shared among events
	streamNames = 64
)

// keyAfter returns the first key after all keys that begin with prefix, whose
// first byte is not 0xff.
func keyAfter(prefix []byte) []byte {
	after := append([]byte(nil), prefix...)
	for after[len(after)-1] == 0xff {
		after = after[:len(after)-1]
	}

	after[len(after)-1]++

	return after
}

// streamBounds returns the bounds of a stream's index.
func streamBounds(stream event.Stream) *pebble.IterOptions {
	lower := appendStreamKey(make([]byte, 0, streamKeyLen(stream)), stream, 0)
	upper := append([]byte(nil), lower[:len(lower)-placeLen]...)
	upper[len(upper)-1]++

	return &pebble.IterOptions{LowerBound: lower, UpperBound: upper}
}

// lastPlace returns the place of a stream's last event; version 0 if there is
// none. The iterator covers the index of all streams.
func lastPlace(it *pebble.Iterator, stream event.Stream) (position uint64, version event.Version, err error) {
	bounds := streamBounds(stream)
	if !it.SeekLT(bounds.UpperBound) {
		return 0, 0, readError(it.Error(), nil)
	}

	name, version, ok := parseStreamKey(it.Key())
	if !ok || string(name) != string(stream) {
		return 0, 0, nil
	}

	position, whole := parsePlace(it.Value())
	if !whole {
		return 0, 0, damagedIndex(name, version, "it is no position")
	}

	return position, version, nil
}

// engineDamage reports what the storage engine found.
func engineDamage(place string, err error) *store.DamageError {
	return &store.DamageError{Place: place, Problem: fmt.Sprintf("%v: restore a backup", err)}
}

// readError says what a failed read means: missing if there is nothing, damage
// if the store found some, else a fault of the machine. nil stays nil.
func readError(err error, missing *store.DamageError) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, pebble.ErrNotFound) && missing != nil:
		return missing
	case pebble.IsCorruptionError(err):
		return engineDamage("a file of the storage engine", err)
	default:
		return fault.Internal("read the log: %w", err)
	}
}
