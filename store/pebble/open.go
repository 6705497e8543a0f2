package pebble

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/cockroachdb/pebble/v2"
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

func openLocked(folder string, lock io.Closer, o Options) (*log, error) {
	if !o.restoring && exists(o.fs, o.fs.PathJoin(folder, backupName)) {
		return nil, fault.Invalid("%s is a backup: restore it with recount restore, and open what that makes", folder)
	}

	queue := newQueue(o.Waiting, mostAtOnce)
	failure := newFailure(o.Logger, queue.close)
	failure.urgent.Store(true)
	db, err := openEngine(folder, engineOptions(folder, o, failure), failure)
	if err != nil {
		return nil, openError(folder, err)
	}

	l, err := newLog(folder, db, queue, failure, o)
	if err != nil {
		return nil, cmp.Or(failure.err(), errors.Join(err, closeEngine(db, failure)))
	}

	failure.urgent.Store(false)

	l.lock = lock

	return l, nil
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

	if err := failure.flush(context.Background(), db); err != nil {
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
		revision, whole := parsePlace(value)
		_ = closer.Close() // never fails for Get
		if !whole {
			return &store.DamageError{Place: "the last revision of marks", Problem: "it is no number"}
		}

		p.revision = store.Revision(revision)
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
