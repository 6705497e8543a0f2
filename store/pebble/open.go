package pebble

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

// Options says how to keep a log. The zero value is ready to use.
type Options struct {
	// Limits on events and appends. Defaults to those of store.Limits.
	Limits store.Limits
	// Logger is told what a person should know. Defaults to none.
	Logger *slog.Logger
	// Cache is how many bytes of the disk are kept in memory. Defaults to 64 MiB.
	Cache int64
	// Recent is how many bytes of the latest events are kept in memory for
	// followers. Defaults to 8 MiB.
	Recent int
	// Heads is how many ends of streams are kept in memory, at about 150 bytes
	// each. Defaults to 100,000.
	Heads int
	// MustExist refuses a folder without a store with fault.CodeNotFound.
	// Defaults to false: the store is made.
	MustExist bool
	// Waiting is how many bytes of appends may wait for the disk before new
	// ones have to wait outside. Defaults to 64 MiB.
	Waiting int

	fs  vfs.FS           // defaults to the disk
	now func() time.Time // defaults to time.Now
	// restoring lets Open touch a backup.
	restoring bool
}

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}

	if o.fs == nil {
		o.fs = vfs.Default
	}

	if o.now == nil {
		o.now = time.Now
	}

	o.Cache = max(o.Cache, 0)
	if o.Cache == 0 {
		o.Cache = 64 << 20
	}

	o.Recent = orDefault(o.Recent, 8<<20)
	o.Heads = orDefault(o.Heads, 100_000)
	o.Waiting = orDefault(o.Waiting, 64<<20)

	return o
}

func orDefault(n, otherwise int) int {
	if n > 0 {
		return n
	}

	return otherwise
}

// mostAtOnce is how many bytes of requests are written in one batch, unless one
// request alone has more.
const mostAtOnce = 4 << 20

// Open opens the log in a folder, or creates it. It fails with
// fault.CodeUnavailable, naming the holder, if another process has it open.
func Open(ctx context.Context, folder string, o Options) (store.Backend, error) {
	if ctx.Err() != nil {
		return store.Backend{}, ended(ctx)
	}

	o = o.withDefaults()
	if err := admit(o.fs, folder, o.MustExist); err != nil {
		return store.Backend{}, err
	}

	folder, err := settle(o.fs, folder)
	if err != nil {
		return store.Backend{}, err
	}

	lock, err := lockFolder(o.fs, folder)
	if err != nil {
		return store.Backend{}, err
	}

	l, err := openLocked(folder, lock, o) //nolint:contextcheck // what goes on in the background outlives the call
	if err != nil {
		return store.Backend{}, errors.Join(err, lock.Close())
	}

	return store.Backend{Log: l, Marks: l.marks, Relay: l.relay, Maintenance: &maintenance{log: l}}, nil
}

// admit looks whether a folder holds a store, or may hold one: what else it
// holds is somebody else's.
func admit(fs vfs.FS, folder string, mustExist bool) error {
	names, err := fs.List(folder)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fault.Unavailable("list the folder %s: %w", folder, err)
	}

	foreign := ""
	for _, name := range names {
		if strings.HasPrefix(name, "marker.manifest.") {
			return nil
		}

		if !isOwnName(name) {
			foreign = name
		}
	}

	if mustExist {
		return fault.NotFound("there is no store in %s: append or import makes one, or name another folder", folder)
	}

	if foreign != "" {
		return fault.Invalid("%s holds no store, but other things (%s): name a folder of the store's own", folder, foreign)
	}

	return nil
}

// isOwnName reports whether a file may be what is left of a store that was
// being made when the power went.
func isOwnName(name string) bool {
	if name == lockName || name == holderName {
		return true
	}

	for _, prefix := range []string{"MANIFEST-", "OPTIONS-", "marker.", "temporary."} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}

	return slices.Contains([]string{".log", ".sst", ".dbtmp"}, path.Ext(name))
}

// settle makes sure that the folder is there, that it may be opened, and that
// it has one name only in this process: Pebble's lock goes by the name.
func settle(fs vfs.FS, folder string) (string, error) {
	if folder == "" {
		return "", fault.Invalid("the store has no folder: name one, such as pebble:recount-data")
	}

	if fs == vfs.Default {
		absolute, err := filepath.Abs(folder)
		if err != nil {
			return "", fault.Unavailable("find the folder %s: %w", folder, err)
		}

		folder = absolute
	}

	if err := fs.MkdirAll(folder, 0o755); err != nil {
		return "", fault.Unavailable("create the folder %s: %w", folder, err)
	}

	if fs == vfs.Default {
		target, err := filepath.EvalSymlinks(folder)
		if err != nil {
			return "", fault.Unavailable("find the folder %s: %w", folder, err)
		}

		folder = target
	}

	return folder, nil
}

func openLocked(folder string, lock io.Closer, o Options) (*log, error) {
	if !o.restoring && exists(o.fs, o.fs.PathJoin(folder, backupName)) {
		return nil, fault.Invalid("%s is a backup: restore it with recount restore, and open what that makes", folder)
	}

	queue := newQueue(o.Waiting, mostAtOnce)
	failure := newFailure(o.Logger, queue.close)
	db, err := openEngine(folder, engineOptions(folder, o, failure), failure)
	if err != nil {
		return nil, openError(folder, err)
	}

	l, err := newLog(folder, db, queue, failure, o)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}

	l.lock = lock

	return l, nil
}

// openEngine opens Pebble, on a goroutine that it may end.
func openEngine(folder string, o *pebble.Options, failure *failure) (db *pebble.DB, err error) {
	opened := make(chan struct{})
	go func() {
		defer close(opened)
		db, err = pebble.Open(folder, o)
	}()
	<-opened

	if failed := failure.err(); failed != nil {
		close(failure.released)
		return nil, failed
	}

	return db, err //nolint:wrapcheck // openError does
}

