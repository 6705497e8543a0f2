package pebble_test

import (
	"context"
	"errors"
	"path"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/pebble"
)

// gate holds back the syncs of the write-ahead log.
type gate struct {
	shut    atomic.Bool
	arrived chan struct{}
	open    chan struct{}
}

func newGate() *gate { return &gate{arrived: make(chan struct{}), open: make(chan struct{})} }

func (g *gate) around(name string, sync func() error) error {
	if path.Ext(name) == ".log" && g.shut.CompareAndSwap(true, false) {
		close(g.arrived)
		<-g.open
	}

	return sync()
}

// While a write is being synced nobody sees it, though the engine does.
func TestDurableBeforeVisible(t *testing.T) {
	t.Parallel()

	held := newGate()
	clock := func() time.Time { return time.Date(2026, time.May, 1, 12, 0, 0, 0, time.UTC) }
	backend := open(t, "data", pebble.OnFS(syncFS{FS: vfs.NewMem(), around: held.around}).At(clock))
	appendOne(t, backend, "fox:1", event.Draft{Type: "fox_jumped"})
	held.shut.Store(true)

	written := make(chan error, 1)
	go func() {
		_, err := backend.Log.Append(t.Context(),
			store.Batch{Stream: "fox:1", Drafts: []event.Draft{{Type: "fox_slept"}}},
			store.Batch{Stream: "fox:2", Drafts: []event.Draft{{Type: "fox_slept", ID: "mine"}}})
		written <- err
	}()
	<-held.arrived
	awaitInEngine(t, backend, pebble.StreamKey("fox:2", 1))

	if n := versions(t, backend, "fox:1"); n != 1 {
		t.Errorf("fox:1 has version %d before its sync, want 1", n)
	}

	if n := versions(t, backend, "fox:2"); n != 0 {
		t.Errorf("fox:2 has version %d before its sync, want 0", n)
	}

	if n := len(all(t, backend)); n != 1 {
		t.Errorf("the feed has %d events before the sync, want 1", n)
	}

	unseen := []event.ID{"mine", pebble.Mint(backend.Log, 2, clock())}
	for _, id := range unseen {
		if place, err := backend.Log.Find(t.Context(), id); fault.Of(err) != fault.CodeNotFound {
			t.Errorf("%s is at %+v, %v before the sync, want nothing", id, place, err)
		}
	}

	for name, err := range backend.Log.Streams(t.Context(), "", "") {
		if name != "fox:1" || err != nil {
			t.Errorf("stream %s, %v before its sync", name, err)
		}
	}

	if head := state(t, backend).Head; head != event.PositionAt(1) {
		t.Errorf("the log ends at %s before the sync", head)
	}

	close(held.open)
	if err := <-written; err != nil {
		t.Fatal(err)
	}

	if n := len(all(t, backend)); n != 3 {
		t.Errorf("the feed has %d events after the sync, want 3", n)
	}

	for i, id := range unseen {
		want := store.Place{Stream: event.Stream([]string{"fox:2", "fox:1"}[i]), Version: event.Version(1 + i), Position: event.PositionAt(uint64(3 - i))}
		if place, err := backend.Log.Find(t.Context(), id); place != want || err != nil {
			t.Errorf("%s is at %+v, %v after the sync, want %+v", id, place, err, want)
		}
	}
}

// awaitInEngine waits until a key can be read below the log.
func awaitInEngine(t *testing.T, backend store.Backend, key []byte) {
	t.Helper()

	for {
		_, closer, err := pebble.Engine(backend.Log).Get(key)
		if err == nil {
			_ = closer.Close()
			return
		}
	}
}

// versions returns the head of a stream, and checks that Read agrees.
func versions(t *testing.T, backend store.Backend, stream event.Stream) event.Version {
	t.Helper()

	head, err := backend.Log.Head(t.Context(), stream)
	if err != nil {
		t.Fatal(err)
	}

	var last event.Version
	for e, err := range backend.Log.Read(t.Context(), stream, store.Range{}) {
		if err != nil {
			t.Fatal(err)
		}

		last = e.Version
	}

	if last != head {
		t.Errorf("%s: the head is %d, the last event read is %d", stream, head, last)
	}

	return head
}

