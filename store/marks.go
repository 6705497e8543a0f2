package store

import (
	"context"
	"iter"
	"unicode"
	"unicode/utf8"

	"github.com/recountdev/recount/fault"
)

// Marks are named values beside the log: checkpoints, leases, snapshots. They
// are no truth: everything in them can be made again from the log.
//
// All methods are safe for concurrent use. A context that ends, ends the call
// soon, with an error that wraps the context's. A value that was put survives a
// power cut, and its memory is the caller's again when Put returns. Names have 1 to 255 bytes of UTF-8 without control characters;
// values have at most MaxMark bytes.
type Marks interface {
	// Get returns a mark, or fault.CodeNotFound.
	Get(ctx context.Context, name string) (Mark, error)

	// Put sets a mark and returns its new revision, which the name has never
	// had before, even if it was deleted meanwhile. It expects the mark to be
	// at a revision: Absent, AnyRevision, or one that Get or Put returned;
	// otherwise nothing changes and it fails with fault.CodeConflict. Of
	// several that expect the same at once, one wins.
	Put(ctx context.Context, name string, value []byte, expected Revision) (Revision, error)

	// Delete removes a mark that is at the expected revision. With AnyRevision
	// it is no error if there is none.
	Delete(ctx context.Context, name string, expected Revision) error

	// List yields the marks whose names begin with a prefix, in the order of
	// the bytes of their names, without their values.
	List(ctx context.Context, prefix string) iter.Seq2[Mark, error]
}

// MaxMark is the most bytes that a mark's value may have.
const MaxMark = 16 << 20

// Mark is a named value.
type Mark struct {
	Name     string
	Value    []byte
	Revision Revision
}

// Revision counts the changes of marks: a later change has a greater one.
type Revision int64

const (
	// Absent expects that there is no such mark.
	Absent Revision = 0
	// AnyRevision expects nothing.
	AnyRevision Revision = -1
)

// CheckMark says what is wrong with a mark's name or value, if anything is.
func CheckMark(name string, value []byte) error {
	if name == "" || len(name) > 255 {
		return fault.Invalid("mark name has %d bytes: give it 1 to 255", len(name))
	}

	if !utf8.ValidString(name) {
		return fault.Invalid("mark name %q is not UTF-8: encode it as UTF-8", name)
	}

	for i, r := range name {
		if unicode.IsControl(r) {
			return fault.Invalid("mark name %q has a control character at byte %d: leave it out", name, i)
		}
	}

	if len(value) > MaxMark {
		return fault.TooLarge("mark %s has %d bytes, the limit is %d: store it elsewhere", name, len(value), MaxMark)
	}

	return nil
}

// ExpectRevision returns the conflict if a mark is not at the expected revision;
// actual is Absent if there is no such mark.
func ExpectRevision(name string, expected, actual Revision) error {
	if expected == AnyRevision || expected == actual {
		return nil
	}

	if actual == Absent {
		return fault.Conflict("mark %s: expected revision %d, but there is no such mark", name, expected)
	}

	if expected == Absent {
		return fault.Conflict("mark %s: expected none, but it is there at revision %d: get it first", name, actual)
	}

	return fault.Conflict("mark %s: expected revision %d, but it is at %d: get it again", name, expected, actual)
}
