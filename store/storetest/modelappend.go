package storetest

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

// appendAny appends something, sensible or not.
func (m *model) appendAny(t *rapid.T) {
	batches := make([]store.Batch, rapid.IntRange(1, 3).Draw(t, "batches"))
	for i := range batches {
		batches[i] = m.drawBatch(t)
	}

	m.append(t, batches)
}

// retry repeats an append that was recorded, with the IDs that it has got.
func (m *model) retry(t *rapid.T) {
	if len(m.appends) == 0 {
		t.Skip("nothing was appended yet")
	}

	before := rapid.SampledFrom(m.appends).Draw(t, "append")

	got, err := m.store.Log.Append(t.Context(), before.batches...)
	if err != nil || !got.Repeated || got.Position != before.receipt.Position {
		t.Fatalf("retry: got %+v (%v), want %+v", got, err, before.receipt)
	}

	for i, b := range before.batches {
		g, w := got.Batches[i], before.receipt.Batches[i]
		if len(b.Drafts) > 0 && (g.Version != w.Version || !slices.Equal(g.IDs, w.IDs)) {
			t.Fatalf("retry: batch %d: got %+v, want %+v", i+1, g, w)
		}
	}
}

// alter repeats an append that was recorded with other content, which the log
// has to notice.
func (m *model) alter(t *rapid.T) {
	if len(m.appends) == 0 {
		t.Skip("nothing was appended yet")
	}

	before := rapid.SampledFrom(m.appends).Draw(t, "append")
	batch := rapid.SampledFrom(before.batches).Draw(t, "batch")

	if len(batch.Drafts) == 0 {
		t.Skip("the batch only checks")
	}

	batch.Drafts = slices.Clone(batch.Drafts)
	d := &batch.Drafts[rapid.IntRange(0, len(batch.Drafts)-1).Draw(t, "draft")]

	switch rapid.SampledFrom([]string{"type", "subject", "data", "stream"}).Draw(t, "part") {
	case "type":
		d.Type += "x"
	case "subject":
		d.Subject += "x"
	case "data":
		d.Data = append(slices.Clone(d.Data), ' ')
	default:
		batch.Stream += "x"
	}

	if len(d.Data) == 1 && d.Data[0] == ' ' {
		d.Data = []byte("null")
	}

	m.append(t, []store.Batch{batch})
}

func (m *model) drawBatch(t *rapid.T) store.Batch {
	b := store.Batch{Stream: rapid.SampledFrom(m.names()).Draw(t, "stream")}

	switch rapid.IntRange(0, 7).Draw(t, "expectation") {
	case 0:
		b.Expect = store.NoStream()
	case 1:
		b.Expect = store.SomeStream()
	case 2:
		b.Expect = store.Exactly(event.Version(rapid.IntRange(0, 9).Draw(t, "version")))
	case 3, 4:
		b.Expect = store.Exactly(m.head(b.Stream))
	default:
	}

	b.Drafts = make([]event.Draft, rapid.IntRange(0, 3).Draw(t, "drafts"))
	for i := range b.Drafts {
		b.Drafts[i] = m.drawDraft(t)
	}

	return b
}

func (m *model) drawDraft(t *rapid.T) event.Draft {
	d := event.Draft{
		Type:    rapid.SampledFrom([]string{"added", "moved"}).Draw(t, "type"),
		Actor:   rapid.SampledFrom([]string{"", "ann"}).Draw(t, "actor"),
		Subject: rapid.SampledFrom([]string{"", "card:1"}).Draw(t, "subject"),
	}
	if data := rapid.SampledFrom([]string{"", "1", `{"a": [1, 2]}`}).Draw(t, "data"); data != "" {
		d.Data = []byte(data)
	}

	switch rapid.IntRange(0, 9).Draw(t, "id") {
	case 0, 1, 2:
		d.ID = event.ID(fmt.Sprintf("%s-%d", m.run, rapid.IntRange(1, 6).Draw(t, "number")))
	case 3:
		if len(m.events) > 0 {
			d.ID = rapid.SampledFrom(m.events).Draw(t, "event").ID
		}
	default:
	}

	if rapid.IntRange(0, 7).Draw(t, "origin") == 0 {
		d.Origin = event.Imported
		d.Recorded = time.Date(2100, time.May, rapid.IntRange(1, 5).Draw(t, "day"), 0, 0, 0, 0, time.UTC)
	}

	return d
}

