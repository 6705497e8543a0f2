package auth_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/fault"
)

// list returns a JSON list of n items.
func list(n int, item func(i int) string) string {
	var text strings.Builder

	for i := range n {
		text.WriteByte(',')
		text.WriteString(item(i))
	}

	return "[" + text.String()[min(1, text.Len()):] + "]"
}

// ones returns the JSON of a list of n ones.
func ones(n int) string { return list(n, func(int) string { return "1" }) }

// numbers returns the JSON of a list of n numbers.
func numbers(n int) string { return list(n, strconv.Itoa) }

// object returns the JSON of an object of n members.
func object(n int) string {
	members := list(n, func(i int) string { return fmt.Sprintf(`"k%d":1`, i) })
	return "{" + members[1:len(members)-1] + "}"
}

// TestCELIsStopped runs expressions that would take seconds to hours, with data
// of up to 1 MB that makes the most of them.
func TestCELIsStopped(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct{ expression, data string }{
		"nested loops":          {`data.l.all(x, data.l.all(y, x != y + 100000))`, `{"l":` + numbers(5000) + `}`},
		"three loops":           {`data.l.all(x, data.l.all(y, data.l.all(z, x + y + z >= 0)))`, `{"l":` + numbers(300) + `}`},
		"loops of literals":     {`[1,2,3,4,5,6,7,8,9].all(a, [1,2,3,4,5,6,7,8,9].all(b, [1,2,3,4,5,6,7,8,9].all(c, [1,2,3,4,5,6,7,8,9].all(d, [1,2,3,4,5,6,7,8,9].all(e, a + b + c + d + e > 0)))))`, ``},
		"deep equality":         {`data.a.all(x, data.b.exists(y, x == y))`, `{"a":` + list(100, func(int) string { return ones(2500) }) + `,"b":` + list(100, func(int) string { return ones(2499) + " " }) + `}`},
		"long equality":         {`data.l.all(x, data.m == data.m)`, `{"l":` + ones(1000) + `,"m":[` + ones(400000) + `]}`},
		"long search":           {`data.l.all(x, x in data.l)`, `{"l":` + numbers(100000) + `}`},
		"deep search":           {`data.l.all(x, x in data.m)`, `{"l":` + list(300, func(int) string { return ones(500) }) + `,"m":` + list(300, func(int) string { return ones(499) }) + `}`},
		"amplified list":        {`data.l.map(x, data.l) == data.l.map(x, data.l)`, `{"l":` + numbers(3500) + `}`},
		"length of a long text": {`data.l.all(x, size(data.s) > 0)`, `{"l":` + ones(200000) + `,"s":"` + strings.Repeat("ä", 250000) + `"}`},
		"search in a long text": {`data.l.all(x, !data.s.contains("b"))`, `{"l":` + ones(200000) + `,"s":"` + strings.Repeat("a", 500000) + `"}`},
		"joined texts":          {`data.l.all(x, (data.s + data.s + data.s + data.s) != data.s)`, `{"l":` + ones(200000) + `,"s":"` + strings.Repeat("a", 500000) + `"}`},
		"converted text":        {`data.l.all(x, double(data.s) > 0.0)`, `{"l":` + ones(200000) + `,"s":"` + strings.Repeat("1", 300) + `"}`},
		"patterns":              {`data.l.all(x, !data.s.matches("(a|b)*c"))`, `{"l":` + ones(200000) + `,"s":"` + strings.Repeat("a", 1000) + `"}`},
		"far members":           {`data.l.all(x, data.o.k == data.c.k)`, `{"l":` + ones(100000) + `,"o":{"k":1,"z":"` + strings.Repeat("z", 500000) + `"},"c":{"k":1}}`},
		"search in map":         {`data.l.all(x, x in {"1": data.l} || x in data.o || true)`, `{"l":` + numbers(50000) + `,"o":{}}`},
		"made maps":             {`data.l.map(x, {"a": data.l, "b": [data.l]}) == data.l.map(x, {"a": data.l, "b": [data.l]})`, `{"l":` + numbers(5000) + `}`},
		"joined lists":          {`data.l.all(x, (data.l + data.l) == (data.l + data.l))`, `{"l":` + numbers(5000) + `}`},
		"keys of a map":         {`data.o.all(k, data.o.all(j, k != j + "x"))`, `{"o":` + object(50000) + `}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			const want = "is forbidden: its guard was stopped after 50000 steps: send less data, or make the expression simpler"

			start := time.Now()

			err := decide(t, c.expression, c.data)
			if fault.Of(err) != fault.CodeForbidden || !strings.HasSuffix(err.Error(), want) {
				t.Errorf("got %v (%s)", err, fault.Of(err))
			}

			// It takes about 5 ms, and up to 100 for the longest data; this
			// is for slow machines and the race detector.
			if took := time.Since(start); took > time.Minute {
				t.Errorf("stopped after %s only", took)
			}
		})
	}
}

// TestCELPatternIsBounded shows that a pattern is not run over a text that is
// too long for it.
func TestCELPatternIsBounded(t *testing.T) {
	t.Parallel()

	// 9 steps, so the limit is 4 Mi / 9.
	expression := `!data.s.matches("(a|b)*c")`
	if err := decide(t, expression, `{"s":"`+strings.Repeat("a", 100_000)+`"}`); err != nil {
		t.Error(err)
	}

	err := decide(t, expression, `{"s":"`+strings.Repeat("a", 1_000_000)+`"}`)
	if fault.Of(err) != fault.CodeForbidden || !strings.Contains(err.Error(), "its guard failed: a text of 1000000 bytes is too long for its pattern, the limit is") {
		t.Errorf("got %v", err)
	}
}

// TestCELCarriesOrdinaryData shows what a guard can look at without being
// stopped.
func TestCELCarriesOrdinaryData(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct{ expression, data string }{
		"a list of 5,000":                 {`data.l.all(x, x < 100000)`, `{"l":` + numbers(5000) + `}`},
		"objects in a list":               {`data.l.all(x, x.n >= 0 && size(x.name) < 10)`, `{"l":` + list(2000, func(i int) string { return fmt.Sprintf(`{"n": %d, "name": "x"}`, i) }) + `}`},
		"a few in a few":                  {`data.l.all(x, x in ["a", "b", "c"])`, `{"l":` + list(5000, func(int) string { return `"b"` }) + `}`},
		"a member of a long text":         {`data.kind == "x" && data.l.exists(i, i == 3)`, `{"kind": "x", "l": ` + numbers(1000) + `, "s": "` + strings.Repeat("s", 1<<20) + `"}`},
		"a long text without a loop":      {`!data.s.contains("<script") && size(data.s) < 2000000`, `{"s":"` + strings.Repeat("a", 1<<20) + `"}`},
		"equality of long data":           {`data.o == data.p`, `{"o":` + object(20000) + `,"p":` + object(20000) + `}`},
		"equality of long data in a list": {`[data.o] == [data.p]`, `{"o":` + object(20000) + `,"p":` + object(20000) + `}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			if err := decide(t, c.expression, c.data); err != nil {
				t.Error(err)
			}
		})
	}
}

