package aggregatetest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/recountdev/recount/aggregate"
	"github.com/recountdev/recount/aggregatetest"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
)

var day = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func TestRightExpectations(t *testing.T) {
	t.Parallel()

	c := newCounters()

	t.Run("events, result and state", func(t *testing.T) {
		t.Parallel()

		given := aggregatetest.Given(t, c.kind, created{}, incremented{By: 2})
		aggregatetest.When(given, c.increment, 1).Then(incremented{By: 1}).ThenResult(3).ThenState(counter{Count: 3})
		// A scene goes on.
		o := aggregatetest.When(given, c.increment, 4).Then(incremented{By: 4}).ThenResult(7)
		if o.State().Count != 7 || o.Result().Version != 4 || o.Stream() != "counter:1" || o.Err() != nil {
			t.Errorf("got %+v", o)
		}
	})

	t.Run("nothing", func(t *testing.T) {
		t.Parallel()

		aggregatetest.When(aggregatetest.Given(t, c.kind, created{}), c.increment, 0).Then().ThenResult(0)
	})

	t.Run("refused", func(t *testing.T) {
		t.Parallel()

		aggregatetest.When(aggregatetest.Given(t, c.kind), c.increment, 1).ThenRefused(fault.CodeNotFound, "there is no counter:1").ThenState(counter{})

		given := aggregatetest.Given(t, c.kind, created{}, incremented{By: 2})
		aggregatetest.When(given, c.increment, -1).ThenRefused(fault.CodeRejected, "only goes up").ThenState(counter{Count: 2})
		aggregatetest.When(given, c.increment, 666).ThenRefused(fault.CodeInternal, "panic")
	})

	t.Run("actor, time and drafts", func(t *testing.T) {
		t.Parallel()

		given := aggregatetest.GivenWith(t, c.kind, aggregatetest.Options{Stream: "counter:a"},
			event.Draft{Type: "created"}, aggregate.Fact{Event: incremented{By: 2}, Time: day})
		aggregatetest.When(given, c.increment, 1, aggregate.WithActor("ada")).
			Then(aggregate.Fact{Event: incremented{By: 1}, Subject: "ada"})
		aggregatetest.When(given, c.late, 1).Then(incremented{By: 1})
		aggregatetest.When(given, c.late, 1).Then(aggregate.Fact{Event: incremented{By: 1}, Time: day})
		aggregatetest.When(given, c.increment, 5).Then(event.Draft{Type: "incremented", Data: []byte(`{ "by": 5 }`)}).ThenResult(10)
	})

	t.Run("once", func(t *testing.T) {
		t.Parallel()

		given := aggregatetest.Given(t, c.kind, created{})
		aggregatetest.When(given, c.increment, 1, aggregate.WithID("a")).Then(incremented{By: 1})
		again := aggregatetest.When(given, c.increment, 1, aggregate.WithID("a")).Then().ThenResult(1)
		if !again.Result().Repeated {
			t.Error("it is not repeated")
		}
	})

	t.Run("another stream", func(t *testing.T) {
		t.Parallel()

		listeners := aggregate.Define("listener", aggregate.On("heard", func(*struct{}, told) {}))
		given := aggregatetest.GivenWith(t, c.kind, aggregatetest.Options{Kinds: []aggregate.Kind{listeners}}).And("listener:1", told{1})
		aggregatetest.When(given, c.tell, 2).Then().ThenIn("listener:1", event.Draft{Type: "heard", Data: []byte(`{"by":2}`)}).ThenIn("listener:1", told{2}).ThenIn("listener:2")
	})

	t.Run("reservations and numbers", func(t *testing.T) {
		t.Parallel()

		given := aggregatetest.Given(t, c.kind).Taken("name", "bob", "counter:9")
		aggregatetest.WhenCreating(given, c.open, "BOB ").ThenRefused(fault.CodeConflict, "taken")
		o := aggregatetest.WhenCreating(given, c.open, "ada").Then(named{"ada"}).ThenTaken("name", "Ada")
		if o.Stream() != "counter:1" {
			t.Errorf("the first is %s", o.Stream())
		}

		aggregatetest.When(given, c.rename, "eve").Then(named{"eve"}).ThenFree("name", "ada").ThenTaken("name", "eve")
	})
}

