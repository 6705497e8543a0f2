package pebble

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"sync"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

// backupName is the file that makes a folder a backup, which nobody opens by
// mistake: two logs of one epoch would tell different stories under one name.
const backupName = "BACKUP"

// partialSuffix marks a folder that is being made.
const partialSuffix = ".recount-partial"

// backupNote is what that file says.
type backupNote struct {
	Epoch string    `json:"epoch"`
	Head  uint64    `json:"head"`
	Made  time.Time `json:"made"`
}

// maintenance cares for the files of a log.
type maintenance struct {
	log *log
	mu  sync.Mutex // held by a backup
}

var _ store.Maintenance = (*maintenance)(nil)

// Backup implements store.Maintenance. Tables are linked, not copied, where the
// file system can: they never change. The copy is made beside its final name
// and renamed when it is whole.
func (m *maintenance) Backup(ctx context.Context, folder string, progress store.Progress) error {
	l := m.log
	if err := l.enter(ctx); err != nil {
		return err
	}
	defer l.leave()

	if !m.mu.TryLock() {
		return fault.Unavailable("a backup of this log is being made already: wait for it")
	}
	defer m.mu.Unlock()

	if exists(l.fs, folder) {
		return fault.Invalid("%s exists: name a folder that does not exist yet", folder)
	}

	if err := makeFolder(l.fs, l.fs.PathDir(folder)); err != nil {
		return fault.Unavailable("create the folder of %s: %w", folder, err)
	}

	if progress == nil {
		progress = func(int64, int64) {}
	}

	progress(0, 0)
	partial := folder + partialSuffix
	if err := l.fs.RemoveAll(partial); err != nil {
		return fault.Unavailable("remove what an earlier backup left in %s: %w", partial, err)
	}

	head := l.durable.Load()
	if err := m.checkpoint(ctx, partial); err != nil {
		return errors.Join(fault.Unavailable("back up to %s: %w", partial, err), l.fs.RemoveAll(partial))
	}

	note, err := json.Marshal(backupNote{Epoch: l.epoch, Head: head, Made: time.Now().UTC().Truncate(time.Second)})
	if err == nil {
		err = writeFile(l.fs, l.fs.PathJoin(partial, backupName), note)
	}

	if err == nil && ctx.Err() != nil {
		err = ended(ctx)
	}

	if err == nil {
		err = finishFolder(l.fs, partial, folder)
	}

	if err != nil {
		return errors.Join(fault.Unavailable("back up to %s: %w", folder, err), l.fs.RemoveAll(partial))
	}

	size := folderSize(l.fs, folder)
	progress(size, size)

	return nil
}

// checkpoint makes a copy that holds all that is durable now. It consists of
// tables alone: a write-ahead log that is copied while it grows may end in old
// bytes of a file that was used again, which then look like damage.
func (m *maintenance) checkpoint(ctx context.Context, folder string) error {
	l := m.log
	if err := l.failure.flush(ctx, l.db); err != nil {
		return err
	}

	if err := l.db.Checkpoint(folder); err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}

	names, err := l.fs.List(folder)
	if err != nil {
		return fmt.Errorf("list %s: %w", folder, err)
	}

	for _, name := range names {
		if path.Ext(name) != ".log" {
			continue
		}

		if err := l.fs.Remove(l.fs.PathJoin(folder, name)); err != nil {
			return fmt.Errorf("remove %s: %w", name, err)
		}
	}

	return l.failure.err()
}

// makeFolder makes a folder and those above it, and makes their names durable.
func makeFolder(fs vfs.FS, folder string) error {
	var missing []string
	for at := folder; !exists(fs, at) && at != fs.PathDir(at); at = fs.PathDir(at) {
		missing = append(missing, at)
	}

	if err := fs.MkdirAll(folder, 0o755); err != nil {
		return err //nolint:wrapcheck // it names the folder
	}

	for _, made := range missing {
		if err := syncFolder(fs, fs.PathDir(made)); err != nil {
			return err
		}
	}

	return nil
}

// finishFolder gives a folder that is whole its name.
func finishFolder(fs vfs.FS, partial, folder string) error {
	if err := syncFolder(fs, partial); err != nil {
		return err
	}

	if err := fs.Rename(partial, folder); err != nil {
		return fmt.Errorf("rename %s: %w", partial, err)
	}

	return syncFolder(fs, fs.PathDir(folder))
}

