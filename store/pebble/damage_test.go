package pebble_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	engine "github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/pebble"
)

// Every kind of damage is found, and the place is named.
func TestVerifyNamesTheDamage(t *testing.T) {
	t.Parallel()

	place := func(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }
	for _, c := range []struct {
		name   string
		damage func(t *testing.T, db *engine.DB)
		want   []string
	}{
		{"a bit of an event", flip(pebble.EventKey(4), 30), []string{"event at position 4: its checksum"}},
		{"the version of an event", flip(pebble.EventKey(4), 7), []string{"event at position 4: its checksum"}},
		{"an event moved", move(pebble.EventKey(5), pebble.EventKey(4)), []string{"event at position 4: its checksum", "event at position 5: it is missing"}},
		{"an unknown format", flip(pebble.EventKey(4), 0), []string{"event at position 4: it has an unknown format"}},
		{"an event gone", remove(pebble.EventKey(4)), []string{"event at position 4: it is missing"}},
		{"events gone", remove(pebble.EventKey(4), pebble.EventKey(5)), []string{"events at positions 4 to 5: they are missing"}},
		{"an index entry gone", remove(pebble.StreamKey("fox:1", 4)), []string{"index of stream fox:1, version 4: it does not lead to position 4"}},
		{"an index entry astray", set(pebble.StreamKey("fox:1", 4), place(5)), []string{"index of stream fox:1, version 4: it names position 5"}},
		{"an index entry too many", set(pebble.StreamKey("fox:1", 99), place(5)), []string{"index of stream fox:1, version 99: it names position 5"}},
		{"a stream too many", set(pebble.StreamKey("fix:1", 1), place(5)), []string{"index of stream fix:1, version 1"}},
		{"an index entry cut", set(pebble.StreamKey("fox:1", 4), []byte{1}), []string{"index of stream fox:1, version 4: it cannot be read"}},
		{"an id gone", remove(pebble.IDKey("mine-7")), []string{"index of id mine-7: it does not lead to position 7"}},
		{"an id astray", set(pebble.IDKey("mine-7"), place(2)), []string{"index of id mine-7: it names position 2"}},
		{"an id too many", set(pebble.IDKey("other"), place(2)), []string{"index of id other: it names position 2"}},
		{"a mark", flip(pebble.MarkKey("mark"), 14), []string{"mark mark: its checksum"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()

			backend := small(t, vfs.NewMem())
			c.damage(t, pebble.Engine(backend.Log))

			var found []string
			verified, err := backend.Maintenance.Verify(t.Context(), func(d *store.DamageError) { found = append(found, d.Error()) }, nil)
			if err != nil {
				t.Fatal(err)
			}

			if int(verified.Damages) != len(found) || len(found) == 0 {
				t.Errorf("%d damages, %d reported", verified.Damages, len(found))
			}

			for _, want := range c.want {
				if !slices.ContainsFunc(found, func(f string) bool { return strings.Contains(f, want) }) {
					t.Errorf("not found: %s\nfound: %s", want, strings.Join(found, "\n       "))
				}
			}
		})
	}
}

func TestVerifyFindsNothingWrong(t *testing.T) {
	t.Parallel()

	backend := small(t, vfs.NewMem())
	verified, err := backend.Maintenance.Verify(t.Context(), func(d *store.DamageError) { t.Error(d) }, nil)
	if want := (store.Verified{Events: 10, Streams: 1, IDs: 3}); err != nil || verified != want {
		t.Errorf("got %+v, %v, want %+v", verified, err, want)
	}
}

// Readers that meet damage say where; they show nothing that is not whole.
func TestReadersNameTheDamage(t *testing.T) {
	t.Parallel()

	for _, c := range []struct {
		name   string
		damage func(t *testing.T, db *engine.DB)
		want   string
		whole  int // events before it
	}{
		{"a bit of an event", flip(pebble.EventKey(4), 30), "event at position 4", 3},
		{"an event gone", remove(pebble.EventKey(4)), "event at position 4", 3},
		{"the last event gone", remove(pebble.EventKey(10)), "event at position 10", 9},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()

			backend := small(t, vfs.NewMem())
			c.damage(t, pebble.Engine(backend.Log))
			pebble.DropRecent(backend.Log)

			var damage *store.DamageError
			whole := 0
			for _, err := range backend.Log.Read(t.Context(), "fox:1", store.Range{}) {
				if err == nil {
					whole++
				} else {
					_ = errors.As(err, &damage)
				}
			}

			if damage == nil || damage.Place != c.want || whole != c.whole {
				t.Errorf("read: %d events, then %v, want %d and damage of the %s", whole, damage, c.whole, c.want)
			}

			for _, filter := range []store.Filter{{}, {Types: []string{"fox_jumped"}}, {PageSize: 2}} {
				damage, whole = nil, 0
				for page, err := range backend.Log.Feed(t.Context(), event.Position{}, filter) {
					whole += len(page.Events)
					_ = errors.As(err, &damage)
				}

				if damage == nil || damage.Place != c.want || whole != c.whole {
					t.Errorf("feed: %d events, then %v, want %d and damage of the %s", whole, damage, c.whole, c.want)
				}
			}
		})
	}
}

