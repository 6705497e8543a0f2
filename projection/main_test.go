package projection_test

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/recountdev/recount/internal/pgtest"
)

// cluster is the PostgreSQL of this run of tests.
var cluster *pgtest.Cluster

func TestMain(m *testing.M) {
	if os.Getenv(victimLog) != "" {
		if err := runVictim(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}

		os.Exit(0)
	}

	var err error
	if cluster, err = pgtest.Start(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}

	// A connection whose query was given up is closed by pgx on its own time, of 15 s at most.
	closing := goleak.IgnoreAnyFunction("github.com/jackc/pgx/v5/pgconn.(*PgConn).asyncClose.func1")
	goleak.VerifyTestMain(m, closing, goleak.Cleanup(func(code int) {
		if err := cluster.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)

			code = 1
		}

		os.Exit(code)
	}))
}
