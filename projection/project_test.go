package projection_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/projection"
	"github.com/recountdev/recount/store"
)

// TestProjects is the way of events into views.
func TestProjects(t *testing.T) {
	t.Parallel()

	for name, address := range databases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			url := address(t)
			h := start(t, newLog(t), url, sums(projection.Options{}))

			h.append("counter:1", "added", 1, 2, 3)
			h.append("$system:1", "added", 100)
			h.append("counter:2", "added", 7)
			h.append("counter:2", "noted", 5)

			p := h.append("counter:2", "noted", 5)
			if err := h.runner.WaitFor(t.Context(), "sums", p); err != nil {
				t.Fatal(err)
			}

			h.check()

			if got, _ := h.sums(); len(got) != 2 || got["counter:1"] != (row{3, 6, 3}) {
				t.Errorf("got %v", got)
			}

			if s := h.status(); s.State != projection.Live || s.Position != p || s.Lag != 0 || s.Generation != 1 || s.Rebuild != nil || s.Failure != nil {
				t.Errorf("got %s", shown(s))
			}

			h.until("all of that is written down", func() bool {
				all, err := h.views.Statuses(t.Context())

				return err == nil && len(all) == 1 && all[0].State == projection.Live && all[0].Position == p && all[0].Lag == 0
			})
		})
	}
}

// TestHandlers shows what handlers get, and in which order.
func TestHandlers(t *testing.T) {
	t.Parallel()

	for name, address := range databases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			url := address(t)
			note := func(ctx context.Context, tx *projection.Tx, who string, e *event.Event) error {
				_, err := tx.Exec(ctx, "insert into calls (who, position, data) values (?, ?, ?)", who, e.Position.String(), string(e.Data))

				return err
			}
			d := projection.Define("calls", projection.Options{
				Categories: []string{"a", "$b"},
				Tables:     `create table calls (who text, position text, data text)`,
			},
				projection.OnBatch(func(ctx context.Context, tx *projection.Tx, events []event.Event) error {
					for i := range events {
						if err := note(ctx, tx, "batch", &events[i]); err != nil {
							return err
						}
					}

					return nil
				}),
				projection.OnEach(func(ctx context.Context, tx *projection.Tx, e *event.Event) error { return note(ctx, tx, "each", e) }),
				projection.On("x", func(ctx context.Context, tx *projection.Tx, e *event.Event, data json.RawMessage) error {
					return note(ctx, tx, "raw "+string(data), e)
				}),
				projection.On("y", func(ctx context.Context, tx *projection.Tx, e *event.Event, data map[string]int) error {
					return note(ctx, tx, fmt.Sprint("map ", data["n"]), e)
				}),
			)

			h := start(t, newLog(t), url, d)
			h.append("a:1", "x", 1)
			h.append("c:1", "x", 2)
			h.append("$b:1", "y", 3)
			h.append("$c:1", "y", 3)
			h.wait("calls", h.append("a:2", "z", 4))

			got := h.rows("select who, position from calls")
			slices.Sort(got)

			want := []string{
				"batch 0000000000000001", "batch 0000000000000003", "batch 0000000000000005",
				"each 0000000000000001", "each 0000000000000003", "each 0000000000000005",
				"map 3 0000000000000003", `raw {"n":1} 0000000000000001`,
			}
			if !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

// rows returns what a query returns, as text.
func (h *house) rows(query string, args ...any) []string {
	h.Helper()

	rows, err := h.views.Reader().QueryContext(h.Context(), query, args...)
	if err != nil {
		h.Fatal(err)
	}
	defer rows.Close()

	columns, err := rows.Columns()
	if err != nil {
		h.Fatal(err)
	}

	var got []string

	for rows.Next() {
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new(string)
		}

		if err := rows.Scan(values...); err != nil {
			h.Fatal(err)
		}

		var texts []string
		for _, v := range values {
			texts = append(texts, *v.(*string)) //nolint:forcetypeassert,errcheck // they are what was put in
		}

		got = append(got, strings.Join(texts, " "))
	}

	if err := rows.Err(); err != nil {
		h.Fatal(err)
	}

	return got
}

// subject records an event about something, and returns its position.
func (h *house) subject(stream event.Stream, about string) event.Position {
	h.Helper()

	receipt, err := h.log.Append(h.Context(), store.Batch{Stream: stream, Drafts: []event.Draft{{Type: "noted", Subject: about}}})
	if err != nil {
		h.Fatal(err)
	}

	return receipt.Position
}
