package query_test

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/projection"
	"github.com/recountdev/recount/projection/query"
	"github.com/recountdev/recount/store"
)

func TestRun(t *testing.T) {
	onEach(t, func(h *house) {
		for name, c := range map[string]struct {
			sql    string
			params map[string]query.Param
			values string
			want   string
		}{
			"rows":         {`select n, title from cards where n > 9 order by n`, nil, "", `{"rows":[{"n":10,"title":"o'hara"}]}`},
			"order":        {`select n from cards where n > 7 order by n desc;`, nil, "", `{"rows":[{"n":10},{"n":9},{"n":8}]}`},
			"compound":     {`select 2 as n union all select 1 union all select 3 order by n desc`, nil, "", `{"rows":[{"n":3},{"n":2},{"n":1}]}`},
			"nothing":      {`select n from cards where n > 99`, nil, "", `{"rows":[]}`},
			"types":        {`select n, price, 'é"<' as s, null as z from cards where n = 3`, nil, "", `{"rows":[{"n":3,"price":1.5,"s":"é\"\u003c","z":null}]}`},
			"with":         {`with big as (select n from cards where n > 9) select * from big -- the end`, nil, "", `{"rows":[{"n":10}]}`},
			"values":       {`values (1), (2)`, nil, "", `{"rows":[{"column1":1},{"column1":2}]}`},
			"text":         {`select n from cards where title = :title`, map[string]query.Param{"title": {}}, "title=o'hara", `{"rows":[{"n":10}]}`},
			"twice":        {`select n from cards where n >= :n and n <= :n`, map[string]query.Param{"n": {Type: query.Integer}}, "n=7", `{"rows":[{"n":7}]}`},
			"several":      {`select n from cards where n between :a and :b order by n`, map[string]query.Param{"b": {Type: query.Integer}, "a": {Type: query.Integer}}, "b=2&a=1", `{"rows":[{"n":1},{"n":2}]}`},
			"number":       {`select n from cards where price > :p`, map[string]query.Param{"p": {Type: query.Number}}, "p=4.9", `{"rows":[{"n":10}]}`},
			"bool":         {`select n from cards where done = :d and n < 4`, map[string]query.Param{"d": {Type: query.Bool}}, "d=true", `{"rows":[{"n":2}]}`},
			"limit":        {`select n from cards order by n limit :most`, map[string]query.Param{"most": {Type: query.Integer, Default: new("1")}}, "", `{"rows":[{"n":1}]}`},
			"default over": {`select n from cards order by n limit :most`, map[string]query.Param{"most": {Type: query.Integer, Default: new("1")}}, "most=2&after=17", `{"rows":[{"n":1},{"n":2}]}`},
			"in a string":  {`select ':no ?1 $1' as s`, nil, "", `{"rows":[{"s":":no ?1 $1"}]}`},
			"in a comment": {"select 1 as n /* :no ? ; */ -- ;?", nil, "", `{"rows":[{"n":1}]}`},
		} {
			got, err := h.run(query.Declaration{SQL: c.sql, Params: c.params}, c.values)
			if err != nil || got != strings.ReplaceAll(c.want, ",{", ",\n{") {
				h.t.Errorf("%s: got %s, %v", name, got, err)
			}
		}
	})
}

// TestInjection sees that what a client sends is a value, and nothing else.
func TestInjection(t *testing.T) {
	onEach(t, func(h *house) {
		for _, value := range []string{
			`' or 1=1 --`, `x'; drop view cards; --`, `") or true --`, `:title`, `$1`, `?1`, `\' or 1=1 --`, "a\x00b", `%`, "\xff",
		} {
			got, err := h.run(query.Declaration{SQL: `select n from cards where title = :title`, Params: map[string]query.Param{"title": {}}}, "title="+url.QueryEscape(value))
			if err == nil && got != `{"rows":[]}` {
				h.t.Errorf("%q: got %s", value, got)
			}
		}

		if got, err := h.run(query.Declaration{SQL: `select count(*) as n from cards`}, ""); got != `{"rows":[{"n":10}]}` {
			h.t.Errorf("afterwards: %s, %v", got, err)
		}
	})
}

