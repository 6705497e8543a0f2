package memory

import (
	"bytes"
	"context"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

// marks is a store.Marks.
type marks struct {
	life *lifetime

	mu      sync.Mutex
	byName  map[string]store.Mark
	changes store.Revision // of all marks together, so no name sees a revision twice
}

// Get returns a mark.
func (m *marks) Get(ctx context.Context, name string) (store.Mark, error) {
	if err := m.check(ctx, name, nil); err != nil {
		return store.Mark{}, err
	}

	m.mu.Lock()
	defer m.mu.Unlock()

	mark, found := m.byName[name]
	if !found {
		return store.Mark{}, fault.NotFound("no mark %q: put it first", name)
	}

	mark.Value = bytes.Clone(mark.Value)

	return mark, nil
}

// Put sets a mark.
func (m *marks) Put(ctx context.Context, name string, value []byte, expected store.Revision) (store.Revision, error) {
	if err := m.check(ctx, name, value); err != nil {
		return 0, err
	}

	m.mu.Lock()
	defer m.mu.Unlock()

	if err := store.ExpectRevision(name, expected, m.byName[name].Revision); err != nil {
		return 0, err
	}

	m.changes++
	m.byName[name] = store.Mark{Name: name, Value: bytes.Clone(value), Revision: m.changes}

	return m.changes, nil
}

// Delete removes a mark.
func (m *marks) Delete(ctx context.Context, name string, expected store.Revision) error {
	if err := m.check(ctx, name, nil); err != nil {
		return err
	}

	m.mu.Lock()
	defer m.mu.Unlock()

	if err := store.ExpectRevision(name, expected, m.byName[name].Revision); err != nil {
		return err
	}

	delete(m.byName, name)

	return nil
}

// List yields the marks whose names begin with a prefix.
func (m *marks) List(ctx context.Context, prefix string) iter.Seq2[store.Mark, error] {
	return func(yield func(store.Mark, error) bool) {
		for _, mark := range m.list(prefix) {
			if err := m.life.check(ctx); err != nil {
				yield(store.Mark{}, err)
				return
			}

			if !yield(mark, nil) {
				return
			}
		}

		if err := m.life.check(ctx); err != nil {
			yield(store.Mark{}, err)
		}
	}
}

// list returns the marks with a prefix as they are now, without values.
func (m *marks) list(prefix string) []store.Mark {
	m.mu.Lock()
	defer m.mu.Unlock()

	var found []store.Mark
	for _, name := range slices.Sorted(maps.Keys(m.byName)) {
		if strings.HasPrefix(name, prefix) {
			found = append(found, store.Mark{Name: name, Revision: m.byName[name].Revision})
		}
	}

	return found
}

func (m *marks) check(ctx context.Context, name string, value []byte) error {
	if err := m.life.check(ctx); err != nil {
		return err
	}

	return store.CheckMark(name, value)
}
