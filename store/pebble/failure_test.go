package pebble_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/pebble"
)

var errInjected = errors.New("injected")

// breakage makes operations of one kind fail, from a moment on.
type breakage struct {
	name  string
	err   error
	kinds []errorfs.OpKind
	files string // what their names have to contain
	on    atomic.Bool
	hits  atomic.Int64
}

func (b *breakage) MaybeError(op errorfs.Op) error {
	if !b.on.Load() || !strings.Contains(path.Base(op.Path), b.files) {
		return nil
	}

	if slices.Contains(b.kinds, op.Kind) {
		b.hits.Add(1)
		return b.err
	}

	return nil
}

func (b *breakage) String() string { return b.name }

var (
	writes = []errorfs.OpKind{errorfs.OpFileWrite, errorfs.OpFileWriteAt}
	syncs  = []errorfs.OpKind{errorfs.OpFileSync, errorfs.OpFileSyncData, errorfs.OpFileSyncTo}
)

// When the disk fails, the log stops taking writes and says so; what it had
// acknowledged can be read at once, and is there after the next start, power
// cut or not.
func TestBrokenDisk(t *testing.T) {
	t.Parallel()

	for _, b := range []*breakage{
		{name: "log write fails", err: errInjected, kinds: writes, files: ".log"},
		{name: "log sync fails", err: errInjected, kinds: syncs, files: ".log"},
		{name: "disk is full", err: syscall.ENOSPC, kinds: append([]errorfs.OpKind{errorfs.OpCreate, errorfs.OpReuseForWrite}, writes...)},
	} {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			disk, seen := vfs.NewCrashableMem(), newWitness()
			backend, err := pebble.Open(t.Context(), "data", pebble.OnFS(errorfs.Wrap(disk, b)))
			if err != nil {
				t.Fatal(err)
			}

			breakWhileWriting(t, backend, seen, b)
			stillReadable(t, backend, seen)
			takesNothing(t, backend)

			if err := backend.Log.Close(t.Context()); fault.Of(err) != fault.CodeUnavailable || !errors.Is(err, b.err) {
				t.Errorf("Close: %v, want why the log stopped", err)
			}

			acked := seen.soFar()
			for percent := range 3 {
				cfg := vfs.CrashCloneCfg{}
				if percent > 0 {
					cfg = vfs.CrashCloneCfg{UnsyncedDataPercent: 50 * percent, RNG: seeded(uint64(percent))}
				}

				mustHold(t, "data", pebble.OnFS(disk.CrashClone(cfg)), acked)
			}

			mustHold(t, "data", pebble.OnFS(disk), acked)
		})
	}
}

// breakWhileWriting breaks the disk under many writers. Each is told.
func breakWhileWriting(t *testing.T, backend store.Backend, seen *witness, b *breakage) {
	t.Helper()

	var (
		writers sync.WaitGroup
		acks    atomic.Int64
	)

	for w := range 16 {
		writers.Go(func() {
			err := seen.write(t.Context(), backend.Log, event.Stream(fmt.Sprintf("fox:%d", w)), func(int) bool {
				if acks.Add(1) == 500 {
					b.on.Store(true)
				}

				return false
			})
			if fault.Of(err) != fault.CodeUnavailable || !strings.Contains(err.Error(), "read-only") {
				t.Errorf("append on a broken disk: %v, want unavailable and why", err)
			}
		})
	}

	writers.Wait()
	if b.hits.Load() == 0 {
		t.Error("nothing was injected")
	}
}

// stillReadable reads all that was acknowledged, and nothing else.
func stillReadable(t *testing.T, backend store.Backend, seen *witness) {
	t.Helper()

	acked, events := seen.soFar(), 0
	for page, err := range backend.Log.Feed(t.Context(), event.Position{}, store.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}

		for _, e := range page.Events {
			if _, ok := acked[e.ID]; !ok {
				t.Errorf("event %s at %s was never acknowledged, and is shown", e.ID, e.Position)
			}

			events++
		}
	}

	if events != len(acked) {
		t.Errorf("%d events can be read, %d were acknowledged", events, len(acked))
	}
}