// TestWrites sees that nothing that changes something comes through.
func TestWrites(t *testing.T) {
	onEach(t, func(h *house) {
		for _, sql := range []string{
			`insert into recount_controls (name) values ('x')`,
			`insert into recount_controls (name) values ('x') returning name`,
			`with x as (insert into recount_controls (name) values ('x') returning name) select * from x`,
			`with x as (select 1) insert into recount_controls (name) select 'x' from x`,
			`with x as (select 1) delete from recount_controls`,
			`select 1; delete from recount_controls`,
			`delete from recount_controls`,
			`update recount_controls set paused = 1`,
			`drop view cards`,
			`create table evil (n integer)`,
			`select n into evil from cards`,
			`pragma query_only = 0`,
			`pragma table_info(cards)`,
			`attach database ':memory:' as other`,
			`vacuum`,
			`begin`,
			`commit; delete from recount_controls; begin`,
			`set transaction read write`,
			`explain analyze delete from recount_controls`,
			`copy recount_controls to '/tmp/x'`,
			`do $$ begin delete from recount_controls; end $$`,
			`call evil()`,
			`select 1) as x; delete from recount_controls; select * from (select 1`,
			`select set_config('transaction_read_only', 'off', false)`,
			`select "set_config" ('default_transaction_read_only', 'off', false)`,
			`select pg_catalog.set_config('default_transaction_read_only', 'off', false)`,
			`select lo_create(1)`,
			`select nextval('x')`,
			`select pg_sleep(60)`,
			`select pg_read_file('/etc/passwd')`,
			`select query_to_xml('delete from recount_controls', true, false, '')`,
			`select load_extension('x')`,
			`select * from cards for update`,
			``,
			`  -- nothing`,
			`/* open`,
		} {
			if got, err := h.run(query.Declaration{SQL: sql}, ""); fault.Of(err) != fault.CodeInvalid {
				h.t.Errorf("%s: got %s, %v", sql, got, err)
			}
		}

		if got, err := h.run(query.Declaration{SQL: `select name, paused from recount_controls`}, ""); got != `{"rows":[{"name":"cards","paused":0}]}` {
			h.t.Errorf("afterwards: %s, %v", got, err)
		}

		// The runner can still write, on the same database.
		_, err := h.log.Append(h.t.Context(), store.Batch{Stream: "m:1", Drafts: []event.Draft{{Type: "x"}}})
		must(h.t, err)
		must(h.t, h.runner.WaitFor(h.t.Context(), "cards", event.PositionAt(11)))
	})
}

// TestReaderCannotWrite sees that the connections themselves refuse, whatever this
// package lets through.
func TestReaderCannotWrite(t *testing.T) {
	onEach(t, func(h *house) {
		if _, err := h.views.Reader().ExecContext(h.t.Context(), `delete from recount_controls`); err == nil {
			h.t.Error("a reader has deleted something")
		}
	})
}

// TestTooSlow sees that a query ends in time, wherever it is.
func TestTooSlow(t *testing.T) {
	onEach(t, func(h *house) {
		const endless = `with recursive c(n) as (select 1 union all select n + 1 from c) `

		for name, sql := range map[string]string{
			"no row":       endless + `select n from c where n < 0`,
			"after a row":  endless + `select n from c where n = 1 or n < 0`,
			"a count":      endless + `select count(*) as n from c`,
			"cross joined": `select count(*) as n from cards a, cards b, cards c, cards d, cards e, cards f, cards g, cards h, cards i, cards j where a.n + b.n + c.n + d.n + e.n + f.n + g.n + h.n + i.n + j.n < 0`,
		} {
			h.t.Run(name, func(t *testing.T) {
				t.Parallel()

				began := time.Now()

				_, err := h.run(query.Declaration{SQL: sql, Timeout: 200 * time.Millisecond}, "")
				wants(t, name, err, fault.CodeUnavailable, "query test: it took longer than 200ms")

				if took := time.Since(began); took > time.Minute {
					t.Errorf("it took %v", took)
				}
			})
		}
	})
}