// The same holds for marks: until a change is durable, what was there before
// stays.
func TestDurableBeforeVisibleMarks(t *testing.T) {
	t.Parallel()

	for _, c := range []struct {
		name   string
		key    []byte
		change func(ctx context.Context, m store.Marks) error
		gone   bool
	}{
		{"put anew", pebble.MarkKey("new"), func(ctx context.Context, m store.Marks) error {
			_, err := m.Put(ctx, "new", []byte("2"), store.Absent)
			return err
		}, false},
		{"put again", nil, func(ctx context.Context, m store.Marks) error {
			_, err := m.Put(ctx, "old", []byte("2"), store.AnyRevision)
			return err
		}, false},
		{"delete", nil, func(ctx context.Context, m store.Marks) error { return m.Delete(ctx, "old", store.AnyRevision) }, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()

			held := newGate()
			backend := open(t, "data", pebble.OnFS(syncFS{FS: vfs.NewMem(), around: held.around}))
			if _, err := backend.Marks.Put(t.Context(), "old", []byte("1"), store.Absent); err != nil {
				t.Fatal(err)
			}

			held.shut.Store(true)
			changed := make(chan error, 1)
			go func() { changed <- c.change(t.Context(), backend.Marks) }()
			<-held.arrived
			if c.key != nil {
				awaitInEngine(t, backend, c.key)
			}

			wantOnlyOld(t, backend.Marks)
			close(held.open)
			if err := <-changed; err != nil {
				t.Fatal(err)
			}

			if _, err := backend.Marks.Get(t.Context(), "old"); c.gone != (fault.Of(err) == fault.CodeNotFound) {
				t.Errorf("old after the change: %v", err)
			}
		})
	}
}

func wantOnlyOld(t *testing.T, marks store.Marks) {
	t.Helper()

	if mark, err := marks.Get(t.Context(), "old"); err != nil || string(mark.Value) != "1" {
		t.Errorf("old is %q, %v before the sync, want 1", mark.Value, err)
	}

	if mark, err := marks.Get(t.Context(), "new"); fault.Of(err) != fault.CodeNotFound {
		t.Errorf("new is %q, %v before the sync, want none", mark.Value, err)
	}

	var names []string
	for mark, err := range marks.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}

		names = append(names, mark.Name)
	}

	if strings.Join(names, " ") != "old" {
		t.Errorf("marks %v before the sync, want old", names)
	}
}

// Whoever no longer waits for a sync is told that the outcome is unknown, and
// finds it out by trying again. Whoever had not been taken up is told that
// nothing was written.
func TestCancelDuringSync(t *testing.T) {
	t.Parallel()

	held := newGate()
	backend := open(t, "data", pebble.OnFS(syncFS{FS: vfs.NewMem(), around: held.around}))
	held.shut.Store(true)
	ctx, cancel := context.WithCancelCause(t.Context())
	given := store.Batch{Stream: "fox:1", Drafts: []event.Draft{{Type: "fox_jumped", ID: "mine"}}}
	late := store.Batch{Stream: "fox:1", Drafts: []event.Draft{{Type: "fox_slept", ID: "late"}}}

	results := make(chan error, 2)
	appendTo := func(b store.Batch) {
		_, err := backend.Log.Append(ctx, b)
		results <- err
	}
	go appendTo(given)
	<-held.arrived
	go appendTo(late)
	pebble.AwaitWaiting(backend.Log, 1)

	tired := errors.New("tired of waiting")
	cancel(tired)
	words := map[string]bool{}
	for range 2 {
		err := <-results
		if !errors.Is(err, tired) {
			t.Errorf("append: %v, want the cause", err)
		}

		words[strings.SplitN(err.Error(), ":", 2)[0]] = true
	}

	if !words["it is unknown whether this was written"] || !words["nothing was written"] {
		t.Errorf("answers %v", words)
	}

	close(held.open)
	for want, batch := range map[bool]store.Batch{true: given, false: late} {
		receipt, err := backend.Log.Append(t.Context(), batch)
		if err != nil || receipt.Repeated != want {
			t.Errorf("retry of %s: %+v, %v, want repeated = %v", batch.Drafts[0].ID, receipt, err, want)
		}
	}
}

// A full queue holds its callers back, and lets them go when they tire.
func TestQueueIsBounded(t *testing.T) {
	t.Parallel()

	held := newGate()
	o := pebble.OnFS(syncFS{FS: vfs.NewMem(), around: held.around})
	o.Waiting = 1
	backend := open(t, "data", o)
	held.shut.Store(true)

	ctx, cancel := context.WithCancel(t.Context())
	results := make(chan error, 3)
	one := func(ctx context.Context) {
		_, err := backend.Log.Append(ctx, store.Batch{Stream: "fox:1", Drafts: []event.Draft{{Type: "fox_jumped"}}})
		results <- err
	}
	go one(t.Context())
	<-held.arrived
	go one(t.Context())
	pebble.AwaitWaiting(backend.Log, 1)
	go one(ctx) // there is no room for it
	cancel()
	if err := <-results; !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "nothing was written") {
		t.Errorf("append to a full queue: %v, want that nothing was written", err)
	}

	close(held.open)
	for range 2 {
		if err := <-results; err != nil {
			t.Errorf("append: %v", err)
		}
	}

	if n := len(all(t, backend)); n != 2 {
		t.Errorf("%d events, want 2", n)
	}
}