func takesNothing(t *testing.T, backend store.Backend) {
	t.Helper()

	_, err := backend.Log.Append(t.Context(), store.Batch{Stream: "fox:1", Drafts: []event.Draft{{Type: "fox_jumped"}}})
	if fault.Of(err) != fault.CodeUnavailable || !strings.Contains(err.Error(), "read-only") {
		t.Errorf("append after the failure: %v, want unavailable and why", err)
	}

	_, err = backend.Marks.Put(t.Context(), "mark", []byte("value"), store.AnyRevision)
	if fault.Of(err) != fault.CodeUnavailable {
		t.Errorf("put after the failure: %v, want unavailable", err)
	}
}

// Closing while a failed write is still on its way through the engine waits for
// it.
func TestCloseDuringFailure(t *testing.T) {
	t.Parallel()

	// Not JSON, which is checked byte by byte: with the race detector one writer
	// would have failed before the others are at the engine.
	draft := event.Draft{Type: "fox_jumped", ContentType: "application/octet-stream", Data: make([]byte, 100_000)}

	for round := range 20 {
		b := &breakage{name: "log write fails", err: errInjected, kinds: writes, files: ".log"}
		backend, err := pebble.Open(t.Context(), "data", pebble.OnFS(errorfs.Wrap(vfs.NewMem(), b)))
		if err != nil {
			t.Fatal(err)
		}

		var writers sync.WaitGroup
		failed := make(chan struct{}, 4)
		b.on.Store(true)
		for w := range 4 {
			writers.Go(func() {
				batch := store.Batch{Stream: event.Stream(fmt.Sprintf("fox:%d", w)), Drafts: slices.Repeat([]event.Draft{draft}, 50)}
				_, err := backend.Log.Append(t.Context(), batch)
				if fault.Of(err) != fault.CodeUnavailable {
					t.Errorf("round %d: append: %v, want unavailable", round, err)
				}

				failed <- struct{}{}
			})
		}

		<-failed
		if err := backend.Log.Close(t.Context()); !errors.Is(err, errInjected) {
			t.Errorf("round %d: close: %v, want why the log stopped", round, err)
		}

		writers.Wait()
	}
}

// A disk that cannot promise room ahead, and a backup that fails, do not stop
// the log.
func TestHarmlessFailures(t *testing.T) {
	t.Parallel()

	ahead := &breakage{name: "no room ahead", err: syscall.ENOSPC, kinds: []errorfs.OpKind{errorfs.OpFilePreallocate}}
	outside := &breakage{name: "backup disk is full", err: syscall.ENOSPC, kinds: writes, files: ".log"}
	disk := vfs.NewMem()
	backend := open(t, "data", pebble.OnFS(errorfs.Wrap(disk, errorfs.InjectorFunc(func(op errorfs.Op) error {
		if strings.HasPrefix(op.Path, "backup") {
			return outside.MaybeError(op)
		}

		return ahead.MaybeError(op)
	}))))
	ahead.on.Store(true)
	outside.on.Store(true)
	appendOne(t, backend, "fox:1", event.Draft{Type: "fox_jumped"})
	if err := backend.Maintenance.Backup(t.Context(), "backup", nil); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("backup: %v, want a full disk", err)
	}

	if err := pebble.Engine(backend.Log).Flush(); err != nil { // begins a write-ahead log
		t.Fatal(err)
	}

	appendOne(t, backend, "fox:1", event.Draft{Type: "fox_jumped"})
	if outside.hits.Load() == 0 {
		t.Error("nothing was injected")
	}
}

// alone names the environment variable of a process that runs one test which
// leaves the engine crippled.
const alone = "RECOUNT_TEST_ALONE"

