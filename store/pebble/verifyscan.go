package pebble

import (
	"fmt"

	"github.com/cockroachdb/pebble/v2"
)

// scan calls visit with every key and value from one key to another. Bytes that
// cannot be read end it with the engine's own error.
func (v *verification) scan(from, to []byte, visit func(key, value []byte)) error {
	it, err := v.snapshot.NewIter(&pebble.IterOptions{LowerBound: from, UpperBound: to})
	if err != nil {
		return corruptionOr(err)
	}
	defer it.Close()

	const stride = 4096 // keys between two looks at the context

	n := 0
	for ok := it.First(); ok; ok = it.Next() {
		if n++; n%stride == 0 {
			if err := v.stopped(); err != nil {
				return err
			}

			v.progress(v.done, int64(v.end)*2)
		}

		value, err := it.ValueAndErr()
		if err != nil {
			return corruptionOr(err)
		}

		visit(it.Key(), value)
	}

	return corruptionOr(it.Error())
}

// corruptionOr returns the engine's error if it is of damage, else what it
// means.
func corruptionOr(err error) error {
	if pebble.IsCorruptionError(err) {
		return err
	}

	return readError(err, nil)
}

// scanKind scans all keys of a kind. It reports bytes that cannot be read, and
// passes over what is behind them.
func (v *verification) scanKind(kind byte, visit func(key, value []byte)) error {
	last := []byte{kind}
	err := v.scan(last, []byte{kind + 1}, func(key, value []byte) {
		last = append(last[:0], key...)
		visit(key, value)
	})
	if !pebble.IsCorruptionError(err) {
		return err
	}

	v.damage(engineDamage(fmt.Sprintf("a file of the storage engine, behind key %q", last), err))

	return nil
}

// walk visits every event that can be read, and tells which cannot.
func (v *verification) walk(visit func(position uint64, rec []byte), lost func(first, last uint64, err error)) error {
	next := uint64(1)
	for next <= v.end {
		err := v.scan(appendEventKey(nil, next), appendEventKey(nil, v.end+1), func(key, rec []byte) {
			position, _ := parsePlace(key[1:])
			visit(position, rec)
			next = position + 1
		})
		if !pebble.IsCorruptionError(err) {
			return err
		}

		found := v.readableAfter(next)
		lost(next, found-1, err)
		next = found
	}

	return nil
}

// readableAfter returns the first position behind one that cannot be read which
// can be read again, or which is not there; it leaps, and then closes in.
func (v *verification) readableAfter(bad uint64) uint64 {
	good := bad + 1
	for leap := uint64(1); good <= v.end && !v.canRead(good); leap *= 2 {
		bad, good = good, good+leap
	}

	good = min(good, v.end+1)
	for good-bad > 1 {
		if middle := bad + (good-bad)/2; v.canRead(middle) {
			good = middle
		} else {
			bad = middle
		}
	}

	return good
}

func (v *verification) canRead(position uint64) bool {
	_, closer, err := v.snapshot.Get(appendEventKey(nil, position))
	if err == nil {
		_ = closer.Close() // never fails for Get
	}

	return !pebble.IsCorruptionError(err)
}
