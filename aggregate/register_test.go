package aggregate_test

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/recountdev/recount/aggregate"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

type account struct{ Address string }

type registered struct {
	Address string `json:"address"`
}

type moved struct {
	Address string `json:"address"`
}

// accounts are numbered, and each address belongs to one of them.
type accounts struct {
	kind     *aggregate.Definition[account]
	register *aggregate.Creator[account, string, event.Stream]
	// change gives the address back and takes another one; drop and claim do the
	// half of it.
	change, drop, claim *aggregate.Decider[account, string, struct{}]
}

func newAccounts() accounts {
	d := aggregate.Define("account",
		aggregate.On("registered", func(a *account, e registered) { a.Address = e.Address }),
		aggregate.On("moved", func(a *account, e moved) { a.Address = e.Address }),
	)

	drop := aggregate.Command(d, "drop", func(s aggregate.Scope[account], address string) (struct{}, error) {
		return struct{}{}, s.Release("address", address)
	})
	claim := aggregate.Command(d, "claim", func(s aggregate.Scope[account], address string) (struct{}, error) {
		return struct{}{}, s.Reserve("address", address)
	})

	return accounts{
		kind: d, drop: drop, claim: claim,
		register: aggregate.Creation(d, "register", func(s aggregate.Scope[account], address string) (event.Stream, error) {
			s.Emit(registered{address})
			if s.Version() != 1 || s.State().Address != address {
				return "", fault.Internal("it is not new: %+v", s.State())
			}

			return s.Stream(), s.Reserve("address", address)
		}),
		change: aggregate.Command(d, "change", func(s aggregate.Scope[account], address string) (struct{}, error) {
			if _, err := drop.In(s, s.State().Address); err != nil {
				return struct{}{}, err
			}

			s.Emit(moved{address})

			return claim.In(s, address)
		}),
	}
}

// variant writes an address in one of several ways.
func variant(i, n int) string {
	address := fmt.Sprintf("User%02d@Example.com", i)

	switch n % 4 {
	case 0:
		return address
	case 1:
		return strings.ToUpper(address)
	case 2:
		return "\t " + strings.ToLower(address) + "  "
	default:
		return strings.Replace(address, "U", "Ｕ", 1) // full width, the same by NFKC
	}
}

// checkAccounts checks that accounts are numbered from 1, that each has its own
// address, and that the reservations say so.
func checkAccounts(t *testing.T, log store.Log, want int) {
	t.Helper()

	holders := make(map[string]event.Stream)
	for i := 1; i <= want; i++ {
		stream := event.Stream(fmt.Sprintf("account:%d", i))

		all := events(t, log, stream)
		if len(all) != 1 {
			t.Fatalf("%s has %d events", stream, len(all))
		}

		address := strings.ToLower(strings.TrimSpace(strings.ReplaceAll(string(all[0].Data[12:len(all[0].Data)-2]), "Ｕ", "U")))
		address = strings.TrimSpace(strings.TrimPrefix(address, `\t`))
		if other, twice := holders[address]; twice {
			t.Errorf("%s and %s have %s", stream, other, address)
		}

		holders[address] = stream
	}

	if n := len(events(t, log, "$sequence:account")); n != want {
		t.Errorf("%d numbers were given, want %d", n, want)
	}

	for address, stream := range holders {
		all := events(t, log, event.Stream("$reservation:address:"+address))
		if len(all) != 1 || string(all[0].Data) != `{"holder":"`+string(stream)+`"}` {
			t.Errorf("%q of %s is reserved by %v", address, stream, all)
		}
	}
}

