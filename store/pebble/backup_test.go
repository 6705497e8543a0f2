package pebble_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/pebble"
)

// A backup that is made while many write holds all that was acknowledged
// before it began, without gap; restored, it is a log of a new epoch.
func TestBackupWhileWriting(t *testing.T) {
	t.Parallel()

	disk, seen := vfs.NewMem(), newWitness()
	backend := open(t, "data", pebble.OnFS(disk))
	var (
		writers sync.WaitGroup
		stop    atomic.Bool
		acks    atomic.Int64
	)

	started := make(chan struct{})
	for _, stream := range []event.Stream{"fox:1", "fox:2", "fox:3", "fox:4"} {
		writers.Go(func() {
			err := seen.write(t.Context(), backend.Log, stream, func(int) bool {
				if acks.Add(1) == 200 {
					close(started)
				}

				return stop.Load()
			})
			if err != nil {
				t.Error(err)
			}
		})
	}

	<-started
	before := seen.soFar()
	if err := backend.Maintenance.Backup(t.Context(), "backups/one", nil); err != nil {
		t.Fatal(err)
	}

	stop.Store(true)
	writers.Wait()
	if err := pebble.RestoreOn(t.Context(), disk, "backups/one", "restored"); err != nil {
		t.Fatal(err)
	}

	restored := open(t, "restored", pebble.OnFS(disk))
	if wrong := complaints(t.Context(), restored, before); len(wrong) > 0 {
		t.Error(wrong)
	}

	if was, is := state(t, backend).Epoch, state(t, restored).Epoch; was == is {
		t.Errorf("the restored log still has the epoch %s", is)
	}
}

// Old IDs are known after a restore, and new ones differ from those that the
// old log goes on to make.
func TestIDsAfterRestore(t *testing.T) {
	t.Parallel()

	disk := vfs.NewMem()
	old := open(t, "data", pebble.OnFS(disk))
	first, _ := appendOne(t, old, "fox:1", event.Draft{Type: "fox_jumped"})
	if err := old.Maintenance.Backup(t.Context(), "backup", nil); err != nil {
		t.Fatal(err)
	}

	for round := range 2 { // a backup can be restored again and again
		folder := "restored-" + string(rune('a'+round))
		if err := pebble.RestoreOn(t.Context(), disk, "backup", folder); err != nil {
			t.Fatal(err)
		}

		restored := open(t, folder, pebble.OnFS(disk))
		receipt, err := restored.Log.Append(t.Context(), store.Batch{Stream: "fox:1", Drafts: []event.Draft{{Type: "fox_jumped", ID: first}}})
		if err != nil || !receipt.Repeated {
			t.Errorf("retry of %s: %+v, %v", first, receipt, err)
		}

		second, _ := appendOne(t, restored, "fox:1", event.Draft{Type: "fox_jumped"})
		appendOne(t, old, "fox:1", event.Draft{Type: "fox_jumped"})
		if slices.ContainsFunc(all(t, old), func(e event.Event) bool { return e.ID == second }) {
			t.Errorf("both logs made the id %s", second)
		}

		events := all(t, restored)
		if events[0].ID != first || events[1].ID != second {
			t.Errorf("events %+v", events)
		}
	}
}

func TestBackupRefuses(t *testing.T) {
	t.Parallel()

	disk := vfs.NewMem()
	backend := open(t, "data", pebble.OnFS(disk))
	if err := backend.Maintenance.Backup(t.Context(), "backup", nil); err != nil {
		t.Fatal(err)
	}

	file, err := disk.Create("file", vfs.WriteCategoryUnspecified)
	if err := errors.Join(err, file.Close()); err != nil {
		t.Fatal(err)
	}

	_, opened := pebble.Open(t.Context(), "backup", pebble.OnFS(disk))
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()

	for _, c := range []struct {
		name, want string
		err        error
		code       fault.Code
	}{
		{"backup over something", "exists", backend.Maintenance.Backup(t.Context(), "data", nil), fault.CodeInvalid},
		{"open a backup", "is a backup: restore it", opened, fault.CodeInvalid},
		{"restore what is no backup", "is no backup", pebble.RestoreOn(t.Context(), disk, "data", "x"), fault.CodeNotFound},
		{"restore nothing", "is no backup", pebble.RestoreOn(t.Context(), disk, "nowhere", "x"), fault.CodeNotFound},
		{"restore over something", "is not empty", pebble.RestoreOn(t.Context(), disk, "backup", "data"), fault.CodeInvalid},
		{"restore over a file", "is not empty", pebble.RestoreOn(t.Context(), disk, "backup", "file"), fault.CodeInvalid},
		{"restore cancelled", "canceled", pebble.RestoreOn(cancelled, disk, "backup", "x"), fault.CodeUnavailable},
	} {
		if fault.Of(c.err) != c.code || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("%s: %v, want %s with %q", c.name, c.err, c.code, c.want)
		}
	}

	if names, err := disk.List("x"); err == nil {
		t.Errorf("the failed restores left %v", names)
	}
}