// TestWrongExpectations shows that each expectation can fail, and what it says.
func TestWrongExpectations(t *testing.T) {
	t.Parallel()

	c := newCounters()
	begin := func(tb testing.TB) *aggregatetest.Scene[counter] {
		tb.Helper()

		return aggregatetest.Given(tb, c.kind, created{}, incremented{By: 2})
	}

	for name, of := range map[string]struct {
		test func(tb *fake)
		want []string
	}{
		"other event": {
			func(tb *fake) { aggregatetest.When(begin(tb), c.increment, 1).Then(incremented{By: 2}) },
			[]string{"counter:1: the events are not as expected (- expected, + recorded):\n- incremented {\"by\":2}\n+ incremented {\"by\":1}"},
		},
		"one more": {
			func(tb *fake) { aggregatetest.When(begin(tb), c.increment, 1).Then(incremented{By: 1}, created{}) },
			[]string{"\n  incremented {\"by\":1}\n- created {}"},
		},
		"one less": {
			func(tb *fake) { aggregatetest.When(begin(tb), c.increment, 1).Then() },
			[]string{"\n+ incremented {\"by\":1}"},
		},
		"subject": {
			func(tb *fake) {
				aggregatetest.When(begin(tb), c.increment, 1, aggregate.WithActor("ada")).Then(incremented{By: 1})
			},
			[]string{"+ incremented {\"by\":1} about ada"},
		},
		"time": {
			func(tb *fake) {
				aggregatetest.When(begin(tb), c.late, 1).Then(aggregate.Fact{Event: incremented{By: 1}, Time: day.Add(time.Hour)})
			},
			[]string{"- incremented {\"by\":1} at 2026-01-02T04:04:05Z\n+ incremented {\"by\":1} at 2026-01-02T03:04:05Z"},
		},
		"elsewhere": {
			func(tb *fake) { aggregatetest.When(begin(tb), c.tell, 1).ThenIn("listener:1") },
			[]string{"listener:1: the events", "+ told {\"by\":1}"},
		},
		"refused, but should not": {
			func(tb *fake) { aggregatetest.When(begin(tb), c.increment, -1).Then() },
			[]string{"counter:1: the command was refused: rejected: a counter only goes up"},
		},
		"refused, with a result": {
			func(tb *fake) { aggregatetest.When(begin(tb), c.increment, -1).ThenResult(0) },
			[]string{"refused: rejected"},
		},
		"a panic": {
			func(tb *fake) { aggregatetest.When(begin(tb), c.increment, 666).Then() },
			[]string{"internal: command increment: panic: the number of the beast", "house_test.go"},
		},
		"not refused": {
			func(tb *fake) {
				aggregatetest.When(begin(tb), c.increment, 1).ThenRefused(fault.CodeRejected, "no")
			},
			[]string{`was not refused, but should be with rejected, "no"; it recorded`, "+ incremented {\"by\":1}"},
		},
		"refused with another code": {
			func(tb *fake) {
				aggregatetest.When(begin(tb), c.increment, -1).ThenRefused(fault.CodeConflict, "only goes up")
			},
			[]string{"- conflict: …only goes up…\n+ rejected: a counter only goes up"},
		},
		"refused with another text": {
			func(tb *fake) {
				aggregatetest.When(begin(tb), c.increment, -1).ThenRefused(fault.CodeRejected, "goes down")
			},
			[]string{"- rejected: …goes down…"},
		},
		"result": {
			func(tb *fake) { aggregatetest.When(begin(tb), c.increment, 1).ThenResult(4) },
			[]string{"- the value 4\n+ the value 3"},
		},
		"state": {
			func(tb *fake) {
				aggregatetest.When(begin(tb), c.increment, 1).ThenState(counter{Count: 3, Names: []string{"a"}})
			},
			[]string{"- Names [\"a\"]\n+ Names null"},
		},
		"taken": {
			func(tb *fake) { aggregatetest.When(begin(tb), c.rename, "ada").ThenTaken("name", "bob") },
			[]string{`name "bob" is free, but should be held by counter:1`},
		},
		"free": {
			func(tb *fake) { aggregatetest.When(begin(tb), c.rename, "ada").ThenFree("name", "ADA") },
			[]string{`name "ADA" is held by counter:1, but should be free`},
		},
		"no such value": {
			func(tb *fake) { aggregatetest.When(begin(tb), c.rename, "ada").ThenFree("name", "") },
			[]string{"name is empty"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wants(t, said(t, of.test), of.want...)
		})
	}
}