// TestGone sees that a query ends when the client does.
func TestGone(t *testing.T) {
	onEach(t, func(h *house) {
		ctx, cancel := context.WithTimeout(h.t.Context(), 100*time.Millisecond)
		defer cancel()

		_, err := query.Select(ctx, h.views, `with recursive c(n) as (select 1 union all select n + 1 from c) select count(*) from c`, 0, time.Minute)
		wants(h.t, "gone", err, fault.CodeUnavailable, "deadline")
	})
}

// TestTooMuch sees that a result has as many rows and bytes as it may.
func TestTooMuch(t *testing.T) {
	onEach(t, func(h *house) {
		got, err := h.run(query.Declaration{SQL: `select n from cards order by n`, MaxRows: 2}, "")
		if got != "{\"rows\":[{\"n\":1},\n{\"n\":2}],\"more\":true}" {
			h.t.Errorf("got %s, %v", got, err)
		}

		got, err = h.run(query.Declaration{SQL: `select n from cards where n < 3 order by n`, MaxRows: 2}, "")
		if got != "{\"rows\":[{\"n\":1},\n{\"n\":2}]}" {
			h.t.Errorf("got %s, %v", got, err)
		}

		got, err = h.run(query.Declaration{SQL: `with recursive c(n) as (select 1 union all select n + 1 from c) select n from c`, MaxRows: 1}, "")
		if got != `{"rows":[{"n":1}],"more":true}` {
			h.t.Errorf("endless: got %s, %v", got, err)
		}

		_, err = h.run(query.Declaration{SQL: `select replace(title || '          ', ' ', '` + strings.Repeat("x", 1<<18) + `') as t from cards`}, "")
		wants(h.t, "bytes", err, fault.CodeTooLarge, "16 MiB")
	})
}

func TestParameters(t *testing.T) {
	onEach(t, func(h *house) {
		d := query.Declaration{
			SQL:    `select n from cards where n = :number and title = :title and price < :price and done = :done`,
			Params: map[string]query.Param{"number": {Type: query.Integer}, "title": {Default: new("a")}, "price": {Type: query.Number, Default: new("9")}, "done": {Type: query.Bool, Default: new("false")}},
		}

		for values, want := range map[string]string{
			"":                           "the parameter number is missing: it is of type integer",
			"number=x":                   `the parameter number: "x" is no whole number`,
			"number=":                    `the parameter number: "" is no whole number`,
			"number=1.5":                 "no whole number",
			"number=1&number=2":          "stands 2 times",
			"number=1&prize=1":           `there is no parameter "prize": did you mean price?`,
			"number=1&zzz=1":             "it has done, number, price, title",
			"number=1&done=1":            "neither true nor false",
			"number=1&price=NaN":         "is no number",
			"number=1&price=1e999":       "is no number",
			"number=1&title=a%00":        "zero byte",
			"number=9223372036854775808": "no whole number",
		} {
			_, err := h.run(d, values)
			wants(h.t, values, err, fault.CodeInvalid, want)
		}

		_, err := h.run(query.Declaration{SQL: `select 1`}, "x=1")
		wants(h.t, "none", err, fault.CodeInvalid, `there is no parameter "x": it has none`)
	})
}