// A backup or a restore that fails in the middle leaves nothing that looks like
// one that is whole.
func TestBackupOnBrokenDisk(t *testing.T) {
	t.Parallel()

	disk := vfs.NewMem()
	b := &breakage{name: "backup fails", err: errInjected, kinds: syncs, files: "BACKUP"}
	backend := open(t, "data", pebble.OnFS(errorfs.Wrap(disk, b)))
	appendOne(t, backend, "fox:1", event.Draft{Type: "fox_jumped"})
	b.on.Store(true)
	if err := backend.Maintenance.Backup(t.Context(), "backup", nil); !errors.Is(err, errInjected) {
		t.Errorf("backup: %v, want what went wrong", err)
	}

	if _, err := disk.Stat("backup"); err == nil {
		t.Error("the failed backup is there")
	}

	b.on.Store(false)
	if err := backend.Maintenance.Backup(t.Context(), "backup", nil); err != nil {
		t.Errorf("backup after one that failed: %v", err)
	}

	b.on.Store(true)
	if err := pebble.RestoreOn(t.Context(), errorfs.Wrap(disk, b), "backup", "restored"); !errors.Is(err, errInjected) {
		t.Errorf("restore: %v, want what went wrong", err)
	}

	if _, err := disk.Stat("restored"); err == nil {
		t.Error("the failed restore is there")
	}
}

// A folder below folders that were not there is there after a power cut, be it
// a log, a backup or what was restored.
func TestNewFoldersAreDurable(t *testing.T) {
	t.Parallel()

	disk := vfs.NewCrashableMem()
	backend := open(t, "var/lib/data", pebble.OnFS(disk))
	id, version := appendOne(t, backend, "fox:1", event.Draft{Type: "fox_jumped"})
	if err := backend.Maintenance.Backup(t.Context(), "backups/today/one", nil); err != nil {
		t.Fatal(err)
	}

	if err := pebble.RestoreOn(t.Context(), disk, "backups/today/one", "deep/er/data"); err != nil {
		t.Fatal(err)
	}

	acked := map[event.ID]ack{id: {Stream: "fox:1", Version: version}}
	left := disk.CrashClone(vfs.CrashCloneCfg{})
	if err := pebble.RestoreOn(t.Context(), left, "backups/today/one", "again"); err != nil {
		t.Error(err)
	}

	for _, folder := range []string{"var/lib/data", "deep/er/data", "again"} {
		mustHold(t, folder, pebble.OnFS(left), acked)
	}
}

// A log that somebody makes where another is being restored is not replaced.
func TestRestoreSparesWhatCameMeanwhile(t *testing.T) {
	t.Parallel()

	disk := vfs.NewMem()
	backend := open(t, "data", pebble.OnFS(disk))
	if err := backend.Maintenance.Backup(t.Context(), "backup", nil); err != nil {
		t.Fatal(err)
	}

	var meanwhile sync.Once
	b := errorfs.InjectorFunc(func(op errorfs.Op) error {
		if op.Kind == errorfs.OpRename && strings.HasSuffix(op.Path, ".recount-partial") || op.Kind == errorfs.OpRemove && op.Path == "restored" {
			meanwhile.Do(func() { appendOne(t, open(t, "restored", pebble.OnFS(disk)), "mine:1", event.Draft{Type: "came"}) })
		}

		return nil
	})
	if err := disk.MkdirAll("restored", 0o755); err != nil {
		t.Fatal(err)
	}

	if err := pebble.RestoreOn(t.Context(), errorfs.Wrap(disk, b), "backup", "restored"); err == nil {
		t.Error("the restored log took the place of another")
	}

	if names, err := disk.List("restored"); err != nil || len(names) < 5 {
		t.Errorf("what came meanwhile: %v, %v", names, err)
	}
}
