package aggregate

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"reflect"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
)

// encodeState returns the JSON of a state. It fails for one that would not be the
// same when it is read: snapshots must never be wrong.
func (k *kind) encodeState(state any) ([]byte, error) {
	text, err := json.Marshal(state)
	if err != nil {
		return nil, fault.Internal("the state cannot be encoded: %w", err)
	}

	again, err := k.decodeState(text)
	if err != nil {
		return nil, fault.Internal("the state cannot be read after it was encoded: %w", err)
	}

	if !reflect.DeepEqual(state, again) {
		return nil, fault.Internal("the state is another one when it was encoded as JSON and read again: change its fields, or set SnapshotEvery to -1")
	}

	if !k.flat && shares(reflect.ValueOf(state), make(map[place]bool)) {
		return nil, fault.Internal("two parts of the state point at the same value, which JSON does not keep: change its fields, or set SnapshotEvery to -1")
	}

	return text, nil
}

// decodeState reads a state. It starts from the zero value, because JSON leaves
// out what is not there.
func (k *kind) decodeState(text []byte) (any, error) {
	state := k.zero()
	err := guarded("reading the state", func() error { return json.Unmarshal(text, state) })

	return state, err
}

// pack returns a snapshot: header, version, checksum of the rest, state.
func pack(header []byte, version event.Version, text []byte) []byte {
	value := binary.BigEndian.AppendUint64(header, uint64(version))
	value = binary.BigEndian.AppendUint32(value, checksum(version, text))

	return append(value, text...)
}

// unpack returns what is in a snapshot with the given header, and whether it is
// whole.
func unpack(value, header []byte) (version event.Version, text []byte, whole bool) {
	if len(value) < len(header)+12 || !bytes.Equal(value[:len(header)], header) {
		return 0, nil, false
	}

	rest := value[len(header):]
	version, text = event.Version(binary.BigEndian.Uint64(rest)), rest[12:]

	return version, text, version > 0 && binary.BigEndian.Uint32(rest[8:]) == checksum(version, text)
}

func checksum(version event.Version, text []byte) uint32 {
	table := crc32.MakeTable(crc32.Castagnoli)

	return crc32.Update(crc32.Checksum(binary.BigEndian.AppendUint64(nil, uint64(version)), table), table, text)
}

// place is where a part of a state lies.
type place struct {
	address uintptr
	of      reflect.Type
}

// shares reports whether two parts of a value point at the same place.
func shares(v reflect.Value, seen map[place]bool) bool {
	t := v.Type()
	if t.Implements(marshaler) || reflect.PointerTo(t).Implements(marshaler) {
		return false // it knows what it does
	}

	switch v.Kind() { //nolint:exhaustive // the others point at nothing
	case reflect.Pointer:
		return !v.IsNil() && (known(v, seen) || shares(v.Elem(), seen))
	case reflect.Slice:
		if v.Len() == 0 || known(v, seen) {
			return v.Len() > 0
		}

		return among(v, seen)
	case reflect.Array:
		return among(v, seen)
	case reflect.Struct:
		for _, field := range v.Fields() {
			if shares(field, seen) {
				return true
			}
		}
	case reflect.Map:
		if v.IsNil() {
			return false
		}

		if known(v, seen) {
			return true
		}

		for entries := v.MapRange(); entries.Next(); {
			if shares(entries.Value(), seen) {
				return true
			}
		}
	}

	return false
}

func among(v reflect.Value, seen map[place]bool) bool {
	if copies(v.Type().Elem()) {
		return false
	}

	for i := range v.Len() {
		if shares(v.Index(i), seen) {
			return true
		}
	}

	return false
}

// known remembers where a value points, and reports whether another one did.
func known(v reflect.Value, seen map[place]bool) bool {
	if t := v.Type(); t.Kind() != reflect.Map && t.Elem().Size() == 0 {
		return false // such values have no place
	}

	at := place{v.Pointer(), v.Type()}
	was := seen[at]
	seen[at] = true

	return was
}