func TestDeclarations(t *testing.T) {
	onEach(t, func(h *house) {
		for want, d := range map[string]query.Declaration{
			"there is no statement":                          {},
			"it begins with delete":                          {SQL: "delete from x"},
			"there are 2 statements":                         {SQL: "select 1; select 2"},
			`there is U&", which stands before escapes`:      {SQL: `select U&"pg\005Fsleep"(1)`},
			"there is a ? in it":                             {SQL: "select ?"},
			"there is @x in it":                              {SQL: "select @x"},
			":lmit is not declared: did you mean :limit":     {SQL: "select :lmit", Params: map[string]query.Param{"limit": {}}},
			":x is not declared: declare it":                 {SQL: "select :x"},
			"parameter x does not stand in the SQL":          {SQL: "select ':x'", Params: map[string]query.Param{"x": {}}},
			"the parameter after is there already":           {SQL: "select :after", Params: map[string]query.Param{"after": {}}},
			"did you mean integer?":                          {SQL: "select :x", Params: map[string]query.Param{"x": {Type: "intger"}}},
			"its default":                                    {SQL: "select :x", Params: map[string]query.Param{"x": {Type: query.Integer, Default: new("x")}}},
			`parameter "x y"`:                                {SQL: "select 1", Params: map[string]query.Param{"x y": {}}},
			"-1 rows":                                        {SQL: "select 1", MaxRows: -1},
			"a timeout of -1s":                               {SQL: "select 1", Timeout: -time.Second},
			"two columns are called n":                       {SQL: "select n, n from cards"},
			"a string is not closed":                         {SQL: "select 'a"},
			"there is no view cads: did you mean cards":      {SQL: "select * from cads"},
			"did you mean title?":                            {SQL: "select titl from cards"},
			"there is no column c.titl: did you mean title?": {SQL: "select c.titl from cards c"},
			"the database says":                              {SQL: "select from where"},
		} {
			_, err := h.run(d, "")
			wants(h.t, want, err, fault.CodeInvalid, want)
		}

		_, err := query.New(query.Options{Views: h.views}, map[string]query.Declaration{"a b": {SQL: "select 1"}, "c": {SQL: "x"}, "d": {SQL: "select 1"}})
		wants(h.t, "all of it", err, fault.CodeInvalid, "query \"a b\": a name has letters, digits, _ and -, a letter first, and at most 64 of them\nquery c: it begins with x")

		_, err = query.New(query.Options{}, nil)
		wants(h.t, "no views", err, fault.CodeInvalid, "give query.Options.Views")

		_, err = h.queries(nil).Run(h.t.Context(), "none", nil)
		wants(h.t, "none", err, fault.CodeNotFound, `there is no query "none"`)
	})
}

func TestCheck(t *testing.T) {
	onEach(t, func(h *house) {
		good := map[string]query.Declaration{
			"good": {SQL: `select n from cards where n = :n and title = :t and price = :p and done = :d`, Params: map[string]query.Param{
				"n": {Type: query.Integer}, "t": {}, "p": {Type: query.Number}, "d": {Type: query.Bool},
			}},
			"endless": {SQL: `with recursive c(n) as (select 1 union all select n + 1 from c) select count(*) as n from c`},
		}
		must(h.t, h.queries(good).Check(h.t.Context()))

		good["bad"] = query.Declaration{SQL: `select titl from cards`}
		good["worse"] = query.Declaration{SQL: `select * from cads`}
		wants(h.t, "bad", h.queries(good).Check(h.t.Context()), fault.CodeInvalid,
			"query bad: there is no column titl: did you mean title?\nquery worse: there is no view cads: did you mean cards?")
	})
}

