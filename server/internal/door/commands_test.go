package door_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/recountdev/recount/aggregate"
	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/category"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/server/internal/door"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/memory"
)

// decider is a door.Commands that remembers what it was asked.
type decider struct {
	requests []aggregate.Request
	views    []store.Point
	err      error
}

func (d *decider) Dispatch(_ context.Context, r aggregate.Request) (aggregate.Answer, error) {
	d.requests = append(d.requests, r)

	return aggregate.Answer{Stream: r.Stream, Result: []byte(`1`), Version: 1, Position: event.PositionAt(1)}, d.err
}

func (d *decider) View(_ context.Context, _ event.Stream, at store.Point) (aggregate.View, error) {
	d.views = append(d.views, at)

	return aggregate.View{State: []byte(`{"total":5}`), Version: 3}, d.err
}

// newOffice returns a door before orders, which have commands, and other
// categories, which have none.
func newOffice(t *testing.T, commands door.Commands) (*door.Door, store.Log) {
	t.Helper()

	deny := func(word string) auth.Guard {
		return func(_ context.Context, r *auth.Request) error {
			if r.Caller.ID != "root" && (strings.Contains(string(r.Data), word) || r.Type == word) {
				return errors.New("no " + word)
			}

			return nil
		}
	}

	categories, err := category.New(map[string]category.Declaration{
		"order":  {Commands: []string{"place", "pay"}, Open: []string{"noted"}, Guards: category.Guards{Dispatch: deny("caviar")}},
		"safe":   {Commands: []string{"open"}, Guards: category.Guards{Dispatch: auth.Refuse, Join: auth.Refuse}},
		"draft":  {},
		"paper":  {Events: map[string]category.EventType{"card_added": {Schema: []byte(`{"type":"object","required":["title"]}`)}}},
		"clean":  {Guards: category.Guards{Append: deny("mud")}},
		"secret": {Guards: category.Guards{Join: auth.Refuse, Append: auth.Refuse}},
	})
	if err != nil {
		t.Fatal(err)
	}

	log := memory.New().Log
	t.Cleanup(func() {
		if err := log.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})

	return door.New(door.Options{Log: log, Categories: categories, Commands: commands, Limits: event.Limits{Data: 100, Stream: 40}}), log
}

func TestDispatch(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		request aggregate.Request
		code    fault.Code
		says    string
	}{
		"a command":           {aggregate.Request{Stream: "order:1", Command: "place", Data: []byte(`{"item":"tea"}`), ID: "c-1"}, "", ""},
		"without data":        {aggregate.Request{Stream: "order:1", Command: "pay"}, "", ""},
		"one that creates":    {aggregate.Request{Stream: "order:$next", Command: "place"}, "", ""},
		"as somebody else":    {aggregate.Request{Stream: "order:1", Command: "pay", Actor: "bob"}, "", ""},
		"a misspelt one":      {aggregate.Request{Stream: "order:1", Command: "plase"}, fault.CodeNotFound, `did you mean "place"?`},
		"an event":            {aggregate.Request{Stream: "order:1", Command: "noted"}, fault.CodeNotFound, "no command"},
		"no name":             {aggregate.Request{Stream: "order:1"}, fault.CodeNotFound, "no command"},
		"of no category":      {aggregate.Request{Stream: "oder:1", Command: "pay"}, fault.CodeNotFound, `did you mean "order"?`},
		"where there is none": {aggregate.Request{Stream: "draft:1", Command: "pay"}, fault.CodeNotFound, "category draft has no commands"},
		"of the system":       {aggregate.Request{Stream: "$sys:1", Command: "pay"}, fault.CodeNotFound, "no commands"},
		"no stream":           {aggregate.Request{Stream: "order", Command: "pay"}, fault.CodeInvalid, "no category"},
		"a whole category":    {aggregate.Request{Stream: "order:*", Command: "pay"}, fault.CodeInvalid, "whole category"},
		"a long name":         {aggregate.Request{Stream: event.Stream("order:" + strings.Repeat("1", 40)), Command: "pay"}, fault.CodeTooLarge, "40"},
		"a long ID":           {aggregate.Request{Stream: "order:1", Command: "pay", ID: strings.Repeat("i", 129)}, fault.CodeTooLarge, "id has 129 bytes, the limit is 128"},
		"a strange ID":        {aggregate.Request{Stream: "order:1", Command: "pay", ID: "a\n"}, fault.CodeInvalid, "control character"},
		"much data":           {aggregate.Request{Stream: "order:1", Command: "pay", Data: []byte(`"` + strings.Repeat("x", 100) + `"`)}, fault.CodeTooLarge, "the limit is 100"},
		"no JSON":             {aggregate.Request{Stream: "order:1", Command: "pay", Data: []byte(`{`)}, fault.CodeInvalid, "not JSON"},
		"what a guard denies": {aggregate.Request{Stream: "order:1", Command: "pay", Data: []byte(`"caviar"`)}, fault.CodeForbidden, `dispatch of "pay" to "order:1" is forbidden: no caviar`},
		"where nobody may":    {aggregate.Request{Stream: "safe:1", Command: "open"}, fault.CodeForbidden, "forbidden"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			commands := new(decider)
			d, _ := newOffice(t, commands)

			answer, err := d.Dispatch(t.Context(), ada(), c.request)
			check(t, err, c.code, c.says)

			if c.code != "" {
				if len(commands.requests) > 0 {
					t.Errorf("it was sent all the same: %+v", commands.requests)
				}

				return
			}

			if len(commands.requests) != 1 || answer.Version != 1 {
				t.Fatalf("got %+v of %+v", answer, commands.requests)
			}

			got := commands.requests[0]
			if got.Actor != "ada" || got.Stream != c.request.Stream || got.Command != c.request.Command || string(got.Data) != string(c.request.Data) || got.ID != c.request.ID {
				t.Errorf("got %+v", got)
			}
		})
	}
}