// A log whose end or identity is damaged does not open, and says why.
func TestOpenNamesTheDamage(t *testing.T) {
	t.Parallel()

	for _, c := range []struct {
		name   string
		damage func(t *testing.T, db *engine.DB)
		want   string
	}{
		{"the last event", flip(pebble.EventKey(10), 30), "event at position 10"},
		{"the identity", flip(pebble.OwnKey("identity"), 30), "the log's identity"},
		{"no identity", remove(pebble.OwnKey("identity")), "the log's identity"},
		{"a file", func(*testing.T, *engine.DB) {}, "a file of the storage engine"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()

			disk := vfs.NewMem()
			backend := small(t, disk)
			c.damage(t, pebble.Engine(backend.Log))
			if c.name == "a file" {
				if err := pebble.Engine(backend.Log).Flush(); err != nil {
					t.Fatal(err)
				}
			}

			closeLog(t, backend)
			if c.name == "a file" {
				scrambleTables(t, disk, "data")
			}

			_, err := pebble.Open(t.Context(), "data", pebble.OnFS(disk))
			var damage *store.DamageError
			if !errors.As(err, &damage) || damage.Place != c.want {
				t.Errorf("open: %v, want damage of %s", err, c.want)
			}
		})
	}
}

// A bit that flips in the middle of a write-ahead log, which a killed process
// left behind, is damage, not its end.
func TestDamagedWriteAheadLog(t *testing.T) {
	t.Parallel()

	folder, killed := filepath.Join(t.TempDir(), "data"), filepath.Join(t.TempDir(), "killed")
	backend := open(t, folder, pebble.Options{})
	for range 400 {
		appendOne(t, backend, "fox:1", event.Draft{Type: "fox_jumped", Data: bytes.Repeat([]byte("1"), 1000)})
	}

	if err := os.CopyFS(killed, os.DirFS(folder)); err != nil {
		t.Fatal(err)
	}

	logs, err := filepath.Glob(filepath.Join(killed, "*.log"))
	if err != nil || len(logs) == 0 {
		t.Fatal(logs, err)
	}

	last := logs[len(logs)-1]
	text, err := os.ReadFile(last)
	if err != nil {
		t.Fatal(err)
	}

	data := bytes.Repeat([]byte("1"), 1000)
	if n := bytes.Count(text, data); n < 80 {
		t.Fatalf("only %d events in the last of %v", n, logs)
	}

	text[bytes.Index(text, data)+500] ^= 0x40
	if err := os.WriteFile(last, text, 0o600); err != nil {
		t.Fatal(err)
	}

	var damage *store.DamageError
	if _, err := pebble.Open(t.Context(), killed, pebble.Options{}); !errors.As(err, &damage) {
		t.Errorf("open: %v, want damage", err)
	}
}

// A damaged block of a table costs the events in it; what stands behind it is
// looked at all the same.
func TestVerifyGoesOnBehindADamagedBlock(t *testing.T) {
	t.Parallel()

	folder := filepath.Join(t.TempDir(), "data")
	backend := open(t, folder, pebble.Options{})
	for range 1000 {
		appendOne(t, backend, "fox:1", event.Draft{Type: "fox_jumped", Data: []byte(`{"over":"the lazy dog, whose name is not known"}`)})
	}

	closeLog(t, backend)
	damageLargestTable(t, folder)

	backend = open(t, folder, pebble.Options{})
	damage(t, "event at position 700: its checksum", backend, flip(pebble.EventKey(700), 30))
}

// damage damages one place more, and expects that and some unreadable events to
// be found.
func damage(t *testing.T, want string, backend store.Backend, more func(*testing.T, *engine.DB)) {
	t.Helper()

	more(t, pebble.Engine(backend.Log))

	var found []string
	verified, err := backend.Maintenance.Verify(t.Context(), func(d *store.DamageError) { found = append(found, d.Error()) }, nil)
	if err != nil {
		t.Fatal(err)
	}

	if len(found) != 2 || !strings.Contains(found[0], "events at positions") || !strings.Contains(found[1], want) {
		t.Errorf("found %q, want some events, and %s", found, want)
	}

	if verified.Events < 500 || verified.Events > 998 {
		t.Errorf("%d events are whole of 1000, want most", verified.Events)
	}
}

