package event

import (
	"cmp"
	"fmt"
	"strconv"
)

// Version is the place of an event in its stream: 1, 2, 3 … without gaps. The
// version of a stream is that of its last event; 0 means that there is no such
// stream.
type Version uint64

// Position is the place of an event in the whole log, in the order of commits.
// It is opaque: compare positions of one log with [Position.Compare], store
// them as text, and do not calculate with them. The zero Position lies before
// the first event.
type Position struct{ n uint64 }

// PositionAt returns the position with a backend's own number. Only backends
// have a use for it.
func PositionAt(n uint64) Position { return Position{n} }

// Number returns the number that a backend gave the position.
func (p Position) Number() uint64 { return p.n }

// IsZero reports whether p lies before the first event.
func (p Position) IsZero() bool { return p.n == 0 }

// Compare returns -1 if p lies before q, 1 if it lies after, else 0.
func (p Position) Compare(q Position) int { return cmp.Compare(p.n, q.n) }

// String returns the position as text: at least 16 digits, so that positions of
// a log sort as text, too.
func (p Position) String() string { return string(p.AppendTo(make([]byte, 0, 20))) }

// AppendTo appends the text of the position to dst.
func (p Position) AppendTo(dst []byte) []byte {
	const width = 16

	var digits [20]byte
	text := strconv.AppendUint(digits[:0], p.n, 10)
	for range width - len(text) {
		dst = append(dst, '0')
	}

	return append(dst, text...)
}

// MarshalText returns the position as text.
func (p Position) MarshalText() ([]byte, error) { return p.AppendTo(nil), nil }

// UnmarshalText reads what MarshalText wrote.
func (p *Position) UnmarshalText(text []byte) error {
	parsed, err := ParsePosition(string(text))
	if err == nil {
		*p = parsed
	}

	return err
}

// ParsePosition reads the text of a position; leading zeros may be missing.
func ParsePosition(text string) (Position, error) {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return Position{}, &Error{Field: "position", Problem: fmt.Sprintf("%q is not a position: give one as a log printed it, such as %s", text, Position{17})}
	}

	return Position{n}, nil
}
