package projection

// DefaultBatch is how many events a transaction has at most, unless
// Options.Batch says otherwise.
const DefaultBatch = 1000

// Definition says what a projection is. Define makes one; it never changes.
type Definition struct {
	name     string
	options  Options
	handlers []Handler
}

// Options say how a projection is kept.
type Options struct {
	// Version is part of what the projection is: with another one it is built
	// anew. Raise it when the handlers change what they write. Defaults to 0.
	Version int
	// Categories are those whose events it sees. Defaults to all but the
	// system's own.
	Categories []string
	// Tables is the SQL that creates its tables and indexes, for SQLite and
	// PostgreSQL alike: several statements, CREATE TABLE and CREATE INDEX only.
	// Required.
	Tables string
	// ClearStream is a statement with one ?, the name of a stream, which removes
	// all that came of the events of that stream. Defaults to none: then one
	// stream alone cannot be rebuilt.
	ClearStream string
	// Batch is how many events a transaction has at most. Defaults to
	// DefaultBatch.
	Batch int
}

// Define says what a projection is. What is wrong with it is said by New, which
// takes it.
func Define(name string, o Options, handlers ...Handler) *Definition {
	return &Definition{name: name, options: o, handlers: handlers}
}

// Name returns the projection's name.
func (d *Definition) Name() string { return d.name }
