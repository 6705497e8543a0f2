package aggregate_test

import (
	"maps"
	"math"
	"testing"
	"time"

	"github.com/recountdev/recount/aggregate"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/memory"
)

// clocked returns a store with three events of stock:1, recorded a minute apart,
// and the time of the first.
func clocked(t *testing.T) (store.Backend, *aggregate.Runtime, stock, time.Time) {
	t.Helper()

	began := time.Date(2024, time.May, 1, 12, 0, 0, 0, time.UTC)
	now := began
	backend := memory.NewWith(memory.Options{Clock: func() time.Time { return now }})
	c := newStock(aggregate.Settings{SnapshotEvery: 2})
	r := runtime(t, backend, c.kind)

	for _, thing := range []string{"a", "b", "a"} {
		if _, err := c.put.Do(t.Context(), r, "stock:1", thing); err != nil {
			t.Fatal(err)
		}

		now = now.Add(time.Minute)
	}

	return backend, r, c, began
}

func TestAt(t *testing.T) {
	t.Parallel()

	_, r, c, began := clocked(t)
	after := func(things ...string) tags {
		want := tags{"always": 1, "first": 1}
		for _, thing := range things {
			want[thing]++
		}

		return want
	}

	for name, try := range map[string]struct {
		at      store.Point
		want    tags
		version event.Version
		code    fault.Code
	}{
		"now":                 {store.Point{}, after("a", "b", "a"), 3, ""},
		"version 1":           {store.Point{Version: 1}, after("a"), 1, ""},
		"version 3":           {store.Point{Version: 3}, after("a", "b", "a"), 3, ""},
		"version 4":           {store.Point{Version: 4}, nil, 0, fault.CodeGone},
		"the last of all":     {store.Point{Version: math.MaxUint64}, nil, 0, fault.CodeGone},
		"the first moment":    {store.Point{Time: began}, after("a"), 1, ""},
		"just before":         {store.Point{Time: began.Add(time.Minute - time.Millisecond)}, after("a"), 1, ""},
		"the second moment":   {store.Point{Time: began.Add(time.Minute)}, after("a", "b"), 2, ""},
		"in the future":       {store.Point{Time: began.Add(time.Hour)}, after("a", "b", "a"), 3, ""},
		"before it began":     {store.Point{Time: began.Add(-time.Millisecond)}, nil, 0, fault.CodeNotFound},
		"two points at once":  {store.Point{Version: 1, Time: began}, nil, 0, fault.CodeInvalid},
		"in another timezone": {store.Point{Time: began.In(time.FixedZone("", 7200))}, after("a"), 1, ""},
	} {
		got, version, err := aggregate.At(t.Context(), r, c.kind, "stock:1", try.at)
		if fault.Of(err) != try.code || version != try.version || !maps.Equal(got, try.want) {
			t.Errorf("%s: got %v at version %d, %v", name, got, version, err)
		}
	}

	_, _, err := aggregate.At(t.Context(), r, c.kind, "stock:2", store.Point{})
	wantCode(t, "no stream", err, fault.CodeNotFound)

	_, _, err = aggregate.At(t.Context(), r, c.kind, "stock:2", store.Point{Version: 1})
	wantCode(t, "a version of no stream", err, fault.CodeNotFound)
}

// The state of the past is the caller's own.
func TestAtIsACopy(t *testing.T) {
	t.Parallel()

	_, r, c, _ := clocked(t)
	got, _, err := aggregate.At(t.Context(), r, c.kind, "stock:1", store.Point{})
	if err != nil {
		t.Fatal(err)
	}

	clear(got)

	if now, _, err := aggregate.Ask(t.Context(), r, c.kind, "stock:1", func(s tags) int { return s["a"] }); now != 2 || err != nil {
		t.Errorf("got %d, %v", now, err)
	}
}