// append does what the model says about it.
func (m *model) append(t *rapid.T, batches []store.Batch) {
	want := m.predict(batches)
	got, err := m.store.Log.Append(t.Context(), batches...)

	if got := fault.Of(err); got != want.code {
		t.Fatalf("append %+v: error %v, want %q", batches, err, want.code)
	}

	if c, ok := errors.AsType[*store.ConflictError](err); ok && *c != want.conflict {
		t.Fatalf("append %+v: conflict %+v, want %+v", batches, *c, want.conflict)
	}

	if _, ok := errors.AsType[*store.DuplicateError](err); ok != want.duplicate {
		t.Fatalf("append %+v: error %v, want a duplicate: %t", batches, err, want.duplicate)
	}

	if err != nil {
		return
	}

	if got.Repeated != want.repeated || len(got.Batches) != len(batches) {
		t.Fatalf("append %+v: got %+v, want repeated %t", batches, got, want.repeated)
	}

	if !got.Repeated {
		m.keep(t, batches, got)
	}
}

// keep takes what was appended into the model, after a look at it.
func (m *model) keep(t *rapid.T, batches []store.Batch, receipt store.Receipt) {
	after := m.end()

	var added []event.Event
	for p, err := range advancing(m.store.Log.Feed(t.Context(), after, store.Filter{}), after) {
		if err != nil {
			t.Fatalf("feed: %v", err)
		}

		added = append(added, p.Events...)
	}

	kept := made{receipt: receipt}

	for i, b := range batches {
		b.Drafts = slices.Clone(b.Drafts)
		kept.batches = append(kept.batches, b)

		for j := range b.Drafts {
			if len(added) == 0 {
				t.Fatalf("append %+v: batch %d: draft %d is not in the feed", batches, i+1, j+1)
			}

			m.keepEvent(t, &b, j, &added[0], receipt.Batches[i].IDs[j])
			b.Drafts[j].ID = added[0].ID
			added = added[1:]
		}

		if got, want := receipt.Batches[i].Version, m.head(b.Stream); got != want {
			t.Fatalf("append %+v: batch %d has version %d, want %d", batches, i+1, got, want)
		}
	}

	if len(added) > 0 || receipt.Position != m.end() {
		t.Fatalf("append %+v: %d events more than drafts, receipt %s, last event %s", batches, len(added), receipt.Position, m.end())
	}

	if m.end() != after {
		m.appends = append(m.appends, kept)
	}
}

// keepEvent checks an event against its draft, and keeps it.
func (m *model) keepEvent(t *rapid.T, b *store.Batch, draft int, e *event.Event, id event.ID) {
	d := departure(e, &b.Drafts[draft])
	if d != "" || e.ID != id || e.Stream != b.Stream || e.Version != m.head(b.Stream)+1 || e.Position.Compare(m.end()) <= 0 {
		t.Fatalf("draft %+v became %+v with receipt %s: %s", b.Drafts[draft], *e, id, d)
	}

	if m.last(b.Stream).After(e.Recorded) {
		t.Fatalf("event %+v was recorded before the one that it follows, %s", *e, m.last(b.Stream))
	}

	m.events = append(m.events, *e)
	m.streams[e.Stream] = append(m.streams[e.Stream], *e)
	m.ids[e.ID] = *e
}

// last returns the recorded time of the last event of a stream.
func (m *model) last(stream event.Stream) time.Time {
	if events := m.streams[stream]; len(events) > 0 {
		return events[len(events)-1].Recorded
	}

	return time.Time{}
}