func openError(folder string, err error) error {
	if pebble.IsCorruptionError(err) {
		return engineDamage("the store "+folder, err)
	}

	return fault.Unavailable("open the store %s: %w", folder, err)
}

// engineOptions are Pebble's options. Large memtables and few, late compactions
// suit data that is written once. Since FormatWALSyncChunks Pebble tells damage
// in the middle of a write-ahead log from its torn end.
func engineOptions(folder string, o Options, failure *failure) *pebble.Options {
	p := &pebble.Options{
		FS:                          &fence{FS: o.fs, folder: folder, failure: failure},
		Logger:                      failure,
		EventListener:               failure.listener(),
		CacheSize:                   o.Cache,
		FormatMajorVersion:          pebble.FormatTableFormatV6,
		MemTableSize:                64 << 20,
		MemTableStopWritesThreshold: 4,
		L0CompactionThreshold:       4,
		L0StopWritesThreshold:       1000,
		MaxOpenFiles:                1000,
	}

	p.Experimental.SpanPolicyFunc = apart
	for i := range p.Levels {
		p.Levels[i].BlockSize = 8 << 10
		p.Levels[i].FilterPolicy = bloom.FilterPolicy(10)
	}

	return p
}

// apart makes Pebble keep each kind of key in tables of its own. Events only
// ever grow at their end, so their tables overlap with nothing and sink to the
// lowest level as they are; with an index in the same table they would be
// written again on each level.
func apart(start []byte) (pebble.SpanPolicy, []byte, error) {
	if len(start) == 0 {
		return pebble.SpanPolicy{}, nil, nil
	}

	return pebble.SpanPolicy{}, []byte{start[0] + 1}, nil
}

// newLog reads the end of the log and starts its committer.
func newLog(folder string, db *pebble.DB, queue *queue, failure *failure, o Options) (*log, error) {
	id, err := readIdentity(db)
	if err != nil {
		return nil, err
	}

	end, latest, err := readEnd(db)
	if err != nil {
		return nil, err
	}

	if len(id.Epochs) == 0 {
		if end > 0 {
			return nil, &store.DamageError{Place: "the log's identity", Problem: "it is missing: restore a backup"}
		}

		if err := create(db, failure, &id); err != nil {
			return nil, fault.Unavailable("create the log in %s: %w", folder, err)
		}
	}

	minter, err := newMinter(id.Epochs)
	if err != nil {
		return nil, fault.Internal("open the log in %s: %w", folder, err)
	}

	l := &log{
		folder: folder, fs: o.fs, db: db, limits: o.Limits, epoch: id.current().ID, minter: minter,
		failure: failure, queue: queue, recent: &recent{minter: minter, limit: o.Recent},
		relay: store.NewLocalRelay(), committed: make(chan struct{}), closing: make(chan struct{}), ended: make(chan struct{}),
	}
	l.marks = &marks{log: l}
	l.durable.Store(end)

	plan := &planner{
		db: db, minter: minter, heads: newHeads(o.Heads / 2), marks: l.marks, position: end, latest: latest,
		given: newRecentIDs(end), commit: &commit{first: end + 1},
	}
	if err := plan.recall(); err != nil {
		return nil, err
	}

	c := &committer{db: db, queue: queue, failure: failure, recent: l.recent, now: o.now, publish: l.makeVisible, plan: plan}
	go c.run(l.committed)

	return l, nil
}

// create makes an empty log. The flush ends the first write-ahead log, which
// Pebble began before it raised its format.
func create(db *pebble.DB, failure *failure, id *identity) error {
	if err := id.begin(db, failure, 0); err != nil {
		return err
	}

	if err := errors.Join(db.Flush(), failure.err()); err != nil {
		return fmt.Errorf("flush: %w", err)
	}

	return nil
}

// readEnd returns the position of the last event and the latest recorded time.
func readEnd(db *pebble.DB) (position uint64, latest int64, err error) {
	it, err := db.NewIter(&pebble.IterOptions{LowerBound: []byte{eventKey}, UpperBound: []byte{eventKey + 1}})
	if err != nil {
		return 0, 0, readError(err, nil)
	}
	defer it.Close()

	if !it.Last() {
		return 0, 0, readError(it.Error(), nil)
	}

	position, whole := parsePlace(it.Key()[1:])
	if !whole {
		return 0, 0, &store.DamageError{Place: "the end of the log", Problem: "the key of the last event is no position"}
	}

	r, problem := openRecord(it.Value(), position)
	if problem != "" {
		return 0, 0, damagedEvent(position, problem)
	}

	return position, r.latest, nil
}

// recall reads what the planner has to know beside the ends of streams.
func (p *planner) recall() error {
	value, closer, err := p.db.Get(ownKeyOf(revisionName))
	if err == nil {
		if revision, whole := parsePlace(value); whole {
			p.revision = store.Revision(revision)
		}

		_ = closer.Close() // never fails for Get
	} else if !errors.Is(err, pebble.ErrNotFound) {
		return readError(err, nil)
	}

	p.collisions = make(map[event.ID]struct{})
	it, err := p.db.NewIter(&pebble.IterOptions{LowerBound: []byte{collisionKey}, UpperBound: []byte{collisionKey + 1}})
	if err != nil {
		return readError(err, nil)
	}
	defer it.Close()

	for ok := it.First(); ok; ok = it.Next() {
		p.collisions[event.ID(it.Key()[1:])] = struct{}{}
	}

	return readError(it.Error(), nil)
}