func TestHistory(t *testing.T) {
	t.Parallel()

	_, r, c, _ := clocked(t)
	steps := []tags{
		{"always": 1, "first": 1},
		{"always": 1, "first": 1, "a": 1},
		{"always": 1, "first": 1, "a": 1, "b": 1},
		{"always": 1, "first": 1, "a": 2, "b": 1},
	}

	for from := range event.Version(5) {
		want := max(int(from), 1)
		for change, err := range aggregate.History(t.Context(), r, c.kind, "stock:1", from) {
			if err != nil {
				t.Fatal(err)
			}

			if int(change.Event.Version) != want || !maps.Equal(change.Before, steps[want-1]) || !maps.Equal(change.After, steps[want]) {
				t.Errorf("from %d: version %d: before %v, after %v", from, change.Event.Version, change.Before, change.After)
			}

			want++
		}

		if want != 4 {
			t.Errorf("from %d: it ends before version %d", from, want)
		}
	}

	for change, err := range aggregate.History(t.Context(), r, c.kind, "stock:1", 2) {
		if err != nil || change.Event.Version != 2 {
			t.Errorf("got %+v, %v", change, err)
		}

		break
	}
}

func TestHistoryFails(t *testing.T) {
	t.Parallel()

	backend, r, c, _ := clocked(t)

	for name, of := range map[string]struct {
		stream event.Stream
		from   event.Version
		code   fault.Code
	}{
		"no stream":            {"stock:2", 0, fault.CodeNotFound},
		"a part of no stream":  {"stock:2", 2, fault.CodeNotFound},
		"beyond its end":       {"stock:1", 5, fault.CodeGone},
		"far beyond its end":   {"stock:1", math.MaxUint64, fault.CodeGone},
		"of another category":  {"till:1", 1, fault.CodeInvalid},
		"of another, and late": {"till:1", 2, fault.CodeInvalid},
	} {
		var last error

		n := 0
		for _, err := range aggregate.History(t.Context(), r, c.kind, of.stream, of.from) {
			n, last = n+1, err
		}

		if n != 1 {
			t.Errorf("%s: %d steps", name, n)
		}

		wantCode(t, name, last, of.code)
	}

	put(t, backend.Log, "stock:1", "lost", "{}")

	var last error
	for _, err := range aggregate.History(t.Context(), r, c.kind, "stock:1", 3) {
		last = err
	}

	wantCode(t, "an unknown type", last, fault.CodeInternal)
}

func TestView(t *testing.T) {
	t.Parallel()

	c, silent := newCounters(), newTills()
	r := runtime(t, newStore(t), c.kind, silent.kind)

	_, err := r.View(t.Context(), "counter:1", store.Point{})
	wantCode(t, "no stream", err, fault.CodeNotFound)

	if _, err := c.create.Do(t.Context(), r, "counter:1", struct{}{}); err != nil {
		t.Fatal(err)
	}

	for range 2 {
		if _, err := c.increment.Do(t.Context(), r, "counter:1", incrementBy{2}); err != nil {
			t.Fatal(err)
		}
	}

	for at, want := range map[store.Point]string{{}: `{"count":4}`, {Version: 2}: `{"count":2}`, {Version: 1}: `{"count":0}`} {
		got, err := r.View(t.Context(), "counter:1", at)
		if err != nil || string(got.State) != want || at.Version != 0 && got.Version != at.Version {
			t.Errorf("at version %d: got %s at %d, %v", at.Version, got.State, got.Version, err)
		}
	}

	for name, try := range map[string]struct {
		stream event.Stream
		at     store.Point
		code   fault.Code
	}{
		"without Public":   {"till:1", store.Point{}, fault.CodeNotFound},
		"of no category":   {"meeting:1", store.Point{}, fault.CodeNotFound},
		"beyond its end":   {"counter:1", store.Point{Version: 4}, fault.CodeGone},
		"two points":       {"counter:1", store.Point{Version: 1, Time: time.Now()}, fault.CodeInvalid},
		"before its time":  {"counter:1", store.Point{Time: time.Unix(1, 0)}, fault.CodeNotFound},
		"the next to come": {"counter:$next", store.Point{}, fault.CodeInvalid},
	} {
		_, err := r.View(t.Context(), try.stream, try.at)
		wantCode(t, name, err, try.code)
	}
}