// TestWait sees that a query waits for what it reads, and for nothing else.
func TestWait(t *testing.T) {
	onEach(t, func(h *house) {
		q := h.queries(map[string]query.Declaration{
			"cards": {SQL: `select max(n) as n from "cards"`},
			"other": {SQL: `select 'cards' as n`},
			"upper": {SQL: `select max(n) as n from CARDS`},
			"loud":  {SQL: `select max(n) as n from "CARDS"`},
			"text":  {SQL: `select max(n) as n from 'cards'`},
		})

		receipt, err := h.log.Append(h.t.Context(), store.Batch{Stream: "m:1", Drafts: []event.Draft{{Type: "x"}}})
		must(h.t, err)
		must(h.t, q.Wait(h.t.Context(), "cards", receipt.Position))

		r, err := q.Run(h.t.Context(), "cards", nil)
		if got := string(r.AppendJSON(nil)); got != `{"rows":[{"n":11}]}` {
			h.t.Errorf("got %s, %v", got, err)
		}

		must(h.t, h.views.Pause(h.t.Context(), "cards"))

		for range time.Tick(time.Millisecond) {
			if h.runner.Status()[0].State == projection.Paused {
				break
			}
		}

		beyond := event.PositionAt(receipt.Position.Number() + 1)
		ctx, cancel := context.WithTimeout(h.t.Context(), time.Minute)
		defer cancel()

		wants(h.t, "paused", q.Wait(ctx, "cards", beyond), fault.CodeUnavailable, "paused")
		wants(h.t, "upper", q.Wait(ctx, "upper", beyond), fault.CodeUnavailable, "paused")

		if h.views.Dialect() == projection.SQLite { // elsewhere there is no such table
			wants(h.t, "loud", q.Wait(ctx, "loud", beyond), fault.CodeUnavailable, "paused")
			wants(h.t, "text", q.Wait(ctx, "text", beyond), fault.CodeUnavailable, "paused")
		}

		must(h.t, q.Wait(ctx, "other", beyond))
		wants(h.t, "none", q.Wait(ctx, "none", beyond), fault.CodeNotFound, "no query")
	})
}

// TestBeingBuilt sees what is said of views that will be there later.
func TestBeingBuilt(t *testing.T) {
	onEach(t, func(h *house) {
		later := projection.Define("later", projection.Options{Tables: `create table later (n bigint)`},
			projection.OnEach(func(context.Context, *projection.Tx, *event.Event) error { return nil }))

		_, err := projection.New(h.t.Context(), projection.Settings{Log: h.log, Views: h.views, Definitions: []*projection.Definition{later}})
		must(h.t, err)

		q := h.queries(map[string]query.Declaration{"later": {SQL: `select * from later`}, "upper": {SQL: `select * from LATER`}})
		must(h.t, q.Check(h.t.Context()))

		for _, name := range []string{"later", "upper"} {
			_, err = q.Run(h.t.Context(), name, nil)
			wants(h.t, name, err, fault.CodeUnavailable, "the view later is being built")
		}
	})
}

// TestBuiltAnew sees that a query may be there before the columns that it needs.
func TestBuiltAnew(t *testing.T) {
	onEach(t, func(h *house) {
		h.stop()

		other := projection.Define("cards", projection.Options{Tables: `create table cards (n bigint, color text)`},
			projection.OnEach(func(context.Context, *projection.Tx, *event.Event) error { return nil }))

		_, err := projection.New(h.t.Context(), projection.Settings{Log: h.log, Views: h.views, Definitions: []*projection.Definition{other}})
		must(h.t, err)

		q := h.queries(map[string]query.Declaration{"colors": {SQL: `select color from cards`}, "titles": {SQL: `select title from cards`}})
		must(h.t, q.Check(h.t.Context()))

		_, err = q.Run(h.t.Context(), "colors", nil)
		wants(h.t, "colors", err, fault.CodeUnavailable, "projection cards is being built anew")

		r, err := q.Run(h.t.Context(), "titles", nil)
		if err != nil || len(r.Rows) != 10 {
			h.t.Errorf("titles: %v, %v", r, err)
		}
	})
}

func TestSelect(t *testing.T) {
	onEach(t, func(h *house) {
		r, err := query.Select(h.t.Context(), h.views, `select n, title from cards order by n`, 1, time.Minute)
		if err != nil || strings.Join(r.Columns, ",") != "n,title" || string(r.AppendRow(nil, 0)) != `{"n":1,"title":"a"}` || !r.More {
			h.t.Errorf("got %+v, %v", r, err)
		}

		_, err = query.Select(h.t.Context(), h.views, `drop view cards`, 0, 0)
		wants(h.t, "drop", err, fault.CodeInvalid, "the SQL: it begins with drop")
	})
}
