package pebble

import (
	"fmt"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
)

// ids looks at the index by IDs.
func (v *verification) ids() error {
	var indexed sum

	err := v.scanKind(idKey, func(key, value []byte) {
		id, ok := parseIDKey(key)
		position, whole := parsePlace(value)
		if !ok || !whole {
			v.damage(damagedID(id, "it cannot be read"))
			return
		}

		if position <= v.end {
			v.result.IDs++
			indexed.add(v.hash([]byte(id), 0, position))
		}
	})
	if err != nil || indexed == v.byID {
		return err
	}

	return v.locateIDs()
}

// locateIDs looks up every entry of the index by IDs, and every event in it, to
// name what does not fit.
func (v *verification) locateIDs() error {
	err := v.scanKind(idKey, func(key, value []byte) {
		id, _ := parseIDKey(key)
		position, _ := parsePlace(value)
		if position > v.end || v.isBroken(position) {
			return
		}

		r, problem := v.lookup(position)
		if problem == "" && string(r.id) != string(id) {
			problem = fmt.Sprintf("it names position %d, where another event stands", position)
		}

		if problem != "" {
			v.damage(damagedID(id, problem))
		}
	})
	if err != nil {
		return err
	}

	return v.eachEvent(func(r *record, position uint64) {
		if r.id != nil && !v.leads(appendIDKey(nil, event.ID(r.id)), position) {
			v.damage(damagedID(event.ID(r.id), fmt.Sprintf("it does not lead to position %d", position)))
		}
	})
}

func damagedID(id event.ID, problem string) *store.DamageError {
	return &store.DamageError{Place: "index of id " + string(id), Problem: problem}
}

// marks looks at every mark.
func (v *verification) marks() error {
	return v.scanKind(markKey, func(key, value []byte) {
		if _, err := openMark(key, value); err != nil {
			if damage, ok := err.(*store.DamageError); ok { //nolint:errorlint // openMark returns it bare
				v.damage(damage)
			}
		}
	})
}

// eachEvent visits every event that is whole.
func (v *verification) eachEvent(visit func(r *record, position uint64)) error {
	return v.walk(func(position uint64, rec []byte) {
		if r, problem := openRecord(rec, position); problem == "" {
			visit(&r, position)
		}
	}, func(uint64, uint64, error) {})
}

// lookup returns the record at a position, or what is wrong with it.
func (v *verification) lookup(position uint64) (record, string) {
	value, closer, err := v.snapshot.Get(appendEventKey(nil, position))
	if err != nil {
		return record{}, fmt.Sprintf("it names position %d, where nothing can be read: %v", position, err)
	}
	defer closer.Close()

	r, problem := openRecord(append([]byte(nil), value...), position)
	if problem != "" {
		problem = fmt.Sprintf("it names position %d: %s", position, problem)
	}

	return r, problem
}

// leads reports whether an index entry leads to a position.
func (v *verification) leads(key []byte, position uint64) bool {
	value, closer, err := v.snapshot.Get(key)
	if err != nil {
		return false
	}
	defer closer.Close()

	found, whole := parsePlace(value)

	return whole && found == position
}
