package pebble

import (
	"encoding/binary"

	"github.com/recountdev/recount/event"
)

// Every key begins with a byte that says what it leads to:
//
//	c <id>                     -> nothing: a caller's ID that this log could make itself
//	e <position>               -> the event, as a record
//	i <form> <id>              -> the position of an event whose ID the caller gave
//	m <name>                   -> a mark
//	s <stream> 0 <version>     -> the position of an event of a stream
//	x <name>                   -> the log's own: its identity, the last revision of marks
//
// Positions and versions have 8 bytes, big-endian, so that keys sort as they
// count. Names have no control characters, so a zero byte ends them.
const (
	collisionKey = 'c'
	eventKey     = 'e'
	idKey        = 'i'
	markKey      = 'm'
	streamKey    = 's'
	ownKey       = 'x'
)

// The forms of IDs in keys: a UUID in canonical form takes 16 bytes instead of 36.
const (
	textForm = 't'
	uuidForm = 'u'
)

const (
	eventKeyLen = 1 + 8
	placeLen    = 8
)

func appendEventKey(dst []byte, position uint64) []byte {
	return binary.BigEndian.AppendUint64(append(dst, eventKey), position)
}

func streamKeyLen(stream event.Stream) int { return 1 + len(stream) + 1 + 8 }

func appendStreamKey(dst []byte, stream event.Stream, version event.Version) []byte {
	dst = append(append(dst, streamKey), stream...)
	return binary.BigEndian.AppendUint64(append(dst, 0), uint64(version))
}

// parseStreamKey splits a key made by appendStreamKey; the stream shares the
// key's memory.
func parseStreamKey(key []byte) (stream []byte, version event.Version, ok bool) {
	end := len(key) - 9
	if end < 2 || key[0] != streamKey || key[end] != 0 {
		return nil, 0, false
	}

	return key[1:end], event.Version(binary.BigEndian.Uint64(key[end+1:])), true
}

func appendIDKey(dst []byte, id event.ID) []byte {
	if u, ok := id.UUID(); ok {
		return append(append(dst, idKey, uuidForm), u[:]...)
	}

	return append(append(dst, idKey, textForm), id...)
}

// parseIDKey returns the ID that appendIDKey made a key of.
func parseIDKey(key []byte) (event.ID, bool) {
	switch {
	case len(key) == 2+16 && key[1] == uuidForm:
		return event.UUID(key[2:]).ID(), true
	case len(key) > 2 && key[1] == textForm:
		return event.ID(key[2:]), true
	default:
		return "", false
	}
}

func markKeyOf(name string) []byte { return append([]byte{markKey}, name...) }

func appendCollisionKey(dst []byte, id event.ID) []byte {
	return append(append(dst, collisionKey), id...)
}

func ownKeyOf(name string) []byte { return append([]byte{ownKey}, name...) }

// parsePlace reads a position as an index keeps it.
func parsePlace(value []byte) (uint64, bool) {
	if len(value) != placeLen {
		return 0, false
	}

	return binary.BigEndian.Uint64(value), true
}

// putPlace writes a position as an index keeps it.
func putPlace(dst []byte, position uint64) { binary.BigEndian.PutUint64(dst, position) }
