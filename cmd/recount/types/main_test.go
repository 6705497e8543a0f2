package types_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"github.com/recountdev/recount/category"
	"github.com/recountdev/recount/cmd/recount/types"
)

func TestMain(m *testing.M) {
	flag.Bool("update", false, "write the files in testdata anew")
	goleak.VerifyTestMain(m)
}

// golden compares a text with a file in testdata, or writes it with -update.
func golden(t *testing.T, name, got string) {
	t.Helper()

	file := filepath.Join("testdata", name)
	if f := flag.Lookup("update"); f.Value.String() == "true" {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}

		return
	}

	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}

	if got != string(want) {
		t.Errorf("%s is another (run with -update if that is right):\n%s", file, got)
	}
}

// generate returns the types of what declares these categories.
func generate(t *testing.T, categories map[string]category.Declaration) string {
	t.Helper()

	got, err := types.Generate("recount.yaml", categories)
	if err != nil {
		t.Fatal(err)
	}

	return got
}
