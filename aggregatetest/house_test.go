package aggregatetest_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/recountdev/recount/aggregate"
	"github.com/recountdev/recount/fault"
)

type counter struct {
	Count int
	Names []string
}

type (
	created     struct{}
	incremented struct {
		By int `json:"by"`
	}
	named struct {
		Name string `json:"name"`
	}
	// whispered loses what it says.
	whispered struct{ by int }
	// boxed becomes something else.
	boxed struct{ By any }
	told  struct {
		By int `json:"by"`
	}
)

type counters struct {
	kind                                       *aggregate.Definition[counter]
	increment, whisper, box, cheat, tell, late *aggregate.Decider[counter, int, int]
	rename                                     *aggregate.Decider[counter, string, []string]
	open                                       *aggregate.Creator[counter, string, int]
}

func newCounters() counters {
	d := aggregate.Define("counter",
		aggregate.On("created", func(*counter, created) {}),
		aggregate.On("incremented", func(c *counter, e incremented) { c.Count += e.By }),
		aggregate.On("named", func(c *counter, e named) { c.Names = append(c.Names, e.Name) }),
		aggregate.On("whispered", func(c *counter, e whispered) { c.Count += e.by }),
		aggregate.On("boxed", func(c *counter, e boxed) {
			if by, ok := e.By.(int); ok {
				c.Count += by
			}
		}),
		aggregate.On("told", func(*counter, told) {}),
	)

	return counters{
		kind: d,
		increment: aggregate.Command(d, "increment", func(s aggregate.Scope[counter], by int) (int, error) {
			switch {
			case s.Version() == 0:
				return 0, fault.NotFound("there is no %s", s.Stream())
			case by < 0:
				return 0, errors.New("a counter only goes up")
			case by == 666:
				panic("the number of the beast")
			case by > 0:
				s.Emit(aggregate.Fact{Event: incremented{By: by}, Subject: s.Actor()})
			}

			return s.State().Count, nil
		}),
		whisper: emitting(d, "whisper", func(by int) any { return whispered{by} }),
		box:     emitting(d, "box", func(by int) any { return boxed{by} }),
		late:    emitting(d, "late", func(by int) any { return aggregate.Fact{Event: incremented{by}, Time: day} }),
		cheat: aggregate.Command(d, "cheat", func(s aggregate.Scope[counter], by int) (int, error) {
			s.State().Names[0] = "cheated"

			return by, errors.New("nothing happened")
		}),
		tell: aggregate.Command(d, "tell", func(s aggregate.Scope[counter], by int) (int, error) {
			s.EmitTo("listener:1", told{by})

			return by, nil
		}),
		rename: aggregate.Command(d, "rename", func(s aggregate.Scope[counter], to string) ([]string, error) {
			for _, before := range s.State().Names {
				if err := s.Release("name", before); err != nil {
					return nil, err
				}
			}

			if err := s.Reserve("name", to); err != nil {
				return nil, err
			}

			s.Emit(named{to})

			return s.State().Names, nil
		}),
		open: aggregate.Creation(d, "open", func(s aggregate.Scope[counter], name string) (int, error) {
			if err := s.Reserve("name", name); err != nil {
				return 0, err
			}

			s.Emit(named{name})

			return 0, nil
		}),
	}
}

func emitting(d *aggregate.Definition[counter], name string, of func(by int) any) *aggregate.Decider[counter, int, int] {
	return aggregate.Command(d, name, func(s aggregate.Scope[counter], by int) (int, error) {
		s.Emit(of(by))

		return s.State().Count, nil
	})
}

// fake is a test that may fail.
type fake struct {
	testing.TB

	ctx     context.Context //nolint:containedctx // as a testing.TB has it
	said    []string
	cleanup []func()
}

func (*fake) Helper()                    {}
func (f *fake) Context() context.Context { return f.ctx }
func (f *fake) Cleanup(do func())        { f.cleanup = append(f.cleanup, do) }
func (f *fake) Error(args ...any)        { f.said = append(f.said, fmt.Sprint(args...)) }
func (f *fake) Errorf(format string, args ...any) {
	f.said = append(f.said, fmt.Sprintf(format, args...))
}

func (f *fake) Fatalf(format string, args ...any) {
	f.Errorf(format, args...)
	runtime.Goexit()
}

// said returns what a test said that failed.
func said(t *testing.T, test func(tb *fake)) string {
	t.Helper()

	f := &fake{ctx: t.Context()}
	ended := make(chan struct{})

	go func() {
		defer close(ended)
		defer func() {
			for _, do := range f.cleanup {
				do()
			}
		}()

		test(f)
	}()
	<-ended

	return strings.Join(f.said, "\n")
}
