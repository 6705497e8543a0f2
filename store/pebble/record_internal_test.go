package pebble

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/recountdev/recount/event"
)

// Whatever a draft holds comes back from its record.
func TestRecordRoundTrip(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		stream := event.Stream("a:" + rapid.StringN(1, 300, -1).Draw(t, "stream"))
		d := drawDraft(t)
		rec := appendRecord(nil, stream, &d)
		if len(rec) != recordSize(stream, &d) {
			t.Fatalf("the record has %d bytes, was said to have %d", len(rec), recordSize(stream, &d))
		}

		position := rapid.Uint64Range(1, 1<<48-1).Draw(t, "position")
		version := event.Version(rapid.Uint64Range(1, 1<<48-1).Draw(t, "version"))
		recorded := rapid.Int64Range(0, 1<<48-1).Draw(t, "recorded")
		sealRecord(rec, position, version, recorded, recorded)
		if _, problem := openRecord(rec, position+1); problem == "" {
			t.Fatal("a record was good at another position")
		}

		if d.ID == "" {
			d.ID = "given later"
			rec = withID(rec, d.ID)
			sealRecord(rec, position, version, recorded, recorded)
		}

		r, problem := openRecord(rec, position)
		if problem != "" {
			t.Fatal(problem)
		}

		var e event.Event
		newDecoder(nil, 8).event(&e, &r, position)
		same := e.Stream == stream && e.Version == version && e.Recorded.Equal(at(recorded)) && e.Type == d.Type &&
			e.ID == d.ID && e.Actor == d.Actor && e.Subject == d.Subject && e.ContentType == d.ContentType &&
			bytes.Equal(e.Data, d.Data) && e.Meta.Correlation == d.Meta.Correlation &&
			e.Meta.Causation == d.Meta.Causation && string(e.Meta.Extra) == string(d.Meta.Extra) && e.Origin == d.Origin
		if !same || !d.Time.IsZero() && !e.Time.Equal(d.Time) {
			t.Fatalf("got %+v, want %+v", e, d)
		}
	})
}

func drawDraft(t *rapid.T) event.Draft {
	text := func(name string) string { return rapid.StringN(0, 200, -1).Draw(t, name) }
	d := event.Draft{
		Type: "t" + text("type"), ID: event.ID(text("id")), Actor: text("actor"), Subject: text("subject"),
		ContentType: rapid.SampledFrom([]string{"", "text/plain"}).Draw(t, "content type"),
		Data:        []byte(text("data")),
		Origin:      event.Origin(rapid.ByteRange(0, 3).Draw(t, "origin")),
		Meta:        event.Meta{Correlation: text("correlation"), Extra: []byte(text("extra"))},
	}
	if rapid.Bool().Draw(t, "timed") {
		d.Time = time.UnixMilli(rapid.Int64Range(-1<<50, 1<<50).Draw(t, "time"))
	}

	return d
}

// Bytes that were not written as a record do not pass for one, and harm nobody,
// even behind a good checksum.
func TestRecordOfOtherBytes(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		rec := rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")
		if rapid.Bool().Draw(t, "changed") {
			d := drawDraft(t)
			rec = appendRecord(nil, "meeting:42", &d)
			sealRecord(rec, 1, 1, 1, 1)
			rec[rapid.IntRange(0, len(rec)-1).Draw(t, "at")] ^= rapid.ByteRange(1, 255).Draw(t, "bits")
		}

		if _, problem := openRecord(rec, 1); problem == "" {
			t.Fatalf("%q passed for a record", rec)
		}

		if len(rec) >= recordHeader {
			rec[0] = recordFormat
			sealRecord(rec, 1, 1, 1, 1)
			_, _ = openRecord(rec, 1) // must not panic
		}
	})
}

// An ID leads back to the position that it was made for, and to nothing in
// another epoch or log.
func TestMintedIDsCarryTheirPlace(t *testing.T) {
	t.Parallel()

	epochs := []epoch{newEpoch(0), newEpoch(1000)}
	first, err := newMinter(epochs[:1])
	if err != nil {
		t.Fatal(err)
	}

	both, err := newMinter(epochs)
	if err != nil {
		t.Fatal(err)
	}

	rapid.Check(t, func(t *rapid.T) {
		position := rapid.Uint64Range(1, 1<<48-1).Draw(t, "position")
		recorded := rapid.Int64Range(0, 1<<47).Draw(t, "recorded")
		id := both.mint(position, recorded).ID()
		if got, own := both.place(id); !own || got != position {
			t.Fatalf("%s leads to %d, %v, want %d", id, got, own, position)
		}

		if u, ok := id.UUID(); !ok || u[6]>>4 != 7 || u[8]>>6 != 2 {
			t.Fatalf("%s is no UUIDv7", id)
		}

		if old := first.mint(position, recorded).ID(); (old == id) != (position <= 1000) {
			t.Fatalf("position %d: %s in the first epoch, %s now", position, old, id)
		}
	})

	for range 1000 {
		if id := event.NewID(); ownID(both, id) {
			t.Errorf("%s, made elsewhere, is taken for the log's own", id)
		}
	}

	if id := both.mint(7, 7).ID(); ownID(both, event.ID(strings.ToUpper(string(id)))) {
		t.Error("an ID in capitals is another ID")
	}
}

func ownID(m *minter, id event.ID) bool {
	_, own := m.place(id)
	return own
}

// The cache of heads forgets what is not used, and never more than it may.
func TestHeadsForgetTheUnused(t *testing.T) {
	t.Parallel()

	h := newHeads(10)
	h.add("used:1", &head{version: 1})
	for i := range 100 {
		h.add(event.Stream("x:"+strings.Repeat("x", i)), &head{version: 2})
		if h.get("used:1") == nil {
			t.Fatalf("forgot what was used, after %d others", i)
		}

		h.age()
		if n := len(h.young) + len(h.old); n > 22 {
			t.Fatalf("keeps %d heads", n)
		}
	}

	if h.get("x:") != nil {
		t.Error("kept what was not used")
	}
}
