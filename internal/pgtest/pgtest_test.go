package pgtest_test

import (
	"os"
	"strings"
	"testing"

	"github.com/recountdev/recount/internal/pgtest"
)

// TestCluster shows that a cluster starts, gives each test a schema, and leaves
// nothing behind.
func TestCluster(t *testing.T) {
	t.Parallel()

	c, err := pgtest.Start()
	if err != nil {
		t.Fatal(err)
	}

	first, err := c.URL()
	if err != nil {
		t.Error(err)
	}

	second, err := c.URL()
	if err != nil || first == second {
		t.Errorf("two tests got %s and %s, error %v", first, second, err)
	}

	_, folder, _ := strings.Cut(first, "host=")
	folder, _, _ = strings.Cut(folder, "&")

	if _, err := os.Stat(folder + "/.s.PGSQL.5432"); err != nil {
		t.Error(err)
	}

	if err := c.Stop(); err != nil {
		t.Error(err)
	}

	if _, err := os.Stat(folder); !os.IsNotExist(err) {
		t.Errorf("the folder is still there: %v", err)
	}
}