func syncFolder(fs vfs.FS, folder string) error {
	dir, err := fs.OpenDir(folder)
	if err != nil {
		return fmt.Errorf("open %s: %w", folder, err)
	}

	if err := errors.Join(dir.Sync(), dir.Close()); err != nil {
		return fmt.Errorf("sync %s: %w", folder, err)
	}

	return nil
}

func exists(fs vfs.FS, name string) bool {
	_, err := fs.Stat(name)
	return err == nil
}

// Restore makes a log in a folder that does not exist yet, or is empty, from a
// backup, which stays as it is. The log begins a new epoch: whoever followed
// the old log is told to start anew. progress is told bytes and may be nil.
func Restore(ctx context.Context, backup, folder string, progress store.Progress) error {
	return restore(ctx, vfs.Default, backup, folder, progress)
}

func restore(ctx context.Context, fs vfs.FS, backup, folder string, progress store.Progress) error {
	if !exists(fs, fs.PathJoin(backup, backupName)) {
		return fault.NotFound("%s is no backup: name a folder that recount backup made", backup)
	}

	if info, err := fs.Stat(folder); err == nil {
		if files, _ := fs.List(folder); !info.IsDir() || len(files) > 0 {
			return fault.Invalid("%s is not empty: restore into a folder that does not exist yet", folder)
		}
	}

	if progress == nil {
		progress = func(int64, int64) {}
	}

	partial := folder + partialSuffix
	err := errors.Join(fs.RemoveAll(partial), makeFolder(fs, partial))
	if err == nil {
		err = copyFolder(ctx, fs, backup, partial, progress)
	}

	if err == nil {
		err = beginEpoch(ctx, fs, partial)
	}

	if err == nil && exists(fs, folder) {
		err = fs.Remove(folder) // fails if somebody put something there meanwhile
	}

	if err == nil {
		err = finishFolder(fs, partial, folder)
	}

	if err != nil {
		return errors.Join(fault.Unavailable("restore %s to %s: %w", backup, folder, err), fs.RemoveAll(partial))
	}

	return nil
}

// copyFolder copies the files of a backup.
func copyFolder(ctx context.Context, fs vfs.FS, from, to string, progress store.Progress) error {
	names, err := fs.List(from)
	if err != nil {
		return fmt.Errorf("list %s: %w", from, err)
	}

	done, total := int64(0), folderSize(fs, from)
	for _, name := range names {
		if ctx.Err() != nil {
			return ended(ctx)
		}

		n, err := copyFile(fs, fs.PathJoin(from, name), fs.PathJoin(to, name))
		if err != nil {
			return err
		}

		done += n
		progress(done, total)
	}

	return nil
}

// folderSize returns how many bytes the files of a folder have.
func folderSize(fs vfs.FS, folder string) (size int64) {
	names, _ := fs.List(folder) // only for progress
	for _, name := range names {
		if info, err := fs.Stat(fs.PathJoin(folder, name)); err == nil {
			size += info.Size()
		}
	}

	return size
}

func copyFile(fs vfs.FS, from, to string) (int64, error) {
	in, err := fs.Open(from)
	if err != nil {
		return 0, fmt.Errorf("open %s: %w", from, err)
	}
	defer in.Close()

	out, err := fs.Create(to, vfs.WriteCategoryUnspecified)
	if err != nil {
		return 0, fmt.Errorf("create %s: %w", to, err)
	}

	n, err := io.Copy(out, in)
	if err := errors.Join(err, out.Sync(), out.Close()); err != nil {
		return n, fmt.Errorf("copy %s: %w", from, err)
	}

	return n, nil
}

// beginEpoch turns the copy of a backup into a log of its own.
func beginEpoch(ctx context.Context, fs vfs.FS, folder string) error {
	backend, err := Open(ctx, folder, Options{fs: fs, restoring: true})
	if err != nil {
		return err
	}

	l, _ := backend.Log.(*log)
	id, err := readIdentity(l.db)
	if err == nil {
		err = id.begin(l.db, l.failure, l.durable.Load())
	}

	if err == nil {
		err = fs.Remove(fs.PathJoin(folder, backupName))
	}

	return errors.Join(err, l.Close(ctx))
}
