package pebble_test

import (
	"encoding/binary"
	"errors"
	"testing"
	"time"

	engine "github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/pebble"
)

// wantFound checks that all events of a log are found where they stand.
func wantFound(t *testing.T, backend store.Backend, count int) {
	t.Helper()

	events := all(t, backend)
	for i := range events {
		e := &events[i]

		place, err := backend.Log.Find(t.Context(), e.ID)
		if want := (store.Place{Stream: e.Stream, Version: e.Version, Position: e.Position}); place != want || err != nil {
			t.Errorf("%s is found at %+v, %v, want %+v", e.ID, place, err, want)
		}
	}

	if len(events) != count {
		t.Errorf("the log has %d events, want %d", len(events), count)
	}
}

func wantNoEvent(t *testing.T, backend store.Backend, ids ...event.ID) {
	t.Helper()

	for _, id := range ids {
		if place, err := backend.Log.Find(t.Context(), id); fault.Of(err) != fault.CodeNotFound {
			t.Errorf("%s is found at %+v, %v, want nothing", id, place, err)
		}
	}
}

// IDs are found after the log was opened again, and after a restore, where those
// are gone that came after the backup.
func TestFindAfterReopenAndRestore(t *testing.T) {
	t.Parallel()

	disk := vfs.NewMem()
	backend := open(t, "data", pebble.OnFS(disk))
	appendOne(t, backend, "fox:1", event.Draft{Type: "fox_jumped"})
	appendOne(t, backend, "fox:1", event.Draft{Type: "fox_jumped", ID: "mine"})
	if err := backend.Maintenance.Backup(t.Context(), "backup", nil); err != nil {
		t.Fatal(err)
	}

	made, _ := appendOne(t, backend, "fox:2", event.Draft{Type: "fox_slept"})
	appendOne(t, backend, "fox:2", event.Draft{Type: "fox_slept", ID: "later"})
	closeLog(t, backend)

	backend = open(t, "data", pebble.OnFS(disk))
	wantFound(t, backend, 4)

	if err := pebble.RestoreOn(t.Context(), disk, "backup", "restored"); err != nil {
		t.Fatal(err)
	}

	restored := open(t, "restored", pebble.OnFS(disk))
	wantFound(t, restored, 2)
	wantNoEvent(t, restored, made, "later")

	appendOne(t, restored, "fox:3", event.Draft{Type: "fox_slept"})
	appendOne(t, restored, "fox:3", event.Draft{Type: "fox_slept"})
	wantFound(t, restored, 4)
	wantNoEvent(t, restored, made, "later")
}

// An ID that carries the place of another event leads to the event that has it.
func TestFindStolenID(t *testing.T) {
	t.Parallel()

	now := time.UnixMilli(1_800_000_000_000)
	backend := open(t, "data", pebble.OnFS(vfs.NewMem()).At(func() time.Time { return now }))
	stolen, free := pebble.Mint(backend.Log, 3, now), pebble.Mint(backend.Log, 4, now)
	appendOne(t, backend, "thief:1", event.Draft{Type: "id_stolen", ID: stolen})
	wantFound(t, backend, 1)
	appendOne(t, backend, "fox:1", event.Draft{Type: "fox_jumped"})
	appendOne(t, backend, "fox:1", event.Draft{Type: "fox_jumped"})
	wantFound(t, backend, 3)
	wantNoEvent(t, backend, free, pebble.Mint(backend.Log, 2, now.Add(time.Millisecond)))

	// The place that the ID carries may also be that of an event with an ID of
	// its own.
	appendOne(t, backend, "fox:1", event.Draft{Type: "fox_jumped", ID: "mine"})
	wantFound(t, backend, 4)
	wantNoEvent(t, backend, free)
}

// What does not fit is reported as damage, and nothing is found in its place.
func TestFindNamesTheDamage(t *testing.T) {
	t.Parallel()

	at := func(position uint64) []byte { return binary.BigEndian.AppendUint64(nil, position) }

	for _, c := range []struct {
		name   string
		damage func(t *testing.T, db *engine.DB)
		given  string // place of the damage when the ID mine is looked up, or ""
		made   string // the same for the ID that the log made
	}{
		{"an event gone", remove(pebble.EventKey(2)), "event at position 2", ""},
		{"a bit of an event", flip(pebble.EventKey(2), 30), "event at position 2", ""},
		{"an event of the log's own id gone", remove(pebble.EventKey(1)), "", "event at position 1"},
		{"an entry that names another event", set(pebble.IDKey("mine"), at(1)), "index of id mine", ""},
		{"an entry that is no position", set(pebble.IDKey("mine"), []byte("x")), "index of id mine", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()

			backend := open(t, "data", pebble.OnFS(vfs.NewMem()))
			made, _ := appendOne(t, backend, "fox:1", event.Draft{Type: "fox_jumped"})
			appendOne(t, backend, "fox:1", event.Draft{Type: "fox_jumped", ID: "mine"})
			c.damage(t, pebble.Engine(backend.Log))

			for id, want := range map[event.ID]string{"mine": c.given, made: c.made} {
				place, err := backend.Log.Find(t.Context(), id)

				got := ""
				if damage := (*store.DamageError)(nil); errors.As(err, &damage) {
					got = damage.Place
				}

				if got != want || (err == nil) != (want == "") || (err != nil && place != (store.Place{})) {
					t.Errorf("find %s: %+v, %v, want damage of %q", id, place, err, want)
				}
			}
		})
	}
}
