package server_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/recountdev/recount/aggregate"
	"github.com/recountdev/recount/category"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/server"
)

type account struct{ Balance int }

type (
	opened    struct{ Owner string }
	deposited struct{ Amount int }
)

// newBank returns a house whose accounts are aggregates.
func newBank(t *testing.T) *house {
	t.Helper()

	accounts := aggregate.Define("account",
		aggregate.On("opened", func(*account, opened) {}),
		aggregate.On("deposited", func(a *account, e deposited) { a.Balance += e.Amount }),
		aggregate.Public(func(a account) map[string]int { return map[string]int{"balance": a.Balance} }),
	)
	aggregate.Creation(accounts, "open", func(s aggregate.Scope[account], c struct{ Owner string }) (string, error) {
		s.Emit(opened(c))

		return "welcome " + c.Owner, s.Reserve("owner", c.Owner)
	})
	aggregate.Command(accounts, "deposit", func(s aggregate.Scope[account], c struct{ Amount int }) (int, error) {
		if s.Version() == 0 || c.Amount <= 0 {
			return 0, fault.Rejected("nothing to deposit")
		}

		s.Emit(deposited(c))

		return s.State().Balance, nil
	})

	return newHouse(t,
		declared(t, map[string]category.Declaration{accounts.Category(): {Commands: accounts.Commands()}}),
		func(o *server.Options) {
			runtime, err := aggregate.New(t.Context(), aggregate.Options{Log: o.Log, Kinds: []aggregate.Kind{accounts}})
			must(t, err)
			t.Cleanup(func() {
				if err := runtime.Close(context.WithoutCancel(t.Context())); err != nil {
					t.Error(err)
				}
			})
			o.Commands = runtime
		},
	)
}

// TestBank opens accounts and pays in, as a client over HTTP does.
func TestBank(t *testing.T) {
	t.Parallel()

	h := newBank(t)
	for _, c := range []struct {
		path, body, key string
		status          int
		want            string
	}{
		{"account:$next/open", `{"Owner":"ada"}`, "k-1", 201, `{"stream":"account:1","result":"welcome ada","version":1,"position":"`},
		{"account:$next/open", `{"Owner":"ada"}`, "k-1", 201, `"repeated":true`},
		{"account:$next/open", `{"Owner":"eve"}`, "k-1", 409, `"conflict"`},
		{"account:$next/open", `{"Owner":" ADA "}`, "", 409, `"conflict"`},
		{"account:$next/open", `{"Owner":"bob"}`, "", 201, `{"stream":"account:2"`},
		{"account:1/deposit", `{"Amount":3}`, "d-1", 200, `{"result":3,"version":2,`},
		{"account:1/deposit", `{"Amount":4}`, "d-2", 200, `{"result":7,"version":3,`},
		{"account:1/deposit", `{"Amount":3}`, "d-1", 200, `{"result":3,"version":2,`},
		{"account:1/deposit", `{"Amount":9}`, "d-1", 409, `"conflict"`},
		{"account:1/deposit", `{"Amount":-1}`, "", 422, `nothing to deposit`},
		{"account:1/deposit", `{"Amount":"1"}`, "", 400, `"invalid"`},
		{"account:1/deposit", `{"Sum":1}`, "", 400, `Sum`},
		{"account:1/deposit", ``, "", 422, `nothing to deposit`},
		{"account:9/deposit", `{"Amount":3}`, "", 422, `nothing to deposit`},
		{"account:1/open", `{}`, "", 400, `account:$next`},
		{"account:$next/deposit", `{}`, "", 400, `"invalid"`},
	} {
		got := h.ask(http.MethodPost, "/v1/commands/"+c.path, c.body, "Idempotency-Key: "+c.key)
		if got.status != c.status || !strings.Contains(got.body, c.want) {
			t.Errorf("%s %s %s: status %d: %s", c.path, c.body, c.key, got.status, got.body)
		}
	}

	for path, want := range map[string]string{
		"account:1":      `{"state":{"balance":7},"version":3}`,
		"account:1?at=2": `{"state":{"balance":3},"version":2}`,
		"account:1?at=1": `{"state":{"balance":0},"version":1}`,
		"account:2":      `{"state":{"balance":0},"version":1}`,
		"account:9":      `"not_found"`,
	} {
		if got := h.ask(http.MethodGet, "/v1/state/"+path, ""); !strings.Contains(got.body, want) {
			t.Errorf("%s: status %d: %s", path, got.status, got.body)
		}
	}

	for _, e := range readAll(t, h.log, "account:1") {
		if e.Actor != "ada" {
			t.Errorf("%s at %d is %q's", e.Type, e.Version, e.Actor)
		}
	}

	h.ask(http.MethodPost, "/v1/streams/account:1", `{"type":"deposited","data":{"Amount":1000}}`, "Test-Caller: admin").expect(t, http.StatusForbidden)
}