// TestDispatchFails sees that an error of who decides arrives as it is.
func TestDispatchFails(t *testing.T) {
	t.Parallel()

	d, _ := newOffice(t, &decider{err: fault.Rejected("sold out")})

	_, err := d.Dispatch(t.Context(), ada(), aggregate.Request{Stream: "order:1", Command: "pay"})
	check(t, err, fault.CodeRejected, "sold out")
}

// TestNoAggregates sees what somebody is told whose server decides nothing.
func TestNoAggregates(t *testing.T) {
	t.Parallel()

	d, _ := newOffice(t, nil)

	_, err := d.Dispatch(t.Context(), ada(), aggregate.Request{Stream: "order:1", Command: "pay"})
	check(t, err, fault.CodeNotFound, "this server has no aggregates")

	_, err = d.View(t.Context(), ada(), "order:1", store.Point{})
	check(t, err, fault.CodeNotFound, "this server has no aggregates")
}

func TestView(t *testing.T) {
	t.Parallel()

	commands := new(decider)
	d, _ := newOffice(t, commands)

	view, err := d.View(t.Context(), ada(), "order:1", store.Point{Version: 3})
	check(t, err, "", "")

	if string(view.State) != `{"total":5}` || view.Version != 3 || len(commands.views) != 1 || commands.views[0] != (store.Point{Version: 3}) {
		t.Errorf("got %+v at %+v", view, commands.views)
	}

	for stream, code := range map[event.Stream]fault.Code{
		"secret:1": fault.CodeForbidden, "safe:1": fault.CodeForbidden, "oder:1": fault.CodeNotFound, "order:$next": fault.CodeInvalid, "order": fault.CodeInvalid, "$sys:1": fault.CodeForbidden,
	} {
		_, err := d.View(t.Context(), ada(), stream, store.Point{})
		check(t, err, code, "")
	}

	if len(commands.views) != 1 {
		t.Errorf("views were made that nobody got: %+v", commands.views)
	}
}

// TestNextIsNoStream sees that the stream which stands for the next one never
// comes to be.
func TestNextIsNoStream(t *testing.T) {
	t.Parallel()

	d, _ := newOffice(t, new(decider))

	_, err := d.Append(t.Context(), root(), "order:$next", store.Anything(), []event.Draft{{Type: "noted"}})
	check(t, err, fault.CodeInvalid, "stands for the next one")
	check(t, d.CheckName("order:$next"), fault.CodeInvalid, "stands for the next one")
	check(t, d.CheckName("order:*"), "", "")
	check(t, d.CheckName("order:next"), "", "")
}