// Of very many registrations of few addresses, each address gets one account,
// without a gap in the numbers.
func TestRegistrations(t *testing.T) {
	t.Parallel()

	const addresses, callers = 100, 10_000

	for _, runtimes := range []int{1, 2} {
		t.Run(strconv.Itoa(runtimes), func(t *testing.T) {
			t.Parallel()

			c, backend := newAccounts(), newStore(t)

			rs := make([]*aggregate.Runtime, runtimes)
			for i := range rs {
				rs[i] = runtime(t, backend, c.kind)
			}

			var (
				wg      sync.WaitGroup
				created atomic.Int64
				numbers sync.Map
			)

			for i := range callers {
				wg.Go(func() {
					got, err := c.register.Do(t.Context(), rs[i%runtimes], variant(i/2%addresses, i/(2*addresses)))
					if _, taken := errors.AsType[*aggregate.TakenError](err); taken {
						return
					}

					if err != nil || got.Value != got.Stream || got.Version != 1 {
						t.Errorf("got %+v, %v", got, err)
						return
					}

					if _, twice := numbers.LoadOrStore(got.Stream, true); twice {
						t.Errorf("%s is there twice", got.Stream)
					}

					created.Add(1)
				})
			}

			wg.Wait()

			if created.Load() != addresses {
				t.Errorf("%d accounts, want %d", created.Load(), addresses)
			}

			checkAccounts(t, backend.Log, addresses)
		})
	}
}

// A creation with an ID happens once, wherever it comes again.
func TestCreationIsIdempotent(t *testing.T) {
	t.Parallel()

	const ids, copies = 20, 6

	c, backend := newAccounts(), newStore(t)
	rs := []*aggregate.Runtime{runtime(t, backend, c.kind), runtime(t, backend, c.kind)}

	var (
		wg      sync.WaitGroup
		mu      sync.Mutex
		streams = make(map[int]map[event.Stream]bool)
	)

	for i := range ids * copies {
		wg.Go(func() {
			got, err := c.register.Do(t.Context(), rs[i%2], variant(i/copies, 0), aggregate.WithID(fmt.Sprint("id ", i/copies)))
			if err != nil || got.Value != got.Stream || got.Version != 1 {
				t.Errorf("got %+v, %v", got, err)
				return
			}

			mu.Lock()
			defer mu.Unlock()

			if streams[i/copies] == nil {
				streams[i/copies] = make(map[event.Stream]bool)
			}

			streams[i/copies][got.Stream] = true
		})
	}

	wg.Wait()

	for id, all := range streams {
		if len(all) != 1 {
			t.Errorf("ID %d made %v", id, all)
		}
	}

	checkAccounts(t, backend.Log, ids)

	_, err := c.register.Do(t.Context(), rs[0], "other@example.com", aggregate.WithID("id 1"))
	wantCode(t, "other input", err, fault.CodeConflict)
}

// A creation that is refused, or emits nothing, takes no number and claims
// nothing.
func TestCreationThatComesToNothing(t *testing.T) {
	t.Parallel()

	c, backend := newAccounts(), newStore(t)
	fail := aggregate.Creation(c.kind, "fail", func(s aggregate.Scope[account], why string) (int, error) {
		if why == "nothing" {
			return 0, nil
		}

		s.Emit(registered{"a"})
		if err := s.Reserve("address", "a"); err != nil {
			return 0, err
		}

		if why == "panic" {
			panic(why)
		}

		return 0, errors.New(why)
	})
	r := runtime(t, backend, c.kind)

	for i := range event.Version(3) {
		_, err := fail.Do(t.Context(), r, "refused")
		wantCode(t, "refused", err, fault.CodeRejected)

		_, err = fail.Do(t.Context(), r, "panic", aggregate.WithID("x"))
		wantCode(t, "panics", err, fault.CodeInternal)

		if got, err := fail.Do(t.Context(), r, "nothing"); err != nil || got.Version != 0 {
			t.Errorf("nothing: got %+v, %v", got, err)
		}

		got, err := c.register.Do(t.Context(), r, variant(int(i), 0))
		if want := event.Stream(fmt.Sprintf("account:%d", i+1)); err != nil || got.Stream != want {
			t.Errorf("got %+v, %v; want %s", got, err, want)
		}
	}

	checkAccounts(t, backend.Log, 3)
}
