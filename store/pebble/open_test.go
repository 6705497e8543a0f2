package pebble_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/pebble"
)

func appendOne(t *testing.T, backend store.Backend, stream event.Stream, d event.Draft) (event.ID, event.Version) {
	t.Helper()

	receipt, err := backend.Log.Append(t.Context(), store.Batch{Stream: stream, Drafts: []event.Draft{d}})
	if err != nil {
		t.Fatal(err)
	}

	return receipt.Batches[0].IDs[0], receipt.Batches[0].Version
}

func all(t *testing.T, backend store.Backend) []event.Event {
	t.Helper()

	var events []event.Event
	for page, err := range backend.Log.Feed(t.Context(), event.Position{}, store.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}

		events = append(events, page.Events...)
	}

	return events
}

func state(t *testing.T, backend store.Backend) store.State {
	t.Helper()

	s, err := backend.Log.State(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	return s
}

// What a log holds is the same after it was closed and opened again.
func TestReopen(t *testing.T) {
	t.Parallel()

	disk := vfs.NewMem()
	first := open(t, "data", pebble.OnFS(disk))
	own, _ := appendOne(t, first, "fox:1", event.Draft{Type: "fox_jumped", Actor: "ann", Data: []byte("1")})
	given, _ := appendOne(t, first, "fox:1", event.Draft{Type: "fox_slept", ID: "mine", Meta: event.Meta{Correlation: "c", Extra: []byte(`{"a": 1}`)}})
	revision, err := first.Marks.Put(t.Context(), "mark", []byte("value"), store.Absent)
	if err != nil {
		t.Fatal(err)
	}

	before, was := all(t, first), state(t, first)
	closeLog(t, first)

	second := open(t, "data", pebble.OnFS(disk))
	if now := state(t, second); now != was {
		t.Errorf("state %+v, was %+v", now, was)
	}

	after := all(t, second)
	if !slices.EqualFunc(before, after, sameEvent) {
		t.Errorf("events\n%+v, were\n%+v", after, before)
	}

	for _, retry := range []event.Draft{{Type: "fox_jumped", ID: own, Data: []byte("1")}, {Type: "fox_slept", ID: given}} {
		receipt, err := second.Log.Append(t.Context(), store.Batch{Stream: "fox:1", Expect: store.NoStream(), Drafts: []event.Draft{retry}})
		if err != nil || !receipt.Repeated {
			t.Errorf("retry of %s: %+v, %v, want the first receipt", retry.ID, receipt, err)
		}
	}

	if mark, err := second.Marks.Get(t.Context(), "mark"); err != nil || mark.Revision != revision || string(mark.Value) != "value" {
		t.Errorf("mark %+v, %v", mark, err)
	}

	if next, err := second.Marks.Put(t.Context(), "other", nil, store.Absent); err != nil || next <= revision {
		t.Errorf("revision %d after %d, %v", next, revision, err)
	}
}

func sameEvent(a, b event.Event) bool {
	return a.ID == b.ID && a.Stream == b.Stream && a.Version == b.Version && a.Position == b.Position &&
		a.Type == b.Type && a.Time.Equal(b.Time) && a.Recorded.Equal(b.Recorded) && a.Actor == b.Actor &&
		a.Subject == b.Subject && bytes.Equal(a.Data, b.Data) && string(a.Meta.Extra) == string(b.Meta.Extra) &&
		a.Meta.Correlation == b.Meta.Correlation && a.Origin == b.Origin
}

// A second opening is refused, and told who holds the folder, under whatever
// name it comes.
func TestOneHolder(t *testing.T) {
	t.Parallel()

	folder := filepath.Join(t.TempDir(), "data")
	open(t, folder, pebble.Options{})
	link := folder + "-link"
	if err := os.Symlink(folder, link); err != nil {
		t.Fatal(err)
	}

	for _, name := range []string{folder, folder + "/", link, filepath.Join(folder, "..", "data")} {
		_, err := pebble.Open(t.Context(), name, pebble.Options{})
		if fault.Of(err) != fault.CodeUnavailable || !strings.Contains(err.Error(), "held by this process itself") {
			t.Errorf("open %s: %v, want who holds it", name, err)
		}
	}
}

// Another process is told the number and the command of the one that holds it.
func TestOtherHolder(t *testing.T) {
	t.Parallel()

	folder := filepath.Join(t.TempDir(), "data")
	victim := startVictim(t, folder)
	_, err := pebble.Open(t.Context(), folder, pebble.Options{})
	if fault.Of(err) != fault.CodeUnavailable || !strings.Contains(err.Error(), "held by process "+victim.pid()) {
		t.Errorf("open: %v, want that process %s holds it", err, victim.pid())
	}

	victim.kill(t)
	_ = victim.cmd.Wait() // it was killed
	open(t, folder, pebble.Options{})
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()

	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("no folder"), 0o600); err != nil {
		t.Fatal(err)
	}

	for _, c := range []struct {
		folder, want string
		code         fault.Code
	}{
		{"", "name one", fault.CodeInvalid},
		{file, "is a file: name a folder", fault.CodeInvalid},
		{filepath.Join(file, "data"), "list the folder", fault.CodeUnavailable},
		{filepath.Dir(file), "holds no store, but other things (file)", fault.CodeInvalid},
	} {
		if _, err := pebble.Open(t.Context(), c.folder, pebble.Options{}); fault.Of(err) != c.code || !strings.Contains(err.Error(), c.want) {
			t.Errorf("open %q: %v, want %s with %q", c.folder, err, c.code, c.want)
		}
	}
}

