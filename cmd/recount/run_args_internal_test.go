package main

import (
	"bytes"
	"strings"
	"testing"
)

// Arguments that the parser would change are refused, not recorded otherwise
// than they were given.
func TestArgumentsAreUTF8(t *testing.T) {
	t.Parallel()

	for _, args := range [][]string{
		{"append", "m:\xff", "x"},
		{"append", "m:1", "x", "--data", "\"\xff\""},
		{"append", "m:1", "x", "--actor=\xfe"},
	} {
		var out, problems bytes.Buffer
		code := run(t.Context(), append(args, "--store", "memory:"), environment{
			getenv: func(string) string { return "" }, stdin: strings.NewReader(""), stdout: &out, stderr: &problems,
		})
		if code != exitFailed || !strings.Contains(problems.String(), "is not UTF-8") || out.Len() > 0 {
			t.Errorf("%q: code %d, %s%s", args, code, &out, &problems)
		}
	}
}

// An export of a category that cannot be is refused, not empty.
func TestExportOfNoCategory(t *testing.T) {
	t.Parallel()

	for _, category := range []string{"meeting:*", "meeting:42"} {
		var out, problems bytes.Buffer
		code := run(t.Context(), []string{"export", "--category", category, "--store", "memory:"}, environment{
			getenv: func(string) string { return "" }, stdin: strings.NewReader(""), stdout: &out, stderr: &problems,
		})
		if code != exitFailed || !strings.Contains(problems.String(), "is no category") {
			t.Errorf("%s: code %d, %s", category, code, &problems)
		}
	}
}