// TestTraps shows what is found although nobody asked for it.
func TestTraps(t *testing.T) {
	t.Parallel()

	c := newCounters()
	begin := func(tb testing.TB) *aggregatetest.Scene[counter] {
		tb.Helper()

		return aggregatetest.Given(tb, c.kind, named{"ada"})
	}

	wants(t, said(t, func(tb *fake) { aggregatetest.When(begin(tb), c.cheat, 5) }),
		`Names[0] in memory:    "cheated"`, `Names[0] from the log: "ada"`, "changes the state itself")

	folded := 0
	impure := aggregate.Define("counter", aggregate.On("created", func(c *counter, _ created) { folded++; c.Count = folded }))
	create := aggregate.Command(impure, "create", func(s aggregate.Scope[counter], _ int) (int, error) {
		s.Emit(created{})

		return 0, nil
	})

	wants(t, said(t, func(tb *fake) { aggregatetest.When(aggregatetest.Given(tb, impure), create, 0).Then(created{}) }),
		"the state in memory is not the one that the log gives", "Count in memory:    1", "Count from the log: 2", "more than its arguments")

	// Both are recorded as {}, and are not the same.
	wants(t, said(t, func(tb *fake) { aggregatetest.When(begin(tb), c.whisper, 0).Then(whispered{7}) }),
		"a aggregatetest_test.whispered does not survive its encoding, {}: by was 7 and becomes 0: give events exported fields")
	wants(t, said(t, func(tb *fake) { aggregatetest.When(begin(tb), c.box, 1).Then(boxed{1}) }),
		"By was 1 (int) and becomes 1 (float64)")
}

func TestWrongScenes(t *testing.T) {
	t.Parallel()

	c := newCounters()

	wants(t, said(t, func(tb *fake) { aggregatetest.Given(tb, c.kind, 7) }),
		"these events cannot happen in counter:1", "int")
	wants(t, said(t, func(tb *fake) {
		aggregatetest.When(aggregatetest.Given(tb, c.kind, created{}), c.increment, 1).Then("incremented")
	}), "these events cannot happen in counter:1", "string")
	wants(t, said(t, func(tb *fake) {
		aggregatetest.Given(tb, c.kind).Taken("name", "ada", "counter:1").Taken("name", "Ada", "counter:2")
	}), `given that name "Ada" is taken by counter:2`, "is taken")
	wants(t, said(t, func(tb *fake) {
		aggregatetest.Given(tb, aggregate.Define[counter]("counter"))
	}), "has no events")
	wants(t, said(t, func(tb *fake) {
		aggregatetest.When(aggregatetest.Given(tb, c.kind, event.Draft{Type: "increased"}), c.increment, 1)
	}), "increased")
}

func wants(t *testing.T, got string, wants ...string) {
	t.Helper()

	for _, want := range wants {
		if !strings.Contains(got, want) {
			t.Errorf("it does not say %q, but:\n%s", want, got)
		}
	}
}