// The root of a new file system is as good as an empty folder.
func TestOpenOnMountPoint(t *testing.T) {
	t.Parallel()

	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, "lost+found"), 0o700); err != nil {
		t.Fatal(err)
	}

	open(t, folder, pebble.Options{})
}

// Who only wants to read makes nothing.
func TestMustExist(t *testing.T) {
	t.Parallel()

	disk := vfs.NewMem()
	o := pebble.OnFS(disk)
	o.MustExist = true
	if _, err := pebble.Open(t.Context(), "data", o); fault.Of(err) != fault.CodeNotFound {
		t.Errorf("open: %v, want not found", err)
	}

	if _, err := disk.Stat("data"); err == nil {
		t.Error("the folder was made")
	}

	closeLog(t, open(t, "data", pebble.OnFS(disk)))
	open(t, "data", o)
}

// A context's own error and its cause are both told.
func TestCauseIsTold(t *testing.T) {
	t.Parallel()

	backend, cause := open(t, "data", pebble.OnFS(vfs.NewMem())), errors.New("my own reason")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)

	_, errState := backend.Log.State(ctx)
	_, errAppend := backend.Log.Append(ctx, store.Batch{Stream: "fox:1"})
	for _, err := range []error{errState, errAppend} {
		if !errors.Is(err, context.Canceled) || !errors.Is(err, cause) || fault.Of(err) != fault.CodeUnavailable {
			t.Errorf("%v, want that it was cancelled, and why", err)
		}
	}
}

// The clock of the machine may run backwards; recorded times do not.
func TestClockRunsBackwards(t *testing.T) {
	t.Parallel()

	now := time.UnixMilli(1_800_000_000_000)
	backend := open(t, "data", pebble.OnFS(vfs.NewMem()).At(func() time.Time {
		now = now.Add(-time.Second)
		return now
	}))
	for range 3 {
		appendOne(t, backend, "fox:1", event.Draft{Type: "fox_jumped"})
	}

	events := all(t, backend)
	if !events[2].Recorded.Equal(events[0].Recorded) {
		t.Errorf("recorded %s, then %s", events[0].Recorded, events[2].Recorded)
	}

	for e, err := range backend.Log.Read(t.Context(), "fox:1", store.Range{Until: events[0].Recorded.Add(-time.Millisecond)}) {
		t.Errorf("read %v, %v before anything was recorded", e.Version, err)
	}
}

// A caller who gives an ID that the log is about to make does not get two
// events under one name.
func TestStolenID(t *testing.T) {
	t.Parallel()

	disk, now := vfs.NewMem(), time.UnixMilli(1_800_000_000_000)
	clock := func() time.Time { return now }
	backend := open(t, "data", pebble.OnFS(disk).At(clock))
	stolen := []event.ID{pebble.Mint(backend.Log, 3, now), pebble.Mint(backend.Log, 4, now)}
	appendOne(t, backend, "thief:1", event.Draft{Type: "id_stolen", ID: stolen[0]})
	appendOne(t, backend, "thief:1", event.Draft{Type: "id_stolen", ID: stolen[1]})
	third, _ := appendOne(t, backend, "fox:1", event.Draft{Type: "fox_jumped", Subject: "a", Data: []byte("1")})
	closeLog(t, backend)

	backend = open(t, "data", pebble.OnFS(disk).At(clock))
	fourth, _ := appendOne(t, backend, "fox:1", event.Draft{Type: "fox_jumped", Actor: "ann"})
	if third == stolen[0] || fourth == stolen[1] {
		t.Errorf("ids %s and %s were given twice", third, fourth)
	}

	events := all(t, backend)
	if events[2].ID != third || events[2].Subject != "a" || string(events[2].Data) != "1" || events[3].ID != fourth || events[3].Actor != "ann" {
		t.Errorf("events %+v", events[2:])
	}

	for id, draft := range map[event.ID]event.Draft{third: {Type: "fox_jumped", Subject: "a", Data: []byte("1")}, fourth: {Type: "fox_jumped"}} {
		draft.ID = id
		receipt, err := backend.Log.Append(t.Context(), store.Batch{Stream: "fox:1", Drafts: []event.Draft{draft}})
		if err != nil || !receipt.Repeated {
			t.Errorf("retry of %s: %+v, %v", id, receipt, err)
		}
	}

	if wrong := complaints(t.Context(), backend, nil); len(wrong) > 0 {
		t.Error(wrong)
	}
}
