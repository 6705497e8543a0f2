package projection

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite" // the driver

	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/internal/wake"
)

// Views is the database of the read side. All methods are safe for concurrent
// use.
type Views struct {
	dialect Dialect
	write   *sql.DB
	read    *sql.DB

	// conn is the one connection that writes to SQLite, and turn the right to
	// use it. PostgreSQL has neither.
	conn *sql.Conn
	turn chan struct{}

	onlyReads bool   // whoever opened it may not write
	temporary string // a folder that ends with Close, or ""
	asked     wake.Signal
	closing   sync.Once
	closed    error

	commits func(commit func() error) error // what tests put around a commit
}

// Open opens the database at a URL, and makes it if need be:
//
//	sqlite:data/views.db   a file, and the folder that it is in
//	sqlite::memory:        one that nobody else sees and that ends with Close
//	postgres://…           a database of PostgreSQL
//
// A URL that is none of these fails with fault.CodeInvalid, a database that does
// not answer with fault.CodeUnavailable.
func Open(ctx context.Context, address string) (*Views, error) {
	v := &Views{commits: func(commit func() error) error { return commit() }}

	var err error

	scheme, rest, _ := strings.Cut(address, ":")
	switch scheme {
	case "sqlite":
		err = v.openSQLite(ctx, rest)
	case "postgres", "postgresql":
		err = v.openPostgres(address)
	default:
		err = unknownViews(scheme)
	}

	if err == nil {
		err = v.prepare(ctx)
	}

	if err != nil {
		return nil, errors.Join(err, v.Close())
	}

	return v, nil
}

// OpenReader opens a database that has views, as Open does, and only reads: it
// makes nothing, writes nothing and waits for no writer. Of what it returns,
// Reader, Dialect, Statuses and Close work; the rest fails with
// fault.CodeInvalid. Where there are no views it fails with fault.CodeNotFound.
func OpenReader(ctx context.Context, address string) (*Views, error) {
	v := &Views{onlyReads: true}

	var err error

	scheme, rest, _ := strings.Cut(address, ":")
	switch {
	case address == "sqlite::memory:":
		err = fault.NotFound("views %q: nobody else sees what is in memory: give a file", address)
	case scheme == "sqlite":
		err = v.readSQLite(rest)
	case scheme == "postgres" || scheme == "postgresql":
		err = v.openPostgres(address)
	default:
		err = unknownViews(scheme)
	}

	if err == nil {
		err = v.look(ctx)
	}

	if err != nil {
		return nil, errors.Join(err, v.Close())
	}

	return v, nil
}

func unknownViews(scheme string) error {
	return fault.Invalid("views %q: give sqlite:FILE, sqlite::memory: or postgres://USER:PASSWORD@HOST/DATABASE", scheme+":")
}

// look fails if there are no views.
func (v *Views) look(ctx context.Context) error {
	query := "select count(*) from sqlite_master where type = 'table' and name = 'recount_projections'"
	if v.dialect == Postgres {
		query = "select count(to_regclass('recount_projections'))"
	}

	var n int
	if err := v.read.QueryRowContext(ctx, query).Scan(&n); err != nil {
		return fault.Unavailable("the views do not answer: %w", err)
	}

	if n == 0 {
		return fault.NotFound("there are no views in this database: recount serve makes them; name another")
	}

	return nil
}

const (
	sqliteReaders = 8
	pgConnections = 8
)

