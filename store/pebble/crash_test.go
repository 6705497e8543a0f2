package pebble_test

import (
	"fmt"
	"math/rand/v2"
	"path"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store/pebble"
)

// crash is the state of a disk after a power cut, with what had been
// acknowledged by then.
type crash struct {
	name  string
	disk  *vfs.MemFS
	acked map[event.ID]ack
}

// crashes takes the state that the disk would be in after a power cut.
type crashes struct {
	disk    *vfs.MemFS
	witness *witness

	mu     sync.Mutex
	random *rand.Rand
	taken  []crash
}

// take takes two states: without anything that was not synced, and with some
// of it. What was acknowledged is asked first, so that the disk has to have it.
func (c *crashes) take(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()

	acked := c.witness.soFar()
	c.taken = append(c.taken,
		crash{name: name + ", losing all", disk: c.disk.CrashClone(vfs.CrashCloneCfg{}), acked: acked},
		crash{name: name + ", losing some", disk: c.disk.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 50, RNG: c.random}), acked: acked},
	)
}

// syncFS calls before and after around every sync of a file or folder.
type syncFS struct {
	vfs.FS
	around func(name string, sync func() error) error
}

type syncFile struct {
	vfs.File
	name   string
	around func(name string, sync func() error) error
}

func (f syncFile) Sync() error     { return f.around(f.name, f.File.Sync) }
func (f syncFile) SyncData() error { return f.around(f.name, f.File.SyncData) }

func (f syncFile) SyncTo(length int64) (full bool, err error) {
	err = f.around(f.name, func() error {
		full, err = f.File.SyncTo(length)
		return err
	})

	return full, err
}

func (fs syncFS) wrap(name string, file vfs.File, err error) (vfs.File, error) {
	if err != nil {
		return nil, err
	}

	return syncFile{File: file, name: path.Base(name), around: fs.around}, nil
}

func (fs syncFS) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	file, err := fs.FS.Create(name, c)
	return fs.wrap(name, file, err)
}

func (fs syncFS) OpenReadWrite(name string, c vfs.DiskWriteCategory, opts ...vfs.OpenOption) (vfs.File, error) {
	file, err := fs.FS.OpenReadWrite(name, c, opts...)
	return fs.wrap(name, file, err)
}

func (fs syncFS) ReuseForWrite(oldname, newname string, c vfs.DiskWriteCategory) (vfs.File, error) {
	file, err := fs.FS.ReuseForWrite(oldname, newname, c)
	return fs.wrap(newname, file, err)
}

func (fs syncFS) OpenDir(name string) (vfs.File, error) {
	file, err := fs.FS.OpenDir(name)
	return fs.wrap(name, file, err)
}

// A power cut before or after any sync loses nothing that was acknowledged.
func TestPowerCutAtEverySync(t *testing.T) {
	t.Parallel()

	disk, seen := vfs.NewCrashableMem(), newWitness()
	cuts := &crashes{disk: disk, witness: seen, random: rand.New(rand.NewPCG(1, 2))}
	count := 0
	fs := syncFS{FS: disk, around: func(name string, sync func() error) error {
		count++
		cuts.take(fmt.Sprintf("before sync %d, of %s", count, name))
		err := sync()
		cuts.take(fmt.Sprintf("after sync %d, of %s", count, name))

		return err
	}}

	backend := open(t, "data", pebble.OnFS(fs))
	if err := seen.write(t.Context(), backend.Log, "fox:1", func(i int) bool { return i == 40 }); err != nil {
		t.Fatal(err)
	}

	checkAll(t, cuts.taken, 80)
}

// A power cut at any moment loses nothing that was acknowledged, while many
// write and tables are flushed and compacted.
func TestPowerCutAtRandom(t *testing.T) {
	t.Parallel()

	for seed := range uint64(max(8, rounds(t, 0)/10)) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			t.Parallel()
			checkAll(t, randomCrashes(t, seed, nil), 8)
		})
	}
}

// randomCrashes writes with many and cuts the power at random moments.
func seeded(seed uint64) *rand.Rand {
	return rand.New(rand.NewPCG(seed, 7))
}

func randomCrashes(t *testing.T, seed uint64, around func(string, func() error) error) []crash {
	t.Helper()

	disk, seen := vfs.NewCrashableMem(), newWitness()
	random := rand.New(rand.NewPCG(seed, 3))
	cuts := &crashes{disk: disk, witness: seen, random: random}
	fs := vfs.FS(disk)
	if around != nil {
		fs = syncFS{FS: disk, around: around}
	}

	backend := open(t, "data", pebble.OnFS(fs))
	var (
		writers sync.WaitGroup
		stop    atomic.Bool
		acks    atomic.Int64
	)

	for w := range 8 {
		writers.Go(func() {
			err := seen.write(t.Context(), backend.Log, event.Stream(fmt.Sprintf("fox:%d", w)), func(int) bool {
				acks.Add(1)
				return stop.Load()
			})
			if err != nil {
				t.Error(err)
			}
		})
	}

	for cut := range 4 {
		for target := acks.Load() + 20 + random.Int64N(100); acks.Load() < target; {
			if cut%2 == 0 {
				if err := pebble.Engine(backend.Log).Flush(); err != nil {
					t.Error(err)
				}
			}
		}

		cuts.take(fmt.Sprintf("cut %d", cut))
	}

	stop.Store(true)
	writers.Wait()

	return cuts.taken
}

// checkAll opens every disk after its crash.
func checkAll(t *testing.T, taken []crash, least int) {
	t.Helper()

	if len(taken) < least {
		t.Fatalf("only %d crashes were taken, want at least %d", len(taken), least)
	}

	for _, c := range taken {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			mustHold(t, "data", pebble.OnFS(c.disk), c.acked)
		})
	}
}

// The tests above can fail: on a disk that says it has synced the write-ahead
// log, and has not, they find what was lost.
func TestALyingDiskIsFoundOut(t *testing.T) {
	t.Parallel()

	lie := func(name string, flush func() error) error {
		if path.Ext(name) == ".log" {
			return nil
		}

		return flush()
	}

	lost := 0
	for _, c := range randomCrashes(t, 99, lie) {
		if len(holds(t, "data", pebble.OnFS(c.disk), c.acked)) > 0 {
			lost++
		}
	}

	if lost == 0 {
		t.Fatal("nothing was missed on a disk that does not sync")
	}
}
