package journal_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/recountdev/recount/category"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/projection/journal"
	"github.com/recountdev/recount/store"
)

// declared has a throttle of each kind.
func declared() map[string]category.Declaration {
	return map[string]category.Declaration{"m": {Events: map[string]category.EventType{
		"fixed":   {Throttle: &category.Throttle{Within: 10 * time.Minute}},
		"sliding": {Throttle: &category.Throttle{Within: 10 * time.Minute, Sliding: true}},
		"actor":   {Throttle: &category.Throttle{Within: 10 * time.Minute, By: []string{"actor"}}},
		"subject": {Throttle: &category.Throttle{Within: 10 * time.Minute, By: []string{"subject"}}},
	}}}
}

// modelled is what a row says of repeats.
type modelled struct {
	Position, RepeatOf int64
	Times              int
	Latest             int64
	Shown              bool
}

// model folds the whole log at once, as plainly as can be: it looks at every
// earlier event for each.
func model(events []event.Event) []modelled {
	rows := make([]modelled, len(events))
	windows := make([]time.Duration, len(events))

	for i := range events {
		e := &events[i]
		rows[i] = modelled{Position: int64(e.Position.Number()), Times: 1, Latest: int64(e.Position.Number()), Shown: true}

		var meta struct{ Within string }
		_ = json.Unmarshal(e.Meta.Extra, &meta)
		windows[i], _ = time.ParseDuration(meta.Within)

		throttle := declared()[e.Stream.Category()].Events[e.Type].Throttle
		if windows[i] == 0 && throttle != nil {
			windows[i] = throttle.Within
		}

		if windows[i] == 0 {
			continue
		}

		by, sliding := []string{"actor", "subject"}, false
		if throttle != nil {
			sliding = throttle.Sliding
			if throttle.By != nil {
				by = throttle.By
			}
		}

		for j := i - 1; j >= 0; j-- {
			o := &events[j]
			if windows[j] == 0 || o.Stream != e.Stream || o.Type != e.Type ||
				slices.Contains(by, "actor") && o.Actor != e.Actor || slices.Contains(by, "subject") && o.Subject != e.Subject {
				continue
			}

			first := j
			if of := rows[j].RepeatOf; of != 0 {
				first = slices.IndexFunc(rows, func(m modelled) bool { return m.Position == of })
			}

			since := events[first].Recorded
			if sliding {
				since = o.Recorded
			}

			if e.Recorded.Sub(since) < windows[i] {
				rows[j].Shown = false
				rows[first].Times++
				rows[first].Latest = rows[i].Position
				rows[i].RepeatOf, rows[i].Times, rows[i].Latest = rows[first].Position, 0, 0
			}

			break
		}
	}

	return rows
}

// stored returns what the table says of repeats.
func (h *house) stored() []modelled {
	h.t.Helper()

	rows, err := h.views.Reader().QueryContext(context.Background(), "select position, coalesce(repeat_of, 0), times, coalesce(latest, 0), shown from journal order by position")
	must(h.t, err)
	defer rows.Close()

	var all []modelled
	for rows.Next() {
		var (
			m     modelled
			shown int64
		)
		must(h.t, rows.Scan(&m.Position, &m.RepeatOf, &m.Times, &m.Latest, &shown))

		m.Shown = shown > 0
		if shown != m.Position && shown != -m.Position {
			h.t.Errorf("row %d is shown at %d", m.Position, shown)
		}

		all = append(all, m)
	}

	must(h.t, rows.Err())

	return all
}

// all returns the whole log.
func (h *house) all() []event.Event {
	h.t.Helper()

	var events []event.Event
	for page, err := range h.log.Feed(context.Background(), event.Position{}, store.Filter{}) {
		must(h.t, err)
		events = append(events, page.Events...)
	}

	return events
}