// BenchmarkCEL measures one decision. Run it with -benchmem.
func BenchmarkCEL(b *testing.B) {
	small := `{"title": "Agenda", "amount": 12.5, "tags": ["a", "b", "c"]}`
	large := `{"kind": "drawing", "points": ` + numbers(50000) + `}`

	for _, c := range []struct{ name, expression, data string }{
		{"literal", `true`, small},
		{"role", `caller.role != "viewer"`, small},
		{"role_in", `caller.role in ["editor", "admin"] && !caller.anonymous`, small},
		{"claim", `caller.claims.org.name == "acme"`, small},
		{"claims_loop", `caller.claims.teams.exists(team, team == id)`, small},
		{"data", `data.amount < 100`, small},
		{"data_loop", `data.tags.all(tag, tag in ["a", "b", "c"])`, small},
		{"large_data", `data.kind == "drawing"`, large},
		{"pattern", `id.matches("^[0-9]+$")`, small},
	} {
		b.Run(c.name, func(b *testing.B) {
			guard, err := auth.CEL(c.expression)
			if err != nil {
				b.Fatal(err)
			}

			r := &auth.Request{Operation: auth.Append, Caller: anna(), Stream: "meeting:42", Type: "card_added", Data: []byte(c.data)}

			b.ReportAllocs()
			b.SetBytes(int64(len(c.data)))

			for b.Loop() {
				if err := guard(b.Context(), r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkCELStopped measures how long a runaway expression runs.
func BenchmarkCELStopped(b *testing.B) {
	guard, err := auth.CEL(`data.l.all(x, data.l.all(y, x != y + 100000))`)
	if err != nil {
		b.Fatal(err)
	}

	r := &auth.Request{Operation: auth.Append, Caller: anna(), Stream: "meeting:42", Data: []byte(`{"l":` + numbers(5000) + `}`)}

	for b.Loop() {
		if fault.Of(guard(b.Context(), r)) != fault.CodeForbidden {
			b.Fatal("it was not stopped")
		}
	}
}
