package pebble

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"

	"github.com/recountdev/recount/fault"
)

// failure remembers why the log stopped taking writes, for good. It is Pebble's
// logger, too, because that is where Pebble reports what it cannot go on
// after, such as a manifest that it failed to write: it calls Fatalf, and relies
// on it that this does not return. Failed writes to its write-ahead log are
// caught before, by the fence.
//
// A database that was told "failed" by fsync cannot know what is on the disk,
// and a second fsync may succeed without having written the first one's data
// (Rebello et al., "Can Applications Recover from fsync Failures?", USENIX ATC
// 2020). So there is no second try: a new start reads what is there.
type failure struct {
	logger *slog.Logger

	cause atomic.Pointer[error]
	once  sync.Once
	// stopped is closed when the first cause is known.
	stopped chan struct{}
	// stop is called with the first cause.
	stop func(error)
	// released is closed when the log is closed.
	released chan struct{}
	// crippled is closed when Pebble lost a goroutine, so that it may hang and
	// cannot be closed.
	crippled chan struct{}
	lost     sync.Once
	// urgent says that somebody waits for background work, which then is not
	// tried again when it failed.
	urgent atomic.Bool
}

func newFailure(logger *slog.Logger, stop func(error)) *failure {
	return &failure{logger: logger, stopped: make(chan struct{}), crippled: make(chan struct{}), released: make(chan struct{}), stop: stop}
}

// set remembers the first cause.
func (f *failure) set(err error) {
	f.once.Do(func() {
		err = fault.Unavailable("the log stopped taking writes, and is read-only until it is opened again: %w", err)
		f.cause.Store(&err)
		f.logger.LogAttrs(context.Background(), slog.LevelError, "log stopped taking writes", slog.Any("error", err))
		close(f.stopped)
		f.stop(err)
	})
}

// err returns why the log stopped, or nil.
func (f *failure) err() error {
	if cause := f.cause.Load(); cause != nil {
		return *cause
	}

	return nil
}

// failed reports whether the log stopped.
func (f *failure) failed() bool { return f.cause.Load() != nil }

// Infof drops what Pebble has to tell about its daily work.
func (*failure) Infof(string, ...any) {}

// Errorf passes on what Pebble could not do, but will try again.
func (f *failure) Errorf(format string, args ...any) {
	f.logger.LogAttrs(context.Background(), slog.LevelWarn, "storage engine", slog.String("problem", fmt.Sprintf(format, args...)))
}

// Fatalf stops the log and ends the goroutine that called. That is one of
// Pebble's own, or the committer's.
func (f *failure) Fatalf(format string, args ...any) {
	f.set(fmt.Errorf(format, args...))
	f.lost.Do(func() { close(f.crippled) })
	runtime.Goexit()
}

// isCrippled reports whether Pebble lost a goroutine.
func (f *failure) isCrippled() bool {
	select {
	case <-f.crippled:
		return true
	default:
		return false
	}
}

// flush flushes the memtable, unless background work fails.
func (f *failure) flush(ctx context.Context, db *pebble.DB) error {
	flushed, err := db.AsyncFlush()
	if err != nil {
		return fmt.Errorf("flush: %w", err)
	}

	select {
	case <-flushed:
		return f.err()
	case <-f.crippled:
		return f.err()
	case <-ctx.Done():
		return ended(ctx)
	}
}

// listener passes on what a person should know.
func (f *failure) listener() *pebble.EventListener {
	warn := func(problem string, attrs ...slog.Attr) {
		attrs = append(attrs, slog.String("problem", problem))
		f.logger.LogAttrs(context.Background(), slog.LevelWarn, "storage engine", attrs...)
	}

	return &pebble.EventListener{
		BackgroundError: func(err error) {
			if f.urgent.Load() && !pebble.IsCorruptionError(err) { // damage is no reason not to close
				f.Fatalf("background work failed: %w", err)
			}

			warn("background work failed, trying again", slog.Any("error", err))
		},
		DataCorruption: func(info pebble.DataCorruptionInfo) {
			warn("a file is damaged: run recount verify", slog.String("file", info.Path), slog.Any("error", info.Details))
		},
		WriteStallBegin: func(info pebble.WriteStallBeginInfo) {
			warn("writes wait for the disk", slog.String("reason", info.Reason))
		},
	}
}
