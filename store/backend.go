package store

import "context"

// Backend is a log with what belongs beside it. Closing the log closes all.
type Backend struct {
	// Log is the truth.
	Log Log
	// Marks are checkpoints, leases and snapshots.
	Marks Marks
	// Relay connects the nodes that share the log.
	Relay Relay
	// Maintenance cares for a log that this process keeps itself; nil where
	// the tools of a database do that.
	Maintenance Maintenance
}

// Maintenance cares for the files of a log.
type Maintenance interface {
	// Verify reads the whole log, as it stands at the call, and compares
	// everything with everything: checksums, versions and positions without
	// gap, indexes against events. Writers go on meanwhile. It reports each
	// damaged place to found and goes on; it returns an error only if it could
	// not finish. progress may be nil.
	Verify(ctx context.Context, found func(*DamageError), progress Progress) (Verified, error)

	// Backup writes a consistent copy of the log, as it stands at some moment
	// during the call, into a folder that does not exist yet. Writers go on
	// meanwhile. The copy becomes a log again only by being restored.
	// progress may be nil.
	Backup(ctx context.Context, folder string, progress Progress) error
}

// Progress is told how much of a long work is done: entries that were checked
// by Verify, bytes that were written by Backup and by restoring. total is 0
// where nobody knows. Calls come one at a time.
type Progress func(done, total int64)

// Verified says what a verification looked at.
type Verified struct {
	Events  uint64
	Streams uint64
	// IDs is the number of IDs that callers gave.
	IDs uint64
	// Damages is how many places were found to be damaged.
	Damages uint64
}

// DamageError says that stored bytes are not what the log wrote.
type DamageError struct {
	// Place names what is damaged: an event's position, an index entry.
	Place string
	// Problem says what is wrong with it.
	Problem string
}

// Error names the place and the problem.
func (e *DamageError) Error() string { return "damaged: " + e.Place + ": " + e.Problem }

// FaultCode returns the code that package fault gives this error.
func (*DamageError) FaultCode() string { return "internal" }
