package storetest

import (
	"slices"
	"strings"

	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

// wantListed checks the names of the marks with a prefix.
func (tr *trial) wantListed(prefix string, want ...string) {
	tr.Helper()

	listed, err := all(tr.marks.List(tr.soon(), prefix))
	if err != nil {
		tr.Fatalf("list %q: %v", prefix, err)
	}

	names := make([]string, 0, len(listed))
	for _, m := range listed {
		names = append(names, m.Name)

		if len(m.Value) > 0 || m.Revision <= store.Absent {
			tr.Errorf("list %q: mark %q has revision %d and %d bytes, want a revision and no value", prefix, m.Name, m.Revision, len(m.Value))
		}
	}

	if !slices.Equal(names, want) {
		tr.Errorf("list %q: got %q, want %q", prefix, names, want)
	}
}

func listPrefixes(tr *trial) {
	tr.wantListed("")

	names := []string{"a", "a/", "a/1", "a/10", "a/2", "aa", "b", "b/\U0010ffff", "c\u00ff", "é", "\U0010ffff"}
	slices.Sort(names)

	for _, n := range mixed(len(names)) {
		tr.put(names[n], []byte(names[n]), store.Absent)
	}

	for _, prefix := range append(names, "", "/", "a/1", "a/100", "c", "b/", "z", "%", "_", "\u00c3") {
		var want []string
		for _, name := range names {
			if strings.HasPrefix(name, prefix) {
				want = append(want, name)
			}
		}

		tr.wantListed(prefix, want...)
	}

	for m, err := range tr.marks.List(tr.soon(), "a") {
		if err != nil {
			tr.Fatalf("list: %v", err)
		}

		tr.put(m.Name, []byte("new"), m.Revision)

		if m.Name == "a/2" {
			break
		}
	}
}

func strangeMarks(tr *trial) {
	names := []string{" ", "/", "..", "%", "'\"", "a:b", "*", "\u2028", "\ufeff", "\U0010ffff", "é", "e\u0301", strings.Repeat("x", 255), "é" + strings.Repeat("x", 253)}
	revisions := make([]store.Revision, len(names))

	for i, name := range names {
		revisions[i] = tr.put(name, []byte(name), store.Absent)
	}

	for i, name := range names {
		tr.wantMark(name, []byte(name), revisions[i])
	}
}

func wrongMarks(tr *trial) {
	ctx := tr.soon()

	for _, name := range append(wrongNames(), "", strings.Repeat("x", 256), strings.Repeat("x", 100_000)) {
		if _, err := tr.marks.Put(ctx, name, nil, store.AnyRevision); fault.Of(err) != fault.CodeInvalid {
			tr.Errorf("put mark %.50q: error %v, want %s", name, err, fault.CodeInvalid)
		}

		if _, err := tr.marks.Get(ctx, name); fault.Of(err) != fault.CodeInvalid && fault.Of(err) != fault.CodeNotFound {
			tr.Errorf("get mark %.50q: error %v, want %s or %s", name, err, fault.CodeInvalid, fault.CodeNotFound)
		}

		if err := tr.marks.Delete(ctx, name, store.AnyRevision); err != nil && fault.Of(err) != fault.CodeInvalid {
			tr.Errorf("delete mark %.50q: error %v, want %s", name, err, fault.CodeInvalid)
		}
	}

	tr.wantListed("")
}

func marksAreNoEvents(tr *trial) {
	before := tr.record(to("meeting:1", fact(1))).Position
	tr.put("meeting:1", []byte("x"), store.Absent)
	tr.put("meeting:2", []byte("x"), store.Absent)
	tr.wantStreams("", "", "meeting:1")

	if after := tr.state().Head; after != before {
		tr.Errorf("marks moved the end of the log from %s to %s", before, after)
	}
}
