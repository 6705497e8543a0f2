package storetest

import (
	"context"
	"testing"

	"github.com/recountdev/recount/store"
)

// Run proves every sentence of the contract on a backend. open returns a new,
// empty store each time; what it needs, it cleans up with t.Cleanup. Run closes
// the store before that.
func Run(t *testing.T, open func(t *testing.T) store.Backend) {
	t.Helper()

	for _, g := range groups() {
		t.Run(g.noun, func(t *testing.T) {
			t.Parallel()

			for _, c := range g.cases {
				t.Run(c.name, func(t *testing.T) {
					t.Parallel()
					c.run(begin(t, c.says, open))
				})
			}
		})
	}
}

// group is the cases about one noun.
type group struct {
	noun  string
	cases []testCase
}

// testCase proves one sentence.
type testCase struct {
	// name says in short what is true.
	name string
	// says is the sentence of the contract, word for word.
	says string
	run  func(*trial)
}

func groups() []group {
	return []group{
		{"append", appendCases()},
		{"expectations", expectationCases()},
		{"atomic", atomicCases()},
		{"idempotency", idempotencyCases()},
		{"ids", idCases()},
		{"same id at once", sameIDCases()},
		{"find", findCases()},
		{"content", contentCases()},
		{"times", timeCases()},
		{"limits", limitCases()},
		{"hostile", hostileCases()},
		{"extremes", extremeCases()},
		{"read", readCases()},
		{"feed", feedCases()},
		{"filter", filterCases()},
		{"follow", followCases()},
		{"fork", forkCases()},
		{"streams", streamCases()},
		{"state", stateCases()},
		{"cancel", cancelCases()},
		{"close", closeCases()},
		{"marks", markCases()},
		{"relay", relayCases()},
		{"load", loadCases()},
		{"model", modelCases()},
	}
}

// begin opens the store of a case, and sees to its end.
func begin(t *testing.T, says string, open func(t *testing.T) store.Backend) *trial {
	t.Helper()
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the contract says: %q", says)
		}
	})

	return opened(t, open)
}

// opened returns a trial on a new store.
func opened(t *testing.T, open func(t *testing.T) store.Backend) *trial {
	t.Helper()

	b := open(t)
	if b.Log == nil || b.Marks == nil || b.Relay == nil {
		t.Fatalf("a backend needs a log, marks and a relay; this one is %+v", b)
	}

	t.Cleanup(func() {
		if err := b.Log.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Errorf("close: %v", err)
		}
	})

	return &trial{T: t, log: b.Log, marks: b.Marks, relay: b.Relay, open: open}
}
