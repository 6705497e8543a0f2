package storetest

import (
	"bytes"
	"fmt"
	"sync"

	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

func markCases() []testCase {
	const (
		names    = "Names have 1 to 255 bytes of UTF-8 without control characters; values have at most MaxMark bytes."
		expected = "It expects the mark to be at a revision: Absent, AnyRevision, or one that Get or Put returned; otherwise nothing changes and it fails with fault.CodeConflict."
	)

	return []testCase{
		{"what was put is there", "Put sets a mark and returns its new revision", putAndGet},
		{"what is not there is not found", "Get returns a mark, or fault.CodeNotFound.", getNothing},
		{"values are kept byte for byte", names, markValues},
		{"a put expects a revision", expected, putExpects},
		{"a delete expects a revision", "Delete removes a mark that is at the expected revision. With AnyRevision it is no error if there is none.", deleteExpects},
		{"no revision comes twice", "which the name has never had before, even if it was deleted meanwhile.", revisionsAreNew},
		{"a later change has a greater revision", "Revision counts the changes of marks: a later change has a greater one.", revisionsGrow},
		{"of 20 puts at once one wins", "Of several that expect the same at once, one wins.", onePutWins},
		{"a list has the names with a prefix", "List yields the marks whose names begin with a prefix, in the order of the bytes of their names, without their values.", listPrefixes},
		{"strange names are names", names, strangeMarks},
		{"wrong names are refused", names, wrongMarks},
		{"marks are beside the log", "Marks are named values beside the log", marksAreNoEvents},
	}
}

func (tr *trial) put(name string, value []byte, expected store.Revision) store.Revision {
	tr.Helper()

	revision, err := tr.marks.Put(tr.soon(), name, value, expected)
	if err != nil {
		tr.Fatalf("put mark %.50q: %v", name, err)
	}

	if revision <= store.Absent {
		tr.Fatalf("put mark %.50q: revision %d, want a positive one", name, revision)
	}

	return revision
}

// wantMark checks that a mark is there.
func (tr *trial) wantMark(name string, value []byte, revision store.Revision) {
	tr.Helper()

	m, err := tr.marks.Get(tr.soon(), name)
	if err != nil {
		tr.Fatalf("get mark %.50q: %v", name, err)
	}

	if m.Name != name || m.Revision != revision || !bytes.Equal(m.Value, value) {
		tr.Fatalf("mark %.50q is %.50q at revision %d with %d bytes %.20q, want revision %d with %d bytes %.20q",
			name, m.Name, m.Revision, len(m.Value), m.Value, revision, len(value), value)
	}
}

// wantNoMark checks that a mark is not there.
func (tr *trial) wantNoMark(name string) {
	tr.Helper()

	if m, err := tr.marks.Get(tr.soon(), name); fault.Of(err) != fault.CodeNotFound {
		tr.Fatalf("get mark %.50q: got %.50q and error %v, want %s", name, m.Value, err, fault.CodeNotFound)
	}
}

func putAndGet(tr *trial) {
	value := []byte("one")
	revision := tr.put("checkpoint/journal", value, store.Absent)

	clear(value)
	tr.wantMark("checkpoint/journal", []byte("one"), revision)

	second := tr.put("checkpoint/journal", []byte("two"), revision)
	tr.wantMark("checkpoint/journal", []byte("two"), second)
	tr.wantNoMark("checkpoint/journa")
	tr.wantNoMark("checkpoint/journal2")
}

func getNothing(tr *trial) {
	tr.wantNoMark("mark")
	tr.put("mark", nil, store.AnyRevision)

	if err := tr.marks.Delete(tr.soon(), "mark", store.AnyRevision); err != nil {
		tr.Fatalf("delete: %v", err)
	}

	tr.wantNoMark("mark")
}

func markValues(tr *trial) {
	largest := bytes.Repeat([]byte("0123456789abcdef"), store.MaxMark/16)
	revision := tr.put("large", largest, store.Absent)

	for i, value := range [][]byte{nil, {}, {0}, []byte("null"), {0xff, 0, 0xfe}, make([]byte, 100_000)} {
		name := fmt.Sprint("mark", i)
		tr.wantMark(name, value, tr.put(name, value, store.Absent))
	}

	tr.wantMark("large", largest, revision)

	_, err := tr.marks.Put(tr.soon(), "large", append(largest, 'x'), store.AnyRevision)
	if fault.Of(err) != fault.CodeTooLarge {
		tr.Errorf("a value of more than 16 MiB: %v, want %s", err, fault.CodeTooLarge)
	}

	tr.wantMark("large", largest, revision)
}

func putExpects(tr *trial) {
	first := tr.put("mark", []byte("1"), store.Absent)
	second := tr.put("mark", []byte("2"), first)
	tr.wantNoPut("mark", first, store.Absent, second+1, -2)
	tr.wantMark("mark", []byte("2"), second)

	third := tr.put("mark", []byte("3"), store.AnyRevision)
	tr.wantNoPut("mark", second)
	tr.wantMark("mark", []byte("3"), third)

	tr.wantNoPut("none", first, third, 1<<62, -2)
	tr.wantNoMark("none")
	tr.put("none", nil, store.AnyRevision)
}

// wantNoPut checks that a mark is not at any of the revisions.
func (tr *trial) wantNoPut(name string, expected ...store.Revision) {
	tr.Helper()

	for _, e := range expected {
		if r, err := tr.marks.Put(tr.soon(), name, []byte("no"), e); fault.Of(err) != fault.CodeConflict {
			tr.Errorf("put mark %q expecting revision %d: revision %d, error %v, want %s", name, e, r, err, fault.CodeConflict)
		}
	}
}

func deleteExpects(tr *trial) {
	ctx := tr.soon()

	for _, c := range []struct {
		expected store.Revision
		code     fault.Code
	}{{store.AnyRevision, ""}, {store.Absent, ""}, {1, fault.CodeConflict}} {
		if err := tr.marks.Delete(ctx, "none", c.expected); fault.Of(err) != c.code {
			tr.Errorf("delete of no mark, expecting %d: error %v, want %q", c.expected, err, c.code)
		}
	}

	first := tr.put("mark", []byte("1"), store.Absent)
	second := tr.put("mark", []byte("2"), first)
	tr.put("mark2", []byte("other"), store.Absent)

	for _, expected := range []store.Revision{first, store.Absent, second + 5} {
		if err := tr.marks.Delete(ctx, "mark", expected); fault.Of(err) != fault.CodeConflict {
			tr.Errorf("delete expecting revision %d: error %v, want %s", expected, err, fault.CodeConflict)
		}
	}

	tr.wantMark("mark", []byte("2"), second)

	if err := tr.marks.Delete(ctx, "mark", second); err != nil {
		tr.Fatalf("delete: %v", err)
	}

	tr.wantNoMark("mark")
	tr.wantNoPut("mark", second)
	tr.wantListed("", "mark2")
}

func revisionsAreNew(tr *trial) {
	seen := make(map[store.Revision]bool)

	for round := range 12 {
		r := tr.put("mark", []byte{byte(round)}, store.AnyRevision)
		if seen[r] {
			tr.Fatalf("round %d: revision %d came before", round, r)
		}

		seen[r] = true

		if round%3 != 1 {
			continue
		}

		if err := tr.marks.Delete(tr.soon(), "mark", r); err != nil {
			tr.Fatalf("delete: %v", err)
		}

		for old := range seen {
			tr.wantNoPut("mark", old)
		}
	}
}

func revisionsGrow(tr *trial) {
	var last store.Revision
	for n := range 20 {
		r := tr.put(fmt.Sprint("mark", n%3), nil, store.AnyRevision)
		if r <= last {
			tr.Errorf("change %d has revision %d, the one before has %d", n+1, r, last)
		}

		last = r

		if n%4 == 2 {
			if err := tr.marks.Delete(tr.soon(), fmt.Sprint("mark", n%3), r); err != nil {
				tr.Fatalf("delete: %v", err)
			}
		}
	}
}

func onePutWins(tr *trial) {
	expected := store.Absent

	for round := range 3 {
		var (
			done sync.WaitGroup
			revs [20]store.Revision
			errs [20]error
		)

		for i := range revs {
			done.Go(func() { revs[i], errs[i] = tr.marks.Put(tr.soon(), "lease", []byte{byte(round), byte(i)}, expected) })
		}

		done.Wait()

		winners := 0
		for i, err := range errs {
			if err == nil {
				winners++
				expected = revs[i]
				tr.wantMark("lease", []byte{byte(round), byte(i)}, revs[i])
			} else if fault.Of(err) != fault.CodeConflict {
				tr.Errorf("round %d: put %d failed with %v, want %s", round, i, err, fault.CodeConflict)
			}
		}

		if winners != 1 {
			tr.Fatalf("round %d: %d puts won, want 1", round, winners)
		}
	}
}
