package event

import (
	"crypto/rand"
	"encoding/hex"
	"time"
)

// ID names an event for ever: a UUID made by the log, or whatever the caller
// gave, at most 128 bytes of UTF-8 without control characters.
type ID string

// UUID is the 16 bytes of a UUID.
type UUID [16]byte

// NewID returns a new UUIDv7 (RFC 9562): IDs made later sort later, to the
// millisecond.
func NewID() ID {
	var u UUID
	_, _ = rand.Read(u[:]) // never fails since Go 1.24

	return NewUUIDv7(time.Now(), u).ID()
}

// NewUUIDv7 returns the UUIDv7 of a time with the 74 bits of random that the
// format leaves free; the other bits of random are ignored.
func NewUUIDv7(t time.Time, random UUID) UUID {
	ms := uint64(t.UnixMilli()) // the format takes the 48 low bits
	u := random
	for i := range 6 {
		u[i] = byte(ms >> (40 - 8*i))
	}

	u[6] = 0x70 | u[6]&0x0f
	u[8] = 0x80 | u[8]&0x3f

	return u
}

// AppendTo appends the UUID's text to dst: 36 bytes in lower case.
func (u UUID) AppendTo(dst []byte) []byte {
	dst = hex.AppendEncode(dst, u[0:4])
	dst = append(dst, '-')
	dst = hex.AppendEncode(dst, u[4:6])
	dst = append(dst, '-')
	dst = hex.AppendEncode(dst, u[6:8])
	dst = append(dst, '-')
	dst = hex.AppendEncode(dst, u[8:10])
	dst = append(dst, '-')

	return hex.AppendEncode(dst, u[10:16])
}

// ID returns the UUID's text.
func (u UUID) ID() ID {
	var text [36]byte
	return ID(u.AppendTo(text[:0]))
}

// UUID returns the bytes of an ID that is a UUID in its canonical form (36
// bytes, lower case), and whether it is one.
func (id ID) UUID() (UUID, bool) {
	var u UUID
	if len(id) != 36 || id[8] != '-' || id[13] != '-' || id[18] != '-' || id[23] != '-' {
		return u, false
	}

	// Where the two digits of each byte stand.
	digits := [...]int{0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34}
	for i, at := range digits {
		high, low := nibble(id[at]), nibble(id[at+1])
		if high > 15 || low > 15 {
			return UUID{}, false
		}

		u[i] = high<<4 | low
	}

	return u, true
}

// nibble returns the value of a hexadecimal digit in lower case, or 255.
func nibble(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	default:
		return 255
	}
}
