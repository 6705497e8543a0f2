package projection_test

import (
	"context"
	"strings"
	"testing"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/projection"
	"github.com/recountdev/recount/store/memory"
)

// TestMistakes shows that what cannot work is refused at once, with a message
// that says what to do.
func TestMistakes(t *testing.T) {
	t.Parallel()

	nothing := projection.OnEach(func(context.Context, *projection.Tx, *event.Event) error { return nil })
	on := projection.On("x", func(context.Context, *projection.Tx, *event.Event, any) error { return nil })
	define := func(tables string) *projection.Definition {
		return projection.Define("p", projection.Options{Tables: tables}, nothing)
	}
	good := "create table t (n bigint)"

	for name, c := range map[string]struct {
		definition *projection.Definition
		want       string
	}{
		"no tables":          {define(""), "creates no table"},
		"only space":         {define(" -- none\n;;"), "creates no table"},
		"not closed":         {define("create table t (n text default 'x)"), "line 1: a string is not closed"},
		"view":               {define(good + "; create view v as select 1"), "statement 2: only CREATE TABLE"},
		"temporary":          {define("create temporary table t (n bigint)"), "only CREATE TABLE"},
		"quoted name":        {define(`create table "t" (n bigint)`), "no plain name"},
		"schema":             {define("create table main.t (n bigint)"), "has a dot"},
		"no columns":         {define("create table t as select 1 as n"), "has no columns"},
		"the system's":       {define("create table recount_t (n bigint)"), "the system's own"},
		"generation":         {define("create table t__g1 (n bigint)"), "__g"},
		"long":               {define("create table " + strings.Repeat("t", 49) + " (n bigint)"), "at most 48"},
		"twice":              {define(good + ";" + good), "t is there twice"},
		"column like table":  {define("create table t (t bigint)"), "a column is called t"},
		"column like later":  {define(`create table t ("u" bigint, n bigint); create table u (n bigint)`), "a column is called u"},
		"index without name": {define(good + "; create index on t (n)"), "no plain name"},
		"index of another":   {define(good + "; create index i on u (n)"), "not on a table"},
		"SQL":                {define("create table t (n bigint,)"), "its tables cannot be made"},
		"name":               {projection.Define("No name", projection.Options{Tables: good}, nothing), "is no name"},
		"no handlers":        {projection.Define("p", projection.Options{Tables: good}), "no handlers"},
		"no function":        {projection.Define("p", projection.Options{Tables: good}, projection.OnEach(nil)), "no function"},
		"no typed function":  {projection.Define("p", projection.Options{Tables: good}, projection.On[int]("x", nil)), "no function"},
		"no batch function":  {projection.Define("p", projection.Options{Tables: good}, projection.OnBatch(nil)), "no function"},
		"two handlers":       {projection.Define("p", projection.Options{Tables: good}, on, on), `two handlers for events "x"`},
		"batch":              {projection.Define("p", projection.Options{Tables: good, Batch: -1}, nothing), "positive"},
		"category":           {projection.Define("p", projection.Options{Tables: good, Categories: []string{"a:b"}}, nothing), `category "a:b"`},
		"clearing":           {projection.Define("p", projection.Options{Tables: good, ClearStream: "drop table t"}, nothing), "begins with drop"},
		"clearing nothing":   {projection.Define("p", projection.Options{Tables: good, ClearStream: "delete from t"}, nothing), "0 placeholders"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			views := openViews(t, "sqlite::memory:")
			_, err := projection.New(t.Context(), projection.Settings{Log: memory.New().Log, Views: views, Definitions: []*projection.Definition{c.definition}})

			if fault.Of(err) != fault.CodeInvalid || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "projection "+c.definition.Name()) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

// TestMistakesTogether shows that all mistakes are told at once, also those
// between projections.
func TestMistakesTogether(t *testing.T) {
	t.Parallel()

	views := openViews(t, "sqlite::memory:")
	nothing := projection.OnEach(func(context.Context, *projection.Tx, *event.Event) error { return nil })
	define := func(name, tables string) *projection.Definition {
		return projection.Define(name, projection.Options{Tables: tables}, nothing)
	}

	_, err := projection.New(t.Context(), projection.Settings{Log: memory.New().Log, Views: views, Definitions: []*projection.Definition{
		define("a", "create table t (n bigint)"), define("b", "create table t (n bigint)"), define("a", "create table u (n bigint)"), define("c", ""),
	}})
	for _, want := range []string{"projection b: t belongs to projection a", "projection a: there are two", "projection c: the tables"} {
		if fault.Of(err) != fault.CodeInvalid || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}

	if _, err := projection.New(t.Context(), projection.Settings{}); fault.Of(err) != fault.CodeInvalid {
		t.Errorf("without anything: %v", err)
	}
}
