package aggregate_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/recountdev/recount/aggregate"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
)

// One address goes from hand to hand: nobody gets it while another has it, and
// only who holds it gives it back.
func TestReleaseAndClaim(t *testing.T) {
	t.Parallel()

	const holders, rounds = 8, 30

	c, backend := newAccounts(), newStore(t)
	rs := []*aggregate.Runtime{runtime(t, backend, c.kind), runtime(t, backend, c.kind)}

	var (
		wg  sync.WaitGroup
		got atomic.Int64
	)

	for i := range holders {
		wg.Go(func() {
			stream := event.Stream(fmt.Sprintf("account:%d", i))
			for range rounds {
				r := rs[i%2]
				if _, err := c.claim.Do(t.Context(), r, stream, " A "); err != nil {
					if _, taken := errors.AsType[*aggregate.TakenError](err); !taken || fault.Of(err) != fault.CodeConflict {
						t.Errorf("got %v", err)
					}

					_, err = c.drop.Do(t.Context(), r, stream, "a")
					wantCode(t, "what another holds", err, fault.CodeConflict)

					continue
				}

				got.Add(1)
				if _, err := c.drop.Do(t.Context(), r, stream, "A"); err != nil {
					t.Error(err)
				}
			}
		})
	}

	wg.Wait()

	all := events(t, backend.Log, "$reservation:address:a")
	for i, e := range all {
		if want := []string{"reserved", "released"}[i%2]; e.Type != want || i%2 == 1 && !bytes.Equal(e.Data, all[i-1].Data) {
			t.Errorf("version %d is %s by %s", e.Version, e.Type, e.Data)
		}
	}

	if got.Load() == 0 || len(all) != int(2*got.Load()) {
		t.Errorf("%d events of %d claims", len(all), got.Load())
	}
}

func TestReservations(t *testing.T) {
	t.Parallel()

	c, backend := newAccounts(), newStore(t)
	r := start(t, aggregate.Options{Log: backend.Log, Kinds: []aggregate.Kind{c.kind}, Keys: map[string]aggregate.Key{
		"hashed": {Hash: true, Secret: []byte("secret")},
		"exact":  {Normalize: func(value string) string { return value }},
	}})

	type want struct{ Kind, Value string }

	reserve := aggregate.Command(c.kind, "reserve", func(s aggregate.Scope[account], w want) (int, error) {
		return 0, s.Reserve(w.Kind, w.Value)
	})
	try := func(stream event.Stream, kind, value string, code fault.Code) {
		t.Helper()

		_, err := reserve.Do(context.WithoutCancel(t.Context()), r, stream, want{kind, value})
		wantCode(t, fmt.Sprintf("%s %.50q for %s", kind, value, stream), err, code)
	}

	long := strings.Repeat("ä", 5000)
	for _, kind := range []string{"plain", "hashed", "exact"} {
		for _, value := range []string{"Ann", long + "1", long + "2"} {
			try("account:1", kind, value, "")
			try("account:1", kind, value, "") // it has it already
			try("account:2", kind, value, fault.CodeConflict)
		}
	}

	try("account:2", "plain", "  aNN ", fault.CodeConflict)
	try("account:2", "plain", "a nn", "")
	try("account:1", "plain", "A\u00a0 NN", fault.CodeConflict)
	try("account:2", "hashed", "ANN", fault.CodeConflict)
	try("account:2", "exact", "ann", "")
	try("account:1", "plain", " \t", fault.CodeInvalid)
	try("account:1", "plain", "a\x00b", fault.CodeInvalid)
	try("account:1", "", "a", fault.CodeInvalid)
	try("account:1", "a:b", "a", fault.CodeInvalid)
	try("account:1", strings.Repeat("k", 41), "a", fault.CodeInvalid)

	for stream, err := range backend.Log.Streams(t.Context(), "$reservation", "") {
		if err != nil {
			t.Fatal(err)
		}

		if strings.HasPrefix(string(stream), "$reservation:hashed:") && (strings.Contains(string(stream), "ann") || len(stream) != len("$reservation:hashed:")+64) {
			t.Errorf("%s tells its value", stream)
		}
	}

	// Change is a release and a claim in one: all of it or nothing.
	if _, err := c.register.Do(t.Context(), r, "a@example.com"); err != nil {
		t.Fatal(err)
	}

	if _, err := c.register.Do(t.Context(), r, "b@example.com"); err != nil {
		t.Fatal(err)
	}

	_, err := c.change.Do(t.Context(), r, "account:1", "B@example.com")
	wantCode(t, "to a taken one", err, fault.CodeConflict)

	_, err = c.register.Do(t.Context(), r, "A@example.com")
	wantCode(t, "it is still held", err, fault.CodeConflict)

	if _, err := c.change.Do(t.Context(), r, "account:1", "A@EXAMPLE.com"); err != nil {
		t.Errorf("to its own: %v", err)
	}

	if _, err := c.change.Do(t.Context(), r, "account:1", "c@example.com"); err != nil {
		t.Error(err)
	}

	if got, err := c.register.Do(t.Context(), r, "a@example.com"); err != nil || got.Stream != "account:3" {
		t.Errorf("what was given back: got %+v, %v", got, err)
	}
}
