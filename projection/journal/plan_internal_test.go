package journal

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/projection"
)

// TestPlans sees that SQLite reads a page from an index, in its order, whatever is
// asked for: no page depends on how much there is.
func TestPlans(t *testing.T) {
	t.Parallel()

	views, err := projection.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "views.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer views.Close()

	db := views.Reader()
	if _, err := db.ExecContext(t.Context(), "pragma query_only = 0; pragma temp_store = 2"); err != nil {
		t.Fatal(err)
	}

	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()

	for statement := range strings.SplitSeq(strings.ReplaceAll(Tables, "create table journal", "create temp table journal"), ";") {
		statement = strings.ReplaceAll(statement, "create index ", "create index temp.")
		if _, err := conn.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}

	full := Query{Stream: "a:1", Category: "a", Type: "x", Actor: "ada", Subject: "s", Limit: 10, Before: event.PositionAt(9)}
	for name, c := range map[string]struct {
		query Query
		index string
	}{
		"everything": {Query{Limit: 10}, "journal_by_place"},
		"stream":     {Query{Stream: "a:1", Limit: 10}, "journal_by_stream"},
		"category":   {Query{Category: "a", Limit: 10}, "journal_by_category"},
		"type":       {Query{Type: "a", Limit: 10}, "journal_by_type"},
		"actor":      {Query{Actor: "a", Limit: 10}, "journal_by_actor"},
		"subject":    {Query{Subject: "a", Limit: 10}, "journal_by_subject"},
		"all of it":  {full, "journal_by_stream"},
		"two":        {Query{Type: "x", Actor: "ada", Limit: 10}, "journal_by_actor"},
	} {
		for _, all := range []bool{false, true} {
			for _, forward := range []bool{false, true} {
				q := c.query
				q.All, q.Forward = all, forward

				got := planOf(t, conn, &q)

				// With all, the few rows of the two parts are put in order.
				if !strings.Contains(got, c.index+" (") || strings.Contains(got, "SCAN l") || strings.Contains(got, "SCAN f") || !all && strings.Contains(got, "TEMP B-TREE") {
					t.Errorf("%s, all %t, forward %t:\n%s", name, all, forward, got)
				}
			}
		}
	}
}

// planOf returns how SQLite would run a query.
func planOf(t *testing.T, conn *sql.Conn, q *Query) string {
	t.Helper()

	text, args := q.statement(projection.SQLite)

	rows, err := conn.QueryContext(t.Context(), "explain query plan "+text, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()

	var plan strings.Builder
	for rows.Next() {
		var (
			id, parent, unused int
			detail             string
		)

		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}

		fmt.Fprintln(&plan, detail)
	}

	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}

	return plan.String()
}