// isAlone runs the test that calls it in a process of its own, and reports
// whether this is that process.
func isAlone(t *testing.T) bool {
	t.Helper()

	if os.Getenv(alone) != "" {
		return true
	}

	self := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v", "-test.timeout=5m")
	self.Env = append(os.Environ(), alone+"=1")
	if out, err := self.CombinedOutput(); err != nil || !bytes.Contains(out, []byte("--- PASS: "+t.Name())) {
		t.Errorf("%v\n%s", err, out)
	}

	return false
}

// Opening and closing on a broken disk end soon, and give the folder free.
func TestOpenAndCloseOnBrokenDisk(t *testing.T) {
	t.Parallel()

	if !isAlone(t) {
		return
	}

	creates := append([]errorfs.OpKind{errorfs.OpCreate, errorfs.OpReuseForWrite}, writes...)
	for _, b := range []*breakage{
		{name: "no room for tables", err: syscall.ENOSPC, kinds: creates, files: ".sst"},
		{name: "no room for a log", err: syscall.ENOSPC, kinds: creates, files: ".log"},
		{name: "no room at all", err: syscall.ENOSPC, kinds: creates},
		{name: "the manifest's sync fails", err: errInjected, kinds: syncs, files: "MANIFEST"},
		{name: "the folder's sync fails", err: errInjected, kinds: syncs, files: "data"},
	} {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()

			disk, seen := vfs.NewCrashableMem(), newWitness()
			backend, err := pebble.Open(t.Context(), "data", pebble.OnFS(errorfs.Wrap(disk, b)))
			if err != nil {
				t.Fatal(err)
			}

			if err := seen.write(t.Context(), backend.Log, "fox:1", func(i int) bool { return i == 10 }); err != nil {
				t.Fatal(err)
			}

			killed := disk.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 100, RNG: seeded(1)})
			b.on.Store(true)
			if err := backend.Log.Close(t.Context()); !errors.Is(err, b.err) && !strings.Contains(fmt.Sprint(err), b.err.Error()) {
				t.Errorf("close: %v, want why it failed", err)
			}

			if _, err := pebble.Open(t.Context(), "data", pebble.OnFS(errorfs.Wrap(killed, b))); fault.Of(err) != fault.CodeUnavailable {
				t.Errorf("open: %v, want unavailable", err)
			}

			for _, left := range []*vfs.MemFS{disk, killed} {
				mustHold(t, "data", pebble.OnFS(left), seen.soFar())
			}
		})
	}
}

// When the engine cannot write down which tables it has, it ends one of its own
// goroutines; nobody who waits for the log may hang for that.
func TestBrokenManifest(t *testing.T) {
	t.Parallel()

	if !isAlone(t) {
		return
	}

	b := &breakage{name: "manifest sync fails", err: errInjected, kinds: syncs, files: "MANIFEST"}
	disk, seen := vfs.NewCrashableMem(), newWitness()
	backend, err := pebble.Open(t.Context(), "data", pebble.OnFS(errorfs.Wrap(disk, b)))
	if err != nil {
		t.Fatal(err)
	}

	if err := seen.write(t.Context(), backend.Log, "fox:1", func(i int) bool { return i == 10 }); err != nil {
		t.Fatal(err)
	}

	b.on.Store(true)
	if _, err := pebble.Engine(backend.Log).AsyncFlush(); err != nil {
		t.Fatal(err)
	}

	for stopped := false; !stopped; {
		err := seen.write(t.Context(), backend.Log, "fox:1", func(i int) bool { return i == 1 })
		stopped = fault.Of(err) == fault.CodeUnavailable
	}

	stillReadable(t, backend, seen)
	takesNothing(t, backend)
	if err := backend.Log.Close(t.Context()); err == nil || !strings.Contains(err.Error(), "MANIFEST") {
		t.Errorf("Close: %v, want why the log stopped", err)
	}

	mustHold(t, "data", pebble.OnFS(disk.CrashClone(vfs.CrashCloneCfg{})), seen.soFar())
	mustHold(t, "data", pebble.OnFS(disk), seen.soFar())
}
