package storetest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/recountdev/recount/store/storetest"
)

// TestCitations checks that every case cites a sentence that stands in the
// contract, so that case and contract change together.
func TestCitations(t *testing.T) {
	t.Parallel()

	contract := comments(t, "../*.go") + comments(t, "../../event/*.go")
	seen := make(map[string]bool)

	for _, c := range storetest.Citations() {
		if !strings.Contains(contract, c.Says) {
			t.Errorf("case %s cites %q, which no comment of store or event says", c.Case, c.Says)
		}

		if seen[c.Case] {
			t.Errorf("two cases are named %s", c.Case)
		}

		seen[c.Case] = true
	}
}

// comments returns the comments of files as running text.
func comments(t *testing.T, pattern string) string {
	t.Helper()

	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no files %s: %v", pattern, err)
	}

	var words []string

	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}

		for line := range strings.Lines(string(text)) {
			if comment, found := strings.CutPrefix(strings.TrimSpace(line), "//"); found {
				words = append(words, strings.Fields(comment)...)
			}
		}
	}

	return strings.Join(words, " ")
}
