package pebble

import (
	"io"
	"os"
	"path"
	"strings"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/recountdev/recount/fault"
)

// fence stands between Pebble and the disk, and stops the log at the first
// failed change of its write-ahead log.
//
// Pebble does not survive such a failure everywhere: if it cannot begin a new
// log file it panics with its mutex unlocked, which ends the process. So it is
// not told: the failure is remembered, and from then on every change of the
// write-ahead log does nothing, successfully. The committer looks at the
// failure after each write, and acknowledges nothing any more.
//
// All other changes are refused from then on. So nothing that Pebble does
// later, believing its log to be whole, reaches the disk: the files stay as they
// were at the failure, and may be opened again even while the old log lingers.
//
// It stands around the log's own folder; backups are written outside.
type fence struct {
	vfs.FS
	folder  string
	failure *failure
}

// patience is how long a refused change waits, so that Pebble, which tries
// again at once, does not keep a processor busy.
const patience = 200 * time.Millisecond

var errFenced = fault.Unavailable("the log has stopped")

// isWAL reports whether a file is a write-ahead log. Syncing the folder makes a
// new one durable, and counts as one.
func (f *fence) isWAL(name string) bool { return name == f.folder || path.Ext(name) == ".log" }

// isOutside reports whether a file is none of the log's.
func (f *fence) isOutside(name string) bool {
	return name != f.folder && f.PathDir(name) != f.folder
}

// change makes a change of a file, or remembers why it failed.
func (f *fence) change(name string, change func() error) error {
	if f.isOutside(name) {
		return change()
	}

	if f.failure.failed() {
		return f.refuse(name)
	}

	err := change()
	if err == nil {
		return nil
	}

	if !f.isWAL(name) {
		f.wait()
		return err
	}

	f.failure.set(err)

	return nil
}

// refuse answers a change after the failure.
func (f *fence) refuse(name string) error {
	if f.isWAL(name) {
		return nil
	}

	f.wait()

	return errFenced
}

// wait keeps Pebble from trying again at once.
func (f *fence) wait() {
	timer := time.NewTimer(patience)
	defer timer.Stop()

	select {
	case <-timer.C:
	case <-f.failure.released:
	}
}

// open opens a file for writing; after the failure of a write-ahead log it is
// one that leads nowhere.
func (f *fence) open(name string, open func() (vfs.File, error)) (vfs.File, error) {
	var file vfs.File
	err := f.change(name, func() (err error) {
		file, err = open()
		return err
	})
	if err != nil {
		return nil, err
	}

	if file == nil {
		file = nowhere{vfs.NewMemFile(nil)}
	}

	return &fencedFile{File: file, fence: f, name: name}, nil
}

// nowhere is a file that takes everything and keeps nothing.
type nowhere struct{ vfs.File }

func (nowhere) Write(p []byte) (int, error)            { return len(p), nil }
func (nowhere) WriteAt(p []byte, _ int64) (int, error) { return len(p), nil }
func (nowhere) Fd() uintptr                            { return vfs.InvalidFd }

// Create implements vfs.FS, like all methods below. A marker says which of the
// other files count, so their names become durable before it: Pebble leaves
// that out when it creates a store, and a power cut then could leave a marker
// that leads nowhere.
func (f *fence) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	if strings.HasPrefix(f.PathBase(name), "marker.") {
		if err := f.change(name, func() error { return syncFolder(f.FS, f.PathDir(name)) }); err != nil {
			return nil, err
		}
	}

	return f.open(name, func() (vfs.File, error) { return f.FS.Create(name, c) })
}

func (f *fence) OpenReadWrite(name string, c vfs.DiskWriteCategory, opts ...vfs.OpenOption) (vfs.File, error) {
	return f.open(name, func() (vfs.File, error) { return f.FS.OpenReadWrite(name, c, opts...) })
}

func (f *fence) ReuseForWrite(oldname, newname string, c vfs.DiskWriteCategory) (vfs.File, error) {
	return f.open(newname, func() (vfs.File, error) { return f.FS.ReuseForWrite(oldname, newname, c) })
}

func (f *fence) OpenDir(name string) (vfs.File, error) {
	return f.open(name, func() (vfs.File, error) { return f.FS.OpenDir(name) })
}

func (f *fence) Link(oldname, newname string) error {
	return f.change(newname, func() error { return f.FS.Link(oldname, newname) })
}

// Remove removes a file; that this fails harms nothing.
func (f *fence) Remove(name string) error {
	if f.failure.failed() && !f.isOutside(name) {
		return nil
	}

	return f.FS.Remove(name) //nolint:wrapcheck // Pebble looks at it
}

func (f *fence) RemoveAll(name string) error {
	if f.failure.failed() && !f.isOutside(name) {
		return nil
	}

	return f.FS.RemoveAll(name) //nolint:wrapcheck // Pebble looks at it
}

func (f *fence) Rename(oldname, newname string) error {
	return f.change(newname, func() error { return f.FS.Rename(oldname, newname) })
}

func (f *fence) MkdirAll(name string, perm os.FileMode) error {
	return f.change(name, func() error { return f.FS.MkdirAll(name, perm) })
}

// Lock does nothing: whoever opens Pebble has locked the folder before, and may
// have to release it while Pebble lingers.
func (*fence) Lock(string) (io.Closer, error) { return nowhere{vfs.NewMemFile(nil)}, nil }

func (f *fence) Unwrap() vfs.FS { return f.FS }

// fencedFile is a file opened for writing.
type fencedFile struct {
	vfs.File
	fence *fence
	name  string
}

func (f *fencedFile) Write(p []byte) (int, error) {
	n := len(p)
	err := f.fence.change(f.name, func() (err error) {
		n, err = f.File.Write(p)
		return err
	})
	if err == nil {
		n = len(p) // also of what was not written any more
	}

	return n, err
}

func (f *fencedFile) WriteAt(p []byte, at int64) (int, error) {
	n := len(p)
	err := f.fence.change(f.name, func() (err error) {
		n, err = f.File.WriteAt(p, at)
		return err
	})
	if err == nil {
		n = len(p)
	}

	return n, err
}

// Preallocate asks for room ahead, which only makes syncs faster: a disk that has
// none may still have enough.
func (f *fencedFile) Preallocate(at, length int64) error {
	if !f.fence.failure.failed() {
		_ = f.File.Preallocate(at, length)
	}

	return nil
}

func (f *fencedFile) Sync() error { return f.fence.change(f.name, f.File.Sync) }

func (f *fencedFile) SyncData() error { return f.fence.change(f.name, f.File.SyncData) }

func (f *fencedFile) SyncTo(length int64) (full bool, err error) {
	err = f.fence.change(f.name, func() error {
		full, err = f.File.SyncTo(length)
		return err
	})

	return full, err
}

func (f *fencedFile) Close() error {
	err := f.File.Close()
	if f.fence.failure.failed() && !f.fence.isOutside(f.name) {
		return nil
	}

	return f.fence.change(f.name, func() error { return err })
}
