package projection

// Dialect is the SQL that a database speaks.
type Dialect uint8

// The dialects.
const (
	SQLite Dialect = iota
	Postgres
)

// String returns the name of the database.
func (d Dialect) String() string {
	if d == Postgres {
		return "PostgreSQL"
	}

	return "SQLite"
}
