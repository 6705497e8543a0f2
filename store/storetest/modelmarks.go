package storetest

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

// mark puts a mark.
func (m *model) mark(t *rapid.T) {
	name, expected := m.drawMark(t)
	value := fmt.Append(nil, rapid.IntRange(0, 99).Draw(t, "value"))

	revision, err := m.store.Marks.Put(t.Context(), name, value, expected)
	if got, want := fault.Of(err), m.expect(name, expected); got != want {
		t.Fatalf("put %s expecting %d, at %d: error %v, want %q", name, expected, m.marks[name].Revision, err, want)
	}

	if err != nil {
		return
	}

	if revision <= m.revision {
		t.Fatalf("put %s: revision %d, want more than %d", name, revision, m.revision)
	}

	m.revision = revision
	m.marks[name] = store.Mark{Name: name, Value: value, Revision: revision}
}

// unmark deletes a mark.
func (m *model) unmark(t *rapid.T) {
	name, expected := m.drawMark(t)

	err := m.store.Marks.Delete(t.Context(), name, expected)
	if got, want := fault.Of(err), m.expect(name, expected); got != want {
		t.Fatalf("delete %s expecting %d, at %d: error %v, want %q", name, expected, m.marks[name].Revision, err, want)
	}

	if err == nil {
		delete(m.marks, name)
	}
}

// marked compares all marks, and those with a prefix.
func (m *model) marked(t *rapid.T) {
	for _, name := range slices.Sorted(maps.Keys(m.marks)) {
		got, err := m.store.Marks.Get(t.Context(), name)
		if want := m.marks[name]; err != nil || got.Name != name || got.Revision != want.Revision || !bytes.Equal(got.Value, want.Value) {
			t.Fatalf("mark %s is %+v (%v), want %+v", name, got, err, want)
		}
	}

	prefix := m.run + rapid.SampledFrom([]string{"/", "/a", "/ab"}).Draw(t, "prefix")

	listed, err := all(m.store.Marks.List(t.Context(), prefix))
	if err != nil {
		t.Fatalf("list %s: %v", prefix, err)
	}

	var got, want []string
	for _, mark := range listed {
		got = append(got, fmt.Sprint(mark.Name, mark.Revision))
	}

	for _, name := range slices.Sorted(maps.Keys(m.marks)) {
		if strings.HasPrefix(name, prefix) {
			want = append(want, fmt.Sprint(name, m.marks[name].Revision))
		}
	}

	if !slices.Equal(got, want) {
		t.Fatalf("list %s: got %q, want %q", prefix, got, want)
	}
}

// drawMark returns a mark's name and a revision to expect of it.
func (m *model) drawMark(t *rapid.T) (string, store.Revision) {
	name := m.run + rapid.SampledFrom([]string{"/a", "/ab", "/b"}).Draw(t, "mark")

	switch rapid.IntRange(0, 4).Draw(t, "revision") {
	case 0:
		return name, store.Absent
	case 1:
		return name, m.revision
	case 2:
		return name, m.marks[name].Revision
	default:
		return name, store.AnyRevision
	}
}

// expect returns the code of a put or a delete that expects a revision.
func (m *model) expect(name string, expected store.Revision) fault.Code {
	if expected == store.AnyRevision || expected == m.marks[name].Revision {
		return ""
	}

	return fault.CodeConflict
}
