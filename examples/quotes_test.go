// Package examples_test sees that the docs quote the examples as they are.
package examples_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// quote is a block of Go in a page, behind a link to the file that it is from.
var quote = regexp.MustCompile("(?s)\\]\\(([^)\n]*\\.go)\\)[^`]*:\n\n```go\n(.*?)```\n")

func TestQuotes(t *testing.T) {
	t.Parallel()

	// A page, and how many of its blocks say what could be written.
	for page, most := range map[string]int{"aggregates.md": 0, "library.md": 7} {
		text, err := os.ReadFile(filepath.Join("..", "docs", page))
		if err != nil {
			t.Fatal(err)
		}

		quotes := quote.FindAllStringSubmatch(string(text), -1)
		if blocks := strings.Count(string(text), "\n```go\n"); len(quotes) < blocks-most || len(quotes) == 0 {
			t.Errorf("%s: %d of %d blocks of Go say where they are from: write From [file](../file) and a colon before each", page, len(quotes), blocks)
		}

		for _, of := range quotes {
			source, err := os.ReadFile(filepath.Join("..", "docs", of[1]))
			if err != nil {
				t.Errorf("%s: %v", page, err)

				continue
			}

			for _, part := range strings.SplitAfter(of[2], "\n}\n") { // functions may stand apart there
				if !strings.Contains("\n"+flat(string(source))+"\n", "\n"+flat(part)+"\n") {
					t.Errorf("%s: this is not in %s any more:\n%s", page, of[1], part)
				}
			}
		}
	}
}

// flat returns a text without its indentation.
func flat(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimSpace(line)
	}

	return strings.Join(lines, "\n")
}