// damageLargestTable flips a bit in the first quarter of the largest table.
func damageLargestTable(t *testing.T, folder string) {
	t.Helper()

	tables, err := filepath.Glob(filepath.Join(folder, "*.sst"))
	if err != nil {
		t.Fatal(err)
	}

	var name string
	var text []byte
	for _, table := range tables {
		if b, err := os.ReadFile(table); err == nil && len(b) > len(text) {
			name, text = table, b
		}
	}

	text[len(text)/4] ^= 1
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// small opens a log of ten events, three of them with IDs from outside, and a
// mark.
func small(t *testing.T, disk vfs.FS) store.Backend {
	t.Helper()

	backend := open(t, "data", pebble.OnFS(disk).At(func() time.Time { return time.UnixMilli(1_800_000_000_000) }))
	for i := range 10 {
		draft := event.Draft{Type: "fox_jumped", Data: []byte(`{"over":"the lazy dog"}`)}
		if i%3 == 0 && i > 0 {
			draft.ID = event.ID(fmt.Sprintf("mine-%d", i+1))
		}

		if _, err := backend.Log.Append(t.Context(), store.Batch{Stream: "fox:1", Drafts: []event.Draft{draft}}); err != nil {
			t.Fatal(err)
		}
	}

	if _, err := backend.Marks.Put(t.Context(), "mark", []byte("value"), store.Absent); err != nil {
		t.Fatal(err)
	}

	return backend
}

// flip changes a byte of a value.
func flip(key []byte, at int) func(*testing.T, *engine.DB) {
	return func(t *testing.T, db *engine.DB) {
		t.Helper()

		value := get(t, db, key)
		value[at] ^= 0x40
		set(key, value)(t, db)
	}
}

func move(from, to []byte) func(*testing.T, *engine.DB) {
	return func(t *testing.T, db *engine.DB) {
		t.Helper()
		set(to, get(t, db, from))(t, db)
		remove(from)(t, db)
	}
}

func get(t *testing.T, db *engine.DB, key []byte) []byte {
	t.Helper()

	value, closer, err := db.Get(key)
	if err != nil {
		t.Fatalf("%q: %v", key, err)
	}
	defer closer.Close()

	return slices.Clone(value)
}

func set(key, value []byte) func(*testing.T, *engine.DB) {
	return func(t *testing.T, db *engine.DB) {
		t.Helper()

		if err := db.Set(key, value, engine.Sync); err != nil {
			t.Fatal(err)
		}
	}
}

func remove(keys ...[]byte) func(*testing.T, *engine.DB) {
	return func(t *testing.T, db *engine.DB) {
		t.Helper()

		for _, key := range keys {
			get(t, db, key) // there is something to remove
			if err := db.Delete(key, engine.Sync); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// scrambleTables fills every table with other bytes.
func scrambleTables(t *testing.T, disk *vfs.MemFS, folder string) {
	t.Helper()

	names, err := disk.List(folder)
	if err != nil {
		t.Fatal(err)
	}

	for _, name := range names {
		if !strings.HasSuffix(name, ".sst") {
			continue
		}

		file, err := disk.OpenReadWrite(disk.PathJoin(folder, name), vfs.WriteCategoryUnspecified)
		if err != nil {
			t.Fatal(err)
		}

		info, err := file.Stat()
		if err != nil {
			t.Fatal(err)
		}

		_, err = file.WriteAt(bytes.Repeat([]byte("x"), int(info.Size())), 0)
		if err := errors.Join(err, file.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

// What follows from one damaged event is not reported as damage of its own.
func TestVerifyReportsOnce(t *testing.T) {
	t.Parallel()

	for name, damage := range map[string]func(*testing.T, *engine.DB){
		"a bit":    flip(pebble.EventKey(7), 30), // it has an ID of a caller's
		"an event": remove(pebble.EventKey(7)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			backend := small(t, vfs.NewMem())
			damage(t, pebble.Engine(backend.Log))

			var found []string
			_, err := backend.Maintenance.Verify(t.Context(), func(d *store.DamageError) { found = append(found, d.Error()) }, nil)
			if err != nil || len(found) != 1 || !strings.Contains(found[0], "event at position 7") {
				t.Errorf("found %q, %v, want the event at position 7 alone", found, err)
			}
		})
	}
}
