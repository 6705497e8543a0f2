package pebble

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"iter"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"

	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

// A mark stands in the store as: format, 1 byte; CRC-32C of the key and of
// what follows, 4 bytes; revision, 8 bytes; the value.
const (
	markFormat = 1
	markHeader = 1 + 4 + 8
)

// marks are the log's marks. Changes go through the committer and share its
// syncs.
type marks struct {
	log *log
	// hidden has what was there before the changes that are being made
	// durable, so that readers go on seeing it until they are.
	hidden atomic.Pointer[map[string]markPut]
}

// markChange is what somebody wants done to a mark.
type markChange struct {
	name     string
	value    []byte
	remove   bool
	expected store.Revision
	revision store.Revision // that it got
}

// markPut is a mark in a group of requests.
type markPut struct {
	before store.Mark     // what is durable; its revision is Absent if nothing is
	now    store.Revision // what the group leaves behind
}

var _ store.Marks = (*marks)(nil)

// Get implements store.Marks.
func (m *marks) Get(ctx context.Context, name string) (store.Mark, error) {
	if err := m.log.enter(ctx); err != nil {
		return store.Mark{}, err
	}
	defer m.log.leave()

	if err := store.CheckMark(name, nil); err != nil {
		return store.Mark{}, err
	}

	mark, err := m.stored(name)
	if err != nil {
		return store.Mark{}, err
	}

	// What was read may not be durable yet; then it is still hidden now.
	if hidden := m.hidden.Load(); hidden != nil {
		if put, ok := (*hidden)[name]; ok {
			mark = put.before
		}
	}

	if mark.Revision == store.Absent {
		return store.Mark{}, fault.NotFound("no mark %q: put it first", name)
	}

	return mark, nil
}

// stored returns a mark as it stands in the store; Absent if there is none.
func (m *marks) stored(name string) (store.Mark, error) {
	key := markKeyOf(name)
	value, closer, err := m.log.db.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return store.Mark{Name: name}, nil
	}

	if err != nil {
		return store.Mark{}, readError(err, nil)
	}
	defer closer.Close()

	mark, err := openMark(key, value)
	mark.Value = slices.Clone(mark.Value)

	return mark, err
}

// openMark checks a mark and decodes it; its value is that of the argument.
func openMark(key, value []byte) (store.Mark, error) {
	name := string(key[1:])
	if len(value) < markHeader || value[0] != markFormat {
		return store.Mark{}, &store.DamageError{Place: "mark " + name, Problem: "it has an unknown format"}
	}

	if binary.BigEndian.Uint32(value[1:]) != markSum(key, value) {
		return store.Mark{}, &store.DamageError{Place: "mark " + name, Problem: "its checksum does not match"}
	}

	revision := store.Revision(binary.BigEndian.Uint64(value[5:]))

	return store.Mark{Name: name, Value: value[markHeader:], Revision: revision}, nil
}

func markSum(key, value []byte) uint32 {
	return crc32.Update(crc32.Checksum(key, castagnoli()), castagnoli(), value[5:])
}

// Put implements store.Marks.
func (m *marks) Put(ctx context.Context, name string, value []byte, expected store.Revision) (store.Revision, error) {
	change := &markChange{name: name, value: value, expected: expected}
	if err := m.change(ctx, change); err != nil {
		return store.Absent, err
	}

	return change.revision, nil
}

// Delete implements store.Marks.
func (m *marks) Delete(ctx context.Context, name string, expected store.Revision) error {
	return m.change(ctx, &markChange{name: name, remove: true, expected: expected})
}

func (m *marks) change(ctx context.Context, change *markChange) error {
	if err := m.log.isClosing(); err != nil {
		return err
	}

	if err := store.CheckMark(change.name, change.value); err != nil {
		return err
	}

	change.value = slices.Clone(change.value) // the caller's is its own again
	r := newRequest()
	r.mark = change

	return m.log.submit(ctx, r)
}

