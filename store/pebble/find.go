package pebble

import (
	"context"
	"fmt"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
)

// Find implements store.Log. The IDs that the log made carry their position,
// the others have an index whose tables have filters, so that what is not there
// is mostly not read. The engine shows what is not durable yet: that is not
// found.
func (l *log) Find(ctx context.Context, id event.ID) (store.Place, error) {
	if err := l.enter(ctx); err != nil {
		return store.Place{}, err
	}
	defer l.leave()

	if err := l.limits.CheckID(id); err != nil {
		return store.Place{}, err
	}

	durable := l.durable.Load()
	if position, own := l.minter.place(id); own && position <= durable {
		place, made, err := l.placeAt(position, func(rec *record) bool { return l.minter.made(id, position, rec) })
		if err != nil || made {
			return place, err
		}
	}

	position, found, err := lookUp(l.db, id)
	if err != nil {
		return store.Place{}, err
	}

	if !found || position > durable {
		return store.Place{}, store.UnknownID(id)
	}

	place, given, err := l.placeAt(position, func(rec *record) bool { return string(rec.id) == string(id) })
	if err == nil && !given {
		err = damagedID(id, fmt.Sprintf("it names position %d, where another event stands", position))
	}

	return place, err
}

// placeAt returns the place of the event at a position, if it is the one that
// is looked for.
func (l *log) placeAt(position uint64, is func(*record) bool) (place store.Place, found bool, err error) {
	var key [eventKeyLen]byte

	value, closer, err := l.db.Get(appendEventKey(key[:0], position))
	if err != nil {
		return store.Place{}, false, readError(err, damagedEvent(position, "an index names it, but it is missing"))
	}
	defer closer.Close()

	rec, problem := openRecord(value, position)
	if problem != "" {
		return store.Place{}, false, damagedEvent(position, problem)
	}

	if !is(&rec) {
		return store.Place{}, false, nil
	}

	return store.Place{Stream: event.Stream(rec.stream), Version: rec.version, Position: event.PositionAt(position)}, true, nil
}
