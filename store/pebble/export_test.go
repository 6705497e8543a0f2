package pebble

import (
	"context"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
)

// OnFS returns options for a log on a file system of the test's.
func OnFS(fs vfs.FS) Options { return Options{fs: fs} }

// At returns options with a clock of the test's.
func (o Options) At(now func() time.Time) Options {
	o.now = now
	return o
}

// RestoreOn is Restore on a file system of the test's.
func RestoreOn(ctx context.Context, fs vfs.FS, backup, folder string) error {
	return restore(ctx, fs, backup, folder, nil)
}

// Engine returns the database under a log.
func Engine(l store.Log) *pebble.DB {
	own, _ := l.(*log)
	return own.db
}

// Mint returns the ID that a log makes for an event.
func Mint(l store.Log, position uint64, recorded time.Time) event.ID {
	own, _ := l.(*log)
	return own.minter.mint(position, recorded.UnixMilli()).ID()
}

// The keys of an event, of its places in the indexes, and of a mark.
func EventKey(position uint64) []byte { return appendEventKey(nil, position) }

func StreamKey(stream event.Stream, version event.Version) []byte {
	return appendStreamKey(nil, stream, version)
}

func IDKey(id event.ID) []byte { return appendIDKey(nil, id) }

func MarkKey(name string) []byte { return markKeyOf(name) }

func OwnKey(name string) []byte { return ownKeyOf(name) }

// WhoHolds says who holds a folder.
func WhoHolds(fs vfs.FS, folder string) string { return readHolder(fs, folder) }

// DropRecent empties the memory of recent events, so that feeds read the disk.
func DropRecent(l store.Log) {
	own, _ := l.(*log)
	own.recent.mu.Lock()
	defer own.recent.mu.Unlock()
	own.recent.commits, own.recent.bytes = nil, 0
}

// AwaitWaiting returns when n requests wait for the committer.
func AwaitWaiting(l store.Log, n int) {
	own, _ := l.(*log)
	for {
		own.queue.mu.Lock()
		waiting := len(own.queue.waiting)
		own.queue.mu.Unlock()
		if waiting == n {
			return
		}
	}
}
