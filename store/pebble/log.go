package pebble

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

// log is the log of a folder.
type log struct {
	folder string
	fs     vfs.FS
	db     *pebble.DB
	lock   io.Closer
	limits store.Limits
	epoch  string
	minter *minter

	failure *failure
	queue   *queue
	recent  *recent
	relay   *store.LocalRelay
	marks   *marks
	pool    sync.Pool // of *request

	durable   atomic.Uint64 // position of the last event that readers may see
	committed chan struct{} // closed when the committer has ended

	use     sync.RWMutex // held for reading by whoever uses db
	closed  bool         // under use
	closing chan struct{}
	once    sync.Once
	ended   chan struct{} // closed when everything is released
	result  error         // of closing, good when ended is closed
	told    atomic.Bool   // somebody got the result
}

var _ store.Log = (*log)(nil)

var errClosed = fault.Unavailable("the log is closed: open it again")

// ended returns why a context ended: its error and, if there is one, its cause.
func ended(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if errors.Is(cause, err) {
		return cause //nolint:wrapcheck // the caller's own words
	}

	return fmt.Errorf("%w: %w", err, cause)
}

// enter lets a call use the database until leave.
func (l *log) enter(ctx context.Context) error {
	if ctx.Err() != nil {
		return ended(ctx)
	}

	if err := l.isClosing(); err != nil {
		return err
	}

	l.use.RLock()
	if l.closed {
		l.use.RUnlock()
		return errClosed
	}

	return nil
}

// isClosing returns why the log takes nothing more, or nil.
func (l *log) isClosing() error {
	select {
	case <-l.closing:
		return errClosed
	default:
		return nil
	}
}

func (l *log) leave() { l.use.RUnlock() }

// Append implements store.Log.
func (l *log) Append(ctx context.Context, batches ...store.Batch) (store.Receipt, error) {
	if ctx.Err() != nil {
		return store.Receipt{}, fault.Unavailable("nothing was written: %w", ended(ctx))
	}

	if err := l.isClosing(); err != nil {
		return store.Receipt{}, err
	}

	if err := l.limits.Check(batches); err != nil {
		return store.Receipt{}, err
	}

	r, ok := l.pool.Get().(*request)
	if !ok {
		r = newRequest()
	}

	r.encode(batches)
	if r.given {
		if err := l.lookUpIDs(ctx, r); err != nil {
			return store.Receipt{}, err
		}
	}

	if err := l.submit(ctx, r); err != nil {
		return store.Receipt{}, err
	}

	receipt := r.receipt(l.minter)
	r.recycle()
	l.pool.Put(r)

	return receipt, nil
}

// submit hands a request to the committer and waits for its answer.
func (l *log) submit(ctx context.Context, r *request) error {
	if err := l.queue.put(ctx, r); err != nil {
		return err
	}

	select {
	case <-r.done:
		return r.err
	case <-ctx.Done():
	case <-l.failure.stopped:
		return l.stopped(r)
	}

	if r.state.CompareAndSwap(waiting, abandoned) {
		return fault.Unavailable("nothing was written: %w", ended(ctx))
	}

	select {
	case <-r.done:
		return r.err
	default:
		return r.unknownOutcome(ended(ctx))
	}
}

// stopped returns what a request came to when the log failed, without waiting
// for a committer that may hang for good.
func (l *log) stopped(r *request) error {
	select {
	case <-r.done:
		return r.err
	default:
		return r.unknownOutcome(l.failure.err())
	}
}

// makeVisible lets readers see the log up to a position.
func (l *log) makeVisible(position uint64) { l.durable.Store(position) }

// Head implements store.Log.
func (l *log) Head(ctx context.Context, stream event.Stream) (event.Version, error) {
	if err := l.enter(ctx); err != nil {
		return 0, err
	}
	defer l.leave()

	if err := l.limits.Event.CheckStream(stream); err != nil {
		return 0, err
	}

	return l.head(stream, l.durable.Load())
}

// head returns the version of a stream up to a position.
func (l *log) head(stream event.Stream, durable uint64) (event.Version, error) {
	it, err := l.db.NewIter(streamBounds(stream))
	if err != nil {
		return 0, readError(err, nil)
	}
	defer it.Close()

	for ok := it.Last(); ok; ok = it.Prev() {
		_, version, _ := parseStreamKey(it.Key())
		position, whole := parsePlace(it.Value())
		if !whole {
			return 0, damagedIndex([]byte(stream), version, "it is no position")
		}

		if position <= durable {
			return version, nil
		}
	}

	return 0, readError(it.Error(), nil)
}

// State implements store.Log.
func (l *log) State(ctx context.Context) (store.State, error) {
	if err := l.enter(ctx); err != nil {
		return store.State{}, err
	}
	defer l.leave()

	return store.State{Epoch: l.epoch, Head: event.PositionAt(l.durable.Load())}, nil
}

// Close implements store.Log.
func (l *log) Close(ctx context.Context) error {
	l.once.Do(func() { //nolint:contextcheck // closing goes on when nobody waits any more
		close(l.closing)
		l.failure.urgent.Store(true)
		l.queue.close(errClosed)
		l.relay.Close()
		go l.shutDown()
	})

	select {
	case <-l.ended:
		if l.told.Swap(true) {
			return nil
		}

		return l.result
	case <-ctx.Done():
		return fault.Unavailable("close the log: it goes on in the background: %w", ended(ctx))
	}
}

// shutDown waits for the committer and the readers, then releases everything.
// After a failure the fence keeps what is left of Pebble away from the disk.
func (l *log) shutDown() {
	defer close(l.ended)
	defer func() { l.result = errors.Join(l.result, l.lock.Close()) }()

	select {
	case <-l.committed:
	case <-l.failure.crippled: // it may never end
	}

	l.use.Lock()
	l.closed = true
	l.use.Unlock()

	l.result = l.failure.err()
	close(l.failure.released)

	err := closeEngine(l.db, l.failure)
	if err == nil {
		l.releaseRoom()
	} else if l.result == nil {
		l.result = fault.Internal("close the log in %s: %w", l.folder, err)
	}
}

// releaseRoom gives back what the disk promised the write-ahead logs beyond
// their ends, which is more than a small log has in all.
func (l *log) releaseRoom() {
	if l.fs != vfs.Default {
		return
	}

	files, _ := os.ReadDir(l.folder) // only to save room
	for _, file := range files {
		if filepath.Ext(file.Name()) != ".log" {
			continue
		}

		if info, err := file.Info(); err == nil {
			_ = os.Truncate(filepath.Join(l.folder, file.Name()), info.Size())
		}
	}
}
