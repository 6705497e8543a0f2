package pebble

import (
	"context"
	"errors"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"

	"github.com/recountdev/recount/fault"
)

// openEngine opens Pebble, on a goroutine that it may end.
func openEngine(folder string, o *pebble.Options, failure *failure) (*pebble.DB, error) {
	type result struct {
		db  *pebble.DB
		err error
	}

	opened := make(chan result, 1)
	go func() {
		db, err := pebble.Open(folder, o)
		opened <- result{db, err}
	}()

	var r result
	select {
	case r = <-opened:
	case <-failure.crippled: // it may never open
		return nil, failure.err()
	}

	if failed := failure.err(); failed != nil {
		if r.db != nil {
			_ = closeEngine(r.db, failure) // the first error says more
		}

		return nil, failed
	}

	return r.db, r.err
}

// closeEngine closes Pebble, unless it lost a goroutine and would wait for it
// for ever. Flushed before, the next start has nothing to replay, and damage of
// what it reads is always found.
func closeEngine(db *pebble.DB, failure *failure) error {
	closed := make(chan error, 1)
	go func() {
		var err error
		if !failure.failed() {
			err = failure.flush(context.Background(), db)
		}

		if !failure.isCrippled() {
			err = errors.Join(err, db.Close())
		}

		closed <- err
	}()

	select {
	case err := <-closed:
		return err
	case <-failure.crippled:
		return failure.err()
	}
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
