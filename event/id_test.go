package event_test

import (
	"encoding/hex"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/recountdev/recount/event"
)

func TestNewID(t *testing.T) {
	t.Parallel()

	before := time.Now().UnixMilli()
	seen := make(map[event.ID]bool)

	for range 1000 {
		id := event.NewID()

		u, ok := id.UUID()
		if !ok || u[6]>>4 != 7 || u[8]>>6 != 2 {
			t.Fatalf("%q is no UUIDv7", id)
		}

		if seen[id] {
			t.Fatalf("%q came twice", id)
		}

		seen[id] = true

		if ms := milliseconds(u); ms < before || ms > time.Now().UnixMilli() {
			t.Fatalf("%q was made at %s", id, time.UnixMilli(ms))
		}
	}
}

// milliseconds returns the time of a UUIDv7.
func milliseconds(u event.UUID) int64 {
	var ms int64
	for _, b := range u[:6] {
		ms = ms<<8 | int64(b)
	}

	return ms
}

func TestNewUUIDv7(t *testing.T) {
	t.Parallel()

	var ones event.UUID
	for i := range ones {
		ones[i] = 0xff
	}

	// The example of RFC 9562, appendix A.6.
	at := time.UnixMilli(0x017F22E279B0)
	random := event.UUID{6: 0x0c, 7: 0xc3, 8: 0x18, 9: 0xc4, 10: 0xdc, 11: 0x0c, 12: 0x0c, 13: 0x07, 14: 0x39, 15: 0x8f}

	for _, c := range []struct {
		random event.UUID
		want   event.ID
	}{
		{random, "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"},
		{event.UUID{}, "017f22e2-79b0-7000-8000-000000000000"},
		{ones, "017f22e2-79b0-7fff-bfff-ffffffffffff"},
	} {
		if got := event.NewUUIDv7(at, c.random).ID(); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}

	if event.NewUUIDv7(at, ones).ID() >= event.NewUUIDv7(at.Add(time.Millisecond), event.UUID{}).ID() {
		t.Error("an id made later does not sort later")
	}
}

func TestIDIsUUID(t *testing.T) {
	t.Parallel()

	for id, want := range map[event.ID]bool{
		"017f22e2-79b0-7cc3-98c4-dc0c0c07398f":   true,
		"00000000-0000-0000-0000-000000000000":   true,
		"017F22E2-79B0-7CC3-98C4-DC0C0C07398F":   false,
		"017f22e2-79b0-7cc3-98c4-dc0c0c07398F":   false,
		"017f22e279b07cc398c4dc0c0c07398f":       false,
		"{017f22e2-79b0-7cc3-98c4-dc0c0c07398f}": false,
		"017f22e2-79b0-7cc3-98c4-dc0c0c07398":    false,
		"017f22e2-79b0-7cc3-98c4-dc0c0c07398ff":  false,
		"017f22e2-79b0-7cc3-98c4-dc0c0c07398g":   false,
		"017f22e2-79b0-7cc3-98c4 dc0c0c07398f":   false,
		"017f22e2-79b0-7cc3-98c4-dc0c0c0-398f":   false,
		"0-7f22e2-79b0-7cc3-98c4-dc0c0c07398f":   false,
		"00000000-0000-0000-0000-00-000000000":   false,
		"00000000-0000-0000-0000-00-0000-0000":   false,
		"------------------------------------":   false,
		"":                                       false,
	} {
		u, ok := id.UUID()
		if ok != want {
			t.Errorf("%q is a UUID: got %t, want %t", id, ok, want)
		}

		if ok && u.ID() != id || !ok && u != (event.UUID{}) {
			t.Errorf("%q became %x", id, u)
		}
	}
}

func FuzzUUID(f *testing.F) {
	f.Add("017f22e2-79b0-7cc3-98c4-dc0c0c07398f", []byte("0123456789abcdef"), int64(0))
	f.Add("017F22E2-79B0-7CC3-98C4-DC0C0C07398F", []byte{}, int64(math.MaxInt64))
	f.Add("00000000-0000-0000-0000-00-000000000", []byte{0xff}, int64(-1))

	f.Fuzz(func(t *testing.T, text string, bytes []byte, ms int64) {
		if u, ok := event.ID(text).UUID(); ok && u.ID() != event.ID(text) {
			t.Errorf("%q became %x and %q", text, u, u.ID())
		}

		var u event.UUID
		copy(u[:], bytes)

		back, ok := u.ID().UUID()
		if !ok || back != u {
			t.Errorf("%x became %q and %x", u, u.ID(), back)
		}

		if got := strings.ReplaceAll(string(u.ID()), "-", ""); got != hex.EncodeToString(u[:]) {
			t.Errorf("%x has the text %q", u, u.ID())
		}

		made := event.NewUUIDv7(time.UnixMilli(ms), u)
		if made[6]>>4 != 7 || made[8]>>6 != 2 || milliseconds(made) != ms&(1<<48-1) {
			t.Errorf("the UUIDv7 of %d is %s", ms, made.ID())
		}
	})
}