// mark decides a change of a mark and adds it to the batch.
func (p *planner) mark(r *request) {
	c := r.mark
	put, ok := p.put[c.name]
	if !ok {
		before, err := p.marks.stored(c.name)
		if err != nil {
			r.err = err
			return
		}

		put = markPut{before: before, now: before.Revision}
	}

	if r.err = store.ExpectRevision(c.name, c.expected, put.now); r.err != nil {
		return
	}

	key := markKeyOf(c.name)
	p.revision++
	put.now = store.Absent
	if c.remove {
		_ = p.batch.Delete(key, nil) // fails only for closed batches
	} else {
		c.revision, put.now = p.revision, p.revision
		p.setMark(key, c)
	}

	p.setOwn(revisionName, binary.BigEndian.AppendUint64(nil, uint64(p.revision)))
	if p.put == nil {
		p.put = make(map[string]markPut)
	}

	p.put[c.name] = put
}

func (p *planner) setMark(key []byte, c *markChange) {
	op := p.batch.SetDeferred(len(key), markHeader+len(c.value))
	copy(op.Key, key)
	op.Value[0] = markFormat
	binary.BigEndian.PutUint64(op.Value[5:], uint64(c.revision))
	copy(op.Value[markHeader:], c.value)
	binary.BigEndian.PutUint32(op.Value[1:], markSum(key, op.Value))
	_ = op.Finish() // fails only for batches that can be read
}

func (p *planner) setOwn(name string, value []byte) {
	_ = p.batch.Set(ownKeyOf(name), value, nil) // fails only for closed batches
}

// hide keeps the changes of a group from readers until it is durable.
func (m *marks) hide(put map[string]markPut) { m.hidden.Store(&put) }

// show ends hide.
func (m *marks) show() { m.hidden.Store(nil) }

// List implements store.Marks.
func (m *marks) List(ctx context.Context, prefix string) iter.Seq2[store.Mark, error] {
	return func(yield func(store.Mark, error) bool) {
		lower, upper := markKeyOf(prefix), keyAfter(markKeyOf(prefix))
		for more := true; more; {
			var (
				page []store.Mark
				err  error
			)

			page, lower, more, err = m.page(ctx, lower, upper)
			for _, mark := range page {
				if !yield(mark, nil) {
					return
				}
			}

			if err != nil {
				yield(store.Mark{}, err)
				return
			}
		}
	}
}

// page returns some marks between two keys, and the key to go on at.
func (m *marks) page(ctx context.Context, lower, upper []byte) (page []store.Mark, next []byte, more bool, err error) {
	if err := m.log.enter(ctx); err != nil {
		return nil, nil, false, err
	}
	defer m.log.leave()

	it, err := m.log.db.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
	if err != nil {
		return nil, nil, false, readError(err, nil)
	}
	defer it.Close()

	next = upper
	for ok := it.First(); ok; ok = it.Next() {
		if len(page) == chunkNames {
			next, more = slices.Clone(it.Key()), true
			break
		}

		mark, err := openMark(it.Key(), it.Value())
		if err != nil {
			return page, nil, false, err
		}

		mark.Value = nil
		page = append(page, mark)
	}

	if err := it.Error(); err != nil {
		return page, nil, false, readError(err, nil)
	}

	return m.durable(page, lower, next), next, more, nil
}

// durable replaces what a page shows of changes that are not durable yet by
// what was there before.
func (m *marks) durable(page []store.Mark, lower, upper []byte) []store.Mark {
	hidden := m.hidden.Load()
	if hidden == nil {
		return page
	}

	page = slices.DeleteFunc(page, func(mark store.Mark) bool {
		_, changed := (*hidden)[mark.Name]
		return changed
	})

	for name, put := range *hidden {
		key := markKeyOf(name)
		inside := bytes.Compare(lower, key) <= 0 && bytes.Compare(key, upper) < 0
		if inside && put.before.Revision != store.Absent {
			page = append(page, store.Mark{Name: name, Revision: put.before.Revision})
		}
	}

	slices.SortFunc(page, func(a, b store.Mark) int { return strings.Compare(a.Name, b.Name) })

	return page
}