// openSQLite opens a file. What is in memory is a file, too, in a temporary
// folder: only there readers and the writer do not wait for each other.
func (v *Views) openSQLite(ctx context.Context, path string) error {
	switch {
	case path == ":memory:":
		folder, err := os.MkdirTemp("", "recount-views")
		if err != nil {
			return fault.Unavailable("open the views: %w", err)
		}

		v.temporary, path = folder, filepath.Join(folder, "views.db")
	case path == "" || strings.Contains(path, "?"):
		return notAFile(path)
	default:
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			return fault.Unavailable("open the views: %w", err)
		}
	}

	path, err := filepath.Abs(path)
	if err != nil {
		return fault.Unavailable("open the views: %w", err)
	}

	if v.write, err = openFile(path, "&_pragma=journal_mode(wal)&_pragma=synchronous(normal)&_pragma=cache_size(-65536)&_pragma=temp_store(memory)&_pragma=journal_size_limit(67108864)"); err != nil {
		return fault.Unavailable("open the views: %w", err)
	}

	v.write.SetMaxOpenConns(1)

	if v.conn, err = v.write.Conn(ctx); err != nil {
		return fault.Unavailable("open the views %s: %w", path, err)
	}

	v.turn = make(chan struct{}, 1)

	return v.openReaders(path)
}

// readSQLite opens a file that is there.
func (v *Views) readSQLite(path string) error {
	if path == "" || strings.Contains(path, "?") {
		return notAFile(path)
	}

	path, err := filepath.Abs(path)
	if err != nil {
		return fault.Unavailable("open the views: %w", err)
	}

	switch _, err := os.Stat(path); {
	case errors.Is(err, fs.ErrNotExist):
		return fault.NotFound("there are no views in %s: recount serve makes them; name another file", path)
	case err != nil:
		return fault.Unavailable("open the views: %w", err)
	}

	return v.openReaders(path)
}

func notAFile(path string) error {
	return fault.Invalid("views %q: give a file, such as sqlite:data/views.db", "sqlite:"+path)
}

// openFile returns connections to a file, with more options.
func openFile(path, options string) (*sql.DB, error) {
	return sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?_pragma=busy_timeout(10000)"+options)
}

// openReaders opens the connections to a file that cannot write.
func (v *Views) openReaders(path string) error {
	var err error
	if v.read, err = openFile(path, "&mode=ro&_pragma=query_only(1)&_pragma=cache_size(-16384)"); err != nil {
		return fault.Unavailable("open the views: %w", err)
	}

	v.read.SetMaxOpenConns(sqliteReaders)
	v.read.SetMaxIdleConns(sqliteReaders)

	return nil
}

func (v *Views) openPostgres(address string) error {
	v.dialect = Postgres

	config, err := pgx.ParseConfig(address)
	if err != nil {
		return fault.Invalid("the URL of the views is not one of PostgreSQL: give postgres://USER:PASSWORD@HOST/DATABASE") // the error may show the password
	}

	v.write = stdlib.OpenDB(*config)
	v.write.SetMaxOpenConns(pgConnections)
	v.write.SetMaxIdleConns(pgConnections)

	reads := config.Copy()
	reads.RuntimeParams["default_transaction_read_only"] = "on"
	reads.DefaultQueryExecMode = pgx.QueryExecModeDescribeExec // what is prepared would not survive another form of a view
	v.read = stdlib.OpenDB(*reads)
	v.read.SetMaxOpenConns(pgConnections)
	v.read.SetMaxIdleConns(pgConnections)

	return nil
}

// Close ends all connections. Runners must have ended before.
func (v *Views) Close() error {
	v.closing.Do(func() {
		if v.read != nil {
			v.closed = v.read.Close()
		}

		if v.conn != nil {
			v.closed = errors.Join(v.closed, v.conn.Close())
		}

		if v.write != nil {
			v.closed = errors.Join(v.closed, v.write.Close())
		}

		if v.temporary != "" {
			v.closed = errors.Join(v.closed, os.RemoveAll(v.temporary))
		}

		if v.closed != nil {
			v.closed = fmt.Errorf("close the views: %w", v.closed)
		}
	})

	return v.closed
}

// Reader returns connections that cannot write, for queries over the views. It
// is closed by Close.
func (v *Views) Reader() *sql.DB { return v.read }

// Dialect returns the SQL that the database speaks.
func (v *Views) Dialect() Dialect { return v.dialect }
