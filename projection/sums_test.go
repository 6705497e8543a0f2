package projection_test

import (
	"context"
	"encoding/json"
	"maps"
	"testing"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/projection"
	"github.com/recountdev/recount/store"
)

// added is the data of the events of these tests.
type added struct {
	N int `json:"n"`
}

// Sums is a projection that counts wrongly if an event is counted twice or not
// at all, or in another order.
func sums(o projection.Options, more ...projection.Handler) *projection.Definition {
	if o.Tables == "" {
		o.Tables = `
			-- What came of each stream; "sums" is a view.
			create table sums (stream text primary key, n bigint not null, total bigint not null, last bigint not null);
			create index sums_by_total on sums (total)`
	}

	if o.ClearStream == "" {
		o.ClearStream = `delete from sums where stream = ?`
	}

	return projection.Define("sums", o, append([]projection.Handler{projection.On("added", addUp)}, more...)...)
}

func addUp(ctx context.Context, tx *projection.Tx, e *event.Event, data added) error {
	_, err := tx.Exec(ctx, `insert into sums (stream, n, total, last) values (?, 1, ?, ?)
		on conflict (stream) do update set n = sums.n + 1, total = sums.total + excluded.total, last = excluded.last`, string(e.Stream), data.N, data.N)

	return err
}

// row is one of sums.
type row struct{ n, total, last int }

// fold is what sums has to be, by the log.
func fold(t *testing.T, log store.Log, skipped ...event.Position) map[event.Stream]row {
	t.Helper()

	want := make(map[event.Stream]row)

	for page, err := range log.Feed(t.Context(), event.Position{}, store.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}

	events:
		for _, e := range page.Events {
			if e.Type != "added" || e.Stream.IsSystem() {
				continue
			}

			for _, p := range skipped {
				if e.Position == p {
					continue events
				}
			}

			var data added
			if err := json.Unmarshal(e.Data, &data); err != nil {
				t.Fatal(err)
			}

			r := want[e.Stream]
			want[e.Stream] = row{r.n + 1, r.total + data.N, data.N}
		}
	}

	return want
}

// sums returns what readers see.
func (h *house) sums() (map[event.Stream]row, error) {
	rows, err := h.views.Reader().QueryContext(h.Context(), "select stream, n, total, last from sums")
	if err != nil {
		return nil, err
	}
	defer rows.Close()

	got := make(map[event.Stream]row)
	for rows.Next() {
		var (
			stream event.Stream
			r      row
		)

		if err := rows.Scan(&stream, &r.n, &r.total, &r.last); err != nil {
			return nil, err
		}

		got[stream] = r
	}

	return got, rows.Err()
}

// check compares what readers see with a fold of the log.
func (h *house) check(skipped ...event.Position) {
	h.Helper()

	got, err := h.sums()
	if want := fold(h.T, h.log, skipped...); err != nil || !maps.Equal(got, want) {
		h.Errorf("readers see %v, the log says %v, error %v", got, want, err)
	}
}
