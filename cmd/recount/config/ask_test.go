package config_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/recountdev/recount/cmd/recount/config"
	"github.com/recountdev/recount/projection"
)

// TestLoadCategories sees that what a setting takes from a variable need not be
// there, and that all other mistakes are told.
func TestLoadCategories(t *testing.T) {
	t.Parallel()

	for part, text := range map[string]string{
		"tls":    "tls: { cert: env:NONE, key: nowhere.pem }",
		"jwt":    "auth: { jwt: { secret: env:NONE, algorithms: [HS256] } }",
		"limits": "limits: { data: env:NONE, append_bytes: 1KiB }",
		"views":  "views: env:NONE\nqueries: { a: { sql: 'select x[1]' } }",
	} {
		dir := folder(t)
		write(t, dir, "recount.yaml", text+"\ncategories: { meeting: { signals: [typing] } }")

		load := func() (int, error) {
			declared, err := config.LoadCategories(filepath.Join(dir, "recount.yaml"), func(string) string { return "" })

			return len(declared["meeting"].Signals), err
		}

		if signals, err := load(); err != nil || signals != 1 {
			t.Errorf("%s: %d signals, %v", part, signals, err)
		}

		write(t, dir, "recount.yaml", text+"\nstore: x\ncategories: { meeting: { signals: [typing, typing] } }")

		_, err := load()
		if problems, ok := errors.AsType[config.Problems](err); !ok || len(problems) != 2 {
			t.Errorf("%s: %v", part, err)
		}
	}
}

// TestUnsetVariableAlone sees that one mistake is told where a variable is not
// set, and not what would follow from it.
func TestUnsetVariableAlone(t *testing.T) {
	t.Parallel()

	for text, want := range map[string]string{
		"tls: { cert: env:NONE, key: nowhere.pem }":               `1:14: tls.cert: the environment variable "NONE" is not set`,
		"limits: { data: env:NONE, append_bytes: 64KiB }":         `1:17: limits.data: the environment variable "NONE" is not set`,
		"views: env:NONE\nqueries: { a: { sql: 'select x[1]' } }": `1:8: views: the environment variable "NONE" is not set`,
	} {
		if got := problemsOf(t, folder(t), text, nil); !slices.Equal(got, []string{want}) {
			t.Errorf("%s: %q", text, got)
		}
	}
}

// TestCheckAsksOnce sees when views are opened, and what becomes of them.
func TestCheckAsksOnce(t *testing.T) {
	t.Parallel()

	const queries = "\nauth: { anonymous: true }\ncategories: { m: }\nqueries:\n  a: { sql: select 1 }\n  b: { sql: select x from recount_projections }\n  c: { sql: delete }\n"

	for text, want := range map[string]struct {
		opened   int
		problems []string
	}{
		"":            {0, nil},
		"queries: {}": {0, nil},
		"queries: { a: { sql: delete from journal } }": {0, []string{"query a: it begins with delete"}},
		"listen: x" + queries:                          {1, []string{"listen: ", "query b: there is no column x", "query c: it begins with delete"}},
		"store: data" + queries:                        {0, []string{"store: ", "query c: "}},
		"views: data" + queries:                        {0, []string{"views: ", "query c: "}},
	} {
		dir := folder(t)
		write(t, dir, "recount.yaml", text)

		opened := 0
		_, err := config.Check(t.Context(), filepath.Join(dir, "recount.yaml"), func(string) string { return "" }, func(ctx context.Context, _ *config.Config) (*projection.Views, error) {
			opened++

			return projection.Open(ctx, "sqlite::memory:")
		})

		problems, _ := errors.AsType[config.Problems](err)
		if opened != want.opened || !slices.EqualFunc(problems, want.problems, func(p config.Problem, begin string) bool { return strings.HasPrefix(p.Message, begin) }) {
			t.Errorf("%q: opened %d times, %v", text, opened, err)
		}
	}
}

// TestCheckThatEnds sees that a check which was interrupted says nothing of the
// configuration.
func TestCheckThatEnds(t *testing.T) {
	t.Parallel()

	dir := folder(t)
	write(t, dir, "recount.yaml", "queries: { a: { sql: select 1 } }")

	ctx, interrupt := context.WithCancel(t.Context())

	c, err := config.Check(ctx, filepath.Join(dir, "recount.yaml"), func(string) string { return "" }, func(ctx context.Context, _ *config.Config) (*projection.Views, error) {
		defer interrupt()

		return projection.Open(ctx, "sqlite::memory:")
	})
	if c != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("got %+v, %v", c, err)
	}
}
