package journal_test

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/recountdev/recount/internal/pgtest"
)

// postgres is shared by the tests of the package.
var postgres *pgtest.Cluster

func TestMain(m *testing.M) {
	var err error
	if postgres, err = pgtest.Start(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}

	// A connection whose query was given up is closed by pgx on its own time, of 15 s at most.
	closing := goleak.IgnoreAnyFunction("github.com/jackc/pgx/v5/pgconn.(*PgConn).asyncClose.func1")
	goleak.VerifyTestMain(m, closing, goleak.Cleanup(func(code int) {
		if err := postgres.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}

		os.Exit(code)
	}))
}
