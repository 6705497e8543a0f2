package sqltext_test

import (
	"strings"
	"testing"

	"github.com/recountdev/recount/projection/internal/sqltext"
)

func TestRewrite(t *testing.T) {
	t.Parallel()

	names := map[string]string{"votes": "votes__g3", "by_topic": "by_topic__g3"}

	for _, c := range []struct{ text, want string }{
		{"", ""},
		{"select * from votes where n > ? and m < ?", "select * from votes__g3 where n > $1 and m < $2"},
		{"select votes.n, v.votes, v . votes from VOTES v", "select votes__g3.n, v.votes, v . votes from votes__g3 v"},
		{"select v. /* , */ votes", "select v. /* , */ votes"},
		{`select "votes", "Votes", "vo""tes"`, `select votes__g3, "Votes", "vo""tes"`},
		{"select 'votes ?', 'it''s votes', '' -- votes ?\n, votes", "select 'votes ?', 'it''s votes', '' -- votes ?\n, votes__g3"},
		{"select $$votes ?$$, $a$votes $$ ?$a$, ?", "select $$votes ?$$, $a$votes $$ ?$a$, $1"},
		{"select /* votes ? ; */ 1votes, votes2, _votes, votes$, vötes", "select /* votes ? ; */ 1votes, votes2, _votes, votes$, vötes"},
		{"create unique index by_topic on votes (topic)", "create unique index by_topic__g3 on votes__g3 (topic)"},
		{"select x'00', cast(? as text), a::votes", "select x'00', cast($1 as text), a::votes__g3"},
		{"select 1.5e3, .5, -votes -- at the end", "select 1.5e3, .5, -votes__g3 -- at the end"},
	} {
		tokens, err := sqltext.Scan(c.text)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
		}

		if got, params := sqltext.Rewrite(tokens, names, true); got != c.want || params != strings.Count(got, "$1")+strings.Count(got, "$2") {
			t.Errorf("%s\n got %s, %d placeholders\nwant %s", c.text, got, params, c.want)
		}
	}
}

func TestScanRefuses(t *testing.T) {
	t.Parallel()

	for text, want := range map[string]string{
		"select 'a":             "a string is not closed",
		"select 'a''":           "a string is not closed",
		`select "a`:             "a name is not closed",
		"\n\nselect /* a":       "line 3: a comment is not closed",
		"/* a /* b */ c */":     "a comment stands in a comment",
		"select $a$ b":          "a string is not closed: end it with $a$",
		"select $1":             "the placeholder is ?",
		"select $":              "the placeholder is ?",
		"select ?1":             "only ? alone",
		"select a ?| b":         "only ? alone",
		"select ?& b":           "only ? alone",
		"select `a`":            "double quotes",
		"select E'a\\'; drop '": "only PostgreSQL knows",
		`select u&"\0061"`:      "only PostgreSQL knows",
		`select U&'\0061'`:      "only PostgreSQL knows",
		"select a\x00b":         "zero byte",
	} {
		if _, err := sqltext.Scan(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

func TestSplit(t *testing.T) {
	t.Parallel()

	tokens, err := sqltext.Scan("a ';' b; -- ;\n ; c /* ; */;")
	if err != nil {
		t.Fatal(err)
	}

	statements := sqltext.Split(tokens)
	if len(statements) != 2 || len(sqltext.Dense(statements[0])) != 3 || len(sqltext.Dense(statements[1])) != 1 {
		t.Errorf("got %q", statements)
	}
}

// FuzzScan shows that tokens are the whole text, and that rewriting touches
// nothing but what it is told to.
func FuzzScan(f *testing.F) {
	for _, text := range []string{
		"select * from votes where n > ? -- ?", "$a$ votes $a$", `"vo""tes" 'it''s'`, "/**/;", "a.votes . votes", "1e5.x?", "ä€\xff", "\u00a0",
	} {
		f.Add(text)
	}

	f.Fuzz(func(t *testing.T, text string) {
		tokens, err := sqltext.Scan(text)
		if err != nil {
			return
		}

		if same, _ := sqltext.Rewrite(tokens, nil, false); same != text {
			t.Fatalf("%q became %q", text, same)
		}

		params := 0

		for _, token := range tokens {
			if token.Text == "" {
				t.Fatalf("%q has an empty token", text)
			}

			if token.Kind == sqltext.Param {
				params++
			}

			// To both databases a space of Unicode is a letter, as are all bytes above ASCII.
			if token.Kind != sqltext.Space && strings.Trim(token.Text, " \t\n\v\f\r") == "" {
				t.Fatalf("%q has space that is none: %q", text, token.Text)
			}
		}

		_, n := sqltext.Rewrite(tokens, map[string]string{"votes": "votes__g3"}, true)
		if n != params {
			t.Fatalf("%q has %d placeholders, not %d", text, params, n)
		}

		all := 0
		for _, statement := range sqltext.Split(tokens) {
			all += len(statement)
		}

		if all > len(tokens) {
			t.Fatalf("%q has more statements than tokens", text)
		}
	})
}
