package pebble

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"fmt"
	"sync"

	"github.com/recountdev/recount/event"
)

// The IDs that a log makes are UUIDv7 that carry their place, so that they need
// no index: 48 bits of the recorded time, 48 bits of the position, and 26 bits
// of a tag that only this log can make (AES of time and position under a key of
// its epoch), since others may give IDs of the same form. An ID is looked up by
// reading the event at the position that it carries.
//
// A caller's ID that carries the right tag for an event still to come (one in
// 67 million, or an attack) is remembered apart, so that it is not made again.
// Safe for concurrent use.
type minter struct {
	epochs  []mintEpoch // in the order of their first positions
	scratch sync.Pool   // of *[aes.BlockSize]byte
}

type mintEpoch struct {
	after uint64 // the epoch's events come after this position
	block cipher.Block
}

func newMinter(epochs []epoch) (*minter, error) {
	m := &minter{}
	for _, e := range epochs {
		block, err := aes.NewCipher(e.Key)
		if err != nil {
			return nil, fmt.Errorf("key of epoch %s: %w", e.ID, err)
		}

		m.epochs = append(m.epochs, mintEpoch{after: e.After, block: block})
	}

	return m, nil
}

// mint returns the ID of the event at a position, recorded at a time.
func (m *minter) mint(position uint64, recorded int64) event.UUID {
	tag := m.tag(position, recorded)

	var random event.UUID
	random[6] = byte(position >> 44 & 0x0f)
	random[7] = byte(position >> 36)
	low := position<<26&(1<<62-1) | uint64(tag)
	binary.BigEndian.PutUint64(random[8:], low)

	return event.NewUUIDv7(at(recorded), random)
}

// tag returns 26 bits that only this log can make.
func (m *minter) tag(position uint64, recorded int64) uint32 {
	text, ok := m.scratch.Get().(*[aes.BlockSize]byte)
	if !ok {
		text = new([aes.BlockSize]byte)
	}
	defer m.scratch.Put(text)

	binary.BigEndian.PutUint64(text[:], uint64(recorded))
	binary.BigEndian.PutUint64(text[8:], position)

	at := len(m.epochs) - 1
	for at > 0 && m.epochs[at].after >= position {
		at--
	}

	m.epochs[at].block.Encrypt(text[:], text[:])

	return binary.BigEndian.Uint32(text[:]) >> 6
}

// made reports whether an event has an ID that the log made, and it is this one.
func (m *minter) made(id event.ID, position uint64, rec *record) bool {
	return rec.id == nil && m.mint(position, rec.recorded).ID() == id
}

// place returns the position that an ID carries, if this log made it or could
// make it.
func (m *minter) place(id event.ID) (position uint64, ok bool) {
	u, ok := id.UUID()
	if !ok || u[6]>>4 != 7 || u[8]>>6 != 2 {
		return 0, false
	}

	recorded := int64(uint48(u[:6]))
	low := binary.BigEndian.Uint64(u[8:]) & (1<<62 - 1)
	position = uint64(u[6]&0x0f)<<44 | uint64(u[7])<<36 | low>>26
	if position == 0 || m.mint(position, recorded) != u {
		return 0, false
	}

	return position, true
}
