package bench

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"

	"github.com/recountdev/recount/fault"
)

// database is where projections are built. It is used by one goroutine.
type database interface {
	// name is one for people, and prefix begins the names of figures.
	name() string
	prefix() string
	// bar returns the least ratio of a rebuild to bare inserts, or 0.
	bar() float64
	// rows is how many rows bare inserts put into a statement: as many as are
	// fastest.
	rows() int
	// place makes a place with nothing in it.
	place(ctx context.Context) (place, error)
	// statement returns one that has ? as placeholder as the database wants it.
	statement(query string) string
}

// place is one that views, or bare tables, have for themselves.
type place struct {
	// address is the URL of the views.
	address string
	// open opens a connection, as that which writes the views.
	open func() (*sql.DB, error)
	// remove removes all.
	remove func(ctx context.Context) error
}

// rebuildBar is the least ratio of a rebuild in SQLite to bare inserts.
const rebuildBar = 0.7

// sqliteFiles makes files in a folder.
type sqliteFiles struct {
	folder string
	made   int
}

func (*sqliteFiles) name() string                  { return "SQLite" }
func (*sqliteFiles) prefix() string                { return "" }
func (*sqliteFiles) bar() float64                  { return rebuildBar }
func (*sqliteFiles) rows() int                     { return 8 } // its driver looks for every value among all of a statement
func (*sqliteFiles) statement(query string) string { return query }

// bareOptions are those of the connection that writes the views.
const bareOptions = "?_pragma=busy_timeout(10000)&_pragma=journal_mode(wal)&_pragma=synchronous(normal)&_pragma=cache_size(-65536)" +
	"&_pragma=temp_store(memory)&_pragma=journal_size_limit(67108864)"

func (s *sqliteFiles) place(context.Context) (place, error) {
	s.made++
	folder := filepath.Join(s.folder, strconv.Itoa(s.made))

	if err := os.MkdirAll(folder, 0o700); err != nil {
		return place{}, err
	}

	file, err := filepath.Abs(filepath.Join(folder, "views.db"))
	if err != nil {
		return place{}, err
	}

	return place{
		address: "sqlite:" + file,
		open: func() (*sql.DB, error) {
			return openOne("sqlite", "file:"+(&url.URL{Path: file}).EscapedPath()+bareOptions)
		},
		remove: func(context.Context) error { return os.RemoveAll(folder) },
	}, nil
}

// openOne opens a database that uses one connection.
func openOne(driver, address string) (*sql.DB, error) {
	db, err := sql.Open(driver, address)
	if err != nil {
		return nil, err
	}

	db.SetMaxOpenConns(1)

	return db, nil
}

// postgresSchemas makes schemas in a PostgreSQL.
type postgresSchemas struct {
	address *url.URL
	db      *sql.DB
	made    int
}

// connectPostgres returns the PostgreSQL at a URL.
func connectPostgres(ctx context.Context, address string) (*postgresSchemas, error) {
	parsed, err := url.Parse(address)
	if err != nil || parsed.Scheme != "postgres" && parsed.Scheme != "postgresql" {
		return nil, fault.Invalid("the URL is not one of PostgreSQL: give postgres://USER:PASSWORD@HOST/DATABASE") // the error may show the password
	}

	db, err := openOne("pgx", address)
	if err != nil {
		return nil, fault.Invalid("the URL is not one of PostgreSQL: give postgres://USER:PASSWORD@HOST/DATABASE")
	}

	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(fault.Unavailable("PostgreSQL does not answer: %w", err), db.Close())
	}

	return &postgresSchemas{address: parsed, db: db}, nil
}

func (*postgresSchemas) name() string                  { return "PostgreSQL" }
func (*postgresSchemas) prefix() string                { return "postgres_" }
func (*postgresSchemas) bar() float64                  { return 0 }
func (*postgresSchemas) rows() int                     { return 64 }
func (*postgresSchemas) statement(query string) string { return numbered(query) }

func (p *postgresSchemas) close(context.Context) error { return p.db.Close() }

func (p *postgresSchemas) place(ctx context.Context) (place, error) {
	p.made++
	schema := fmt.Sprintf("recount_bench_%d_%d", os.Getpid(), p.made)

	if _, err := p.db.ExecContext(ctx, "create schema "+schema); err != nil {
		return place{}, fault.Unavailable("make a schema to measure in: %w", err)
	}

	address := *p.address
	query := address.Query()
	query.Set("search_path", schema)
	address.RawQuery = query.Encode()

	return place{
		address: address.String(),
		open:    func() (*sql.DB, error) { return openOne("pgx", address.String()) },
		remove: func(ctx context.Context) error {
			_, err := p.db.ExecContext(context.WithoutCancel(ctx), "drop schema "+schema+" cascade")

			return err
		},
	}, nil
}