// TestRepeats compares the journal with a plain model, whatever the batches are,
// and with what a rebuild makes of the same log.
func TestRepeats(t *testing.T) {
	t.Parallel()

	onEach(t, journal.Options{Categories: declared(), Batch: 3}, func(h *house) {
		t := h.t
		now := map[event.Stream]time.Time{}

		rapid.Check(t, func(r *rapid.T) {
			streams := []event.Stream{event.Stream(fmt.Sprintf("m:%d", rapid.Int().Draw(r, "stream"))), "m:shared", "other:1"}

			for range rapid.IntRange(1, 12).Draw(r, "events") {
				stream := rapid.SampledFrom(streams).Draw(r, "stream")
				if now[stream].IsZero() {
					now[stream] = after(0)
				}

				now[stream] = now[stream].Add(time.Duration(rapid.SampledFrom([]int{0, 1, 299, 300, 301, 599, 600, 601}).Draw(r, "seconds")) * time.Second)

				d := event.Draft{
					Type:    rapid.SampledFrom([]string{"fixed", "sliding", "actor", "subject", "plain"}).Draw(r, "type"),
					Actor:   rapid.SampledFrom([]string{"", "ada"}).Draw(r, "actor"),
					Subject: rapid.SampledFrom([]string{"", "ada"}).Draw(r, "subject"),
					Origin:  event.Imported, Recorded: now[stream],
				}
				if within := rapid.SampledFrom([]string{"", "", "5m0s", "20m", "x"}).Draw(r, "within"); within != "" {
					d.Meta.Extra = fmt.Appendf(nil, `{"within":%q}`, within)
				}

				h.append(stream, d)
			}

			if rapid.IntRange(0, 9).Draw(r, "restart") == 0 {
				h.stop()
				h.start()
			}

			h.wait()
		})

		want := model(h.all())
		if got := h.stored(); !slices.Equal(got, want) {
			t.Errorf("the journal is not what the model says%s", difference(got, want))
		}

		h.stop()
		h.options.Batch = 0

		again := &house{t: t, log: h.log, options: h.options}
		again.open("sqlite::memory:")
		again.start()
		again.wait()
		again.stop()

		if got := again.stored(); !slices.Equal(got, want) {
			t.Errorf("built anew the journal is another one%s", difference(got, want))
		}

		again.close()
	})
}

func difference(got, want []modelled) string {
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			return fmt.Sprintf("\nrow %d: got %+v, want %+v", i, got[i], want[i])
		}
	}

	return fmt.Sprintf(": %d rows, want %d", len(got), len(want))
}

// TestManyRepeats sees that a transaction may have many repeats of what another
// one wrote.
func TestManyRepeats(t *testing.T) {
	t.Parallel()

	onEach(t, journal.Options{Categories: declared()}, func(h *house) {
		record := func(minutes int) {
			b := store.Batch{Stream: "m:1"}
			for i := range 150 {
				b.Drafts = append(b.Drafts, event.Draft{Type: "fixed", Subject: strconv.Itoa(i % 100), Origin: event.Imported, Recorded: after(minutes)})
			}

			_, err := h.log.Append(context.Background(), b)
			must(h.t, err)
		}

		for _, minutes := range []int{0, 9, 11} {
			record(minutes)
			h.wait()
		}

		want := model(h.all())
		if got := h.stored(); !slices.Equal(got, want) || len(got) != 450 {
			h.t.Errorf("the journal is not what the model says%s", difference(got, want))
		}
	})
}

// TestOneStreamAnew sees that a stream that is built anew alone is as before.
func TestOneStreamAnew(t *testing.T) {
	t.Parallel()

	onEach(t, journal.Options{Categories: declared(), Batch: 2}, func(h *house) {
		t := h.t
		for i := range 9 {
			at := event.Draft{Type: "sliding", Origin: event.Imported, Recorded: after(6 * i)}
			if i > 5 {
				at.Recorded = after(100 + 6*i)
			}

			h.append("m:1", at)
			h.append("m:2", at)
		}

		h.wait()

		want := model(h.all())
		must(t, h.views.RebuildStream(t.Context(), journal.Name, "m:1"))
		h.awaitNoStreams()

		if got := h.stored(); !slices.Equal(got, want) {
			t.Errorf("the journal became another one%s", difference(got, want))
		}
	})
}

// awaitNoStreams waits until no stream is to be built anew.
func (h *house) awaitNoStreams() {
	h.t.Helper()

	for range time.Tick(5 * time.Millisecond) {
		all, err := h.views.Statuses(context.Background())
		must(h.t, err)

		if len(all) == 1 && len(all[0].Streams) == 0 {
			return
		}
	}
}

// TestDeclaredAnew sees that another throttle is another journal, and that all
// else in a declaration is not.
func TestDeclaredAnew(t *testing.T) {
	t.Parallel()

	h := newHouse(t, "sqlite::memory:", journal.Options{Categories: declared()})
	h.append("m:1", event.Draft{Type: "fixed", Origin: event.Imported, Recorded: after(0)}, event.Draft{Type: "fixed", Origin: event.Imported, Recorded: after(1)})
	h.wait()

	generation := func() int { return h.runner.Status()[0].Generation }
	first := generation()

	restart := func(change func(*category.EventType)) {
		h.stop()

		h.options.Categories = declared()
		typ := h.options.Categories["m"].Events["fixed"]
		change(&typ)
		h.options.Categories["m"].Events["fixed"] = typ
		h.start()
	}

	restart(func(typ *category.EventType) { typ.LiveOnly, typ.Throttle.By = true, []string{"subject", "actor"} })
	h.wait()

	if generation() != first || len(h.read(journal.Query{}).Entries) != 1 {
		t.Errorf("it was built anew for nothing")
	}

	restart(func(typ *category.EventType) { typ.Throttle.Within = time.Second })

	for range time.Tick(time.Millisecond) {
		if generation() != first {
			break
		}
	}

	h.wait()

	if n := len(h.read(journal.Query{}).Entries); n != 2 {
		t.Errorf("%d entries, want 2", n)
	}
}
