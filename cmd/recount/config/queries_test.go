package config_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/projection/query"
)

func TestLoadQueries(t *testing.T) {
	t.Parallel()

	dir := folder(t)

	c, err := load(t, dir, `
views: sqlite:data/views.db
queries:
  plain: { sql: select 1 as n }
  full:
    sql: |
      select type from journal
      where type = :type and position > :from;
    params: { type: text, from: { type: integer, default: 0 } }
    guard: "operation == 'query' && type == 'full'"
    max_rows: 10
    timeout: 90s
`, nil)
	if err != nil {
		t.Fatal(err)
	}

	if c.Views != "sqlite:"+filepath.Join(dir, "data", "views.db") {
		t.Errorf("views: %s", c.Views)
	}

	plain, full := c.Queries["plain"], c.Queries["full"]
	if len(c.Queries) != 2 || plain.SQL != "select 1 as n" || plain.Guard != nil || plain.MaxRows != 0 || plain.Timeout != 0 {
		t.Errorf("plain: %+v", plain)
	}

	if full.MaxRows != 10 || full.Timeout != 90*time.Second || full.Params["type"].Type != query.Text || full.Params["from"].Type != query.Integer || *full.Params["from"].Default != "0" {
		t.Errorf("full: %+v", full)
	}

	for name, allowed := range map[string]bool{"full": true, "other": false} {
		if err := full.Guard.Decide(t.Context(), &auth.Request{Operation: "query", Type: name}); (err == nil) != allowed {
			t.Errorf("the guard says of %s: %v", name, err)
		}
	}

	// What stands in the environment goes before the file.
	c, err = load(t, dir, "views: sqlite:x", map[string]string{"RECOUNT_VIEWS": "postgres://u:p@127.0.0.1/views"})
	if err != nil || c.Views != "postgres://u:p@127.0.0.1/views" {
		t.Errorf("views: %v, %v", c, err)
	}
}

func TestQueryProblems(t *testing.T) {
	t.Parallel()

	for text, want := range map[string][]string{
		"views: data":                       {`1:8: views: "data" has no scheme: write sqlite:FILE, "sqlite::memory:" or postgres://USER:PASSWORD@HOST/DATABASE`},
		"views: sqlit:x":                    {`1:8: views: sqlit: is no scheme of views: did you mean sqlite:?`},
		"views: mysql://x":                  {`1:8: views: mysql: is no scheme of views: write sqlite:FILE, "sqlite::memory:" or postgres://USER:PASSWORD@HOST/DATABASE`},
		"views: 'sqlite:'":                  {`1:8: views: "sqlite:" names no file: write sqlite:FILE, "sqlite::memory:" or postgres://USER:PASSWORD@HOST/DATABASE`},
		"queries: [a]":                      {`1:10: queries takes a query each as a key, not a list: write its name and a colon`},
		"queries:\n  a:":                    {`2:3: query "a" needs sql: give a SELECT, as in { sql: "select count(*) as n from journal" }`},
		"queries:\n  a: { max_rows: 1 }":    {`2:3: query "a" needs sql: give a SELECT, as in { sql: "select count(*) as n from journal" }`},
		"queries:\n  a: { sqll: select 1 }": {`2:3: query "a" needs sql: give a SELECT, as in { sql: "select count(*) as n from journal" }`, `2:8: unknown key "sqll": did you mean sql?`},
		"queries:\n  a: { sql: delete from journal }": {
			`2:13: query a: it begins with delete: a query reads, so it begins with SELECT, WITH or VALUES`,
		},
		"queries:\n  a:\n    sql: |\n      select :typ\n    params: { type: text }": {`3:10: query a: the parameter :typ is not declared: did you mean :type?`},
		"queries:\n  a: { sql: select 1, params: { n: intger } }":                   {`2:36: type: "intger" is unknown: did you mean integer?`},
		"queries:\n  a: { sql: select 1, params: { n: text } }":                     {`2:13: query a: the parameter n does not stand in the SQL: write :n where it belongs, or take it out`},
		"queries:\n  a: { sql: 'select :n', params: { n: intger } }":                {`2:39: type: "intger" is unknown: did you mean integer?`},
		"queries:\n  a: { sql: 'select :n', params: { n: { type: integer, default: x } } }": {
			`2:65: default: "x" is no whole number: give one such as 17`,
		},
		"queries:\n  a: { sql: 'select 1', guard: caller.roll }":               {`2:32: guard: no variable is called "caller.roll"`},
		"queries:\n  a: { sql: 'select 1', timeout: 5 }":                       {`2:34: timeout: "5" lacks its unit: write 5s or 5m`},
		"queries:\n  a b: { sql: 'select 1' }":                                 {`2:15: query "a b": a name has letters, digits, _ and -, a letter first, and at most 64 of them`},
		"views: postgres://127.0.0.1/x\nqueries:\n  a: { sql: 'select x[1]' }": nil,
		"queries:\n  a: { sql: 'select x[1]' }":                                {`2:13: query a: there is a [ in it: names that need it stand in double quotes`},
	} {
		got := problemsOf(t, folder(t), text, nil)
		if !slices.EqualFunc(got, want, strings.HasPrefix) {
			t.Errorf("%s:\n got %q\nwant %q", text, got, want)
		}
	}
}
