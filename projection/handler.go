package projection

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/recountdev/recount/event"
)

// Handler is what a projection does with events. On, OnEach and OnBatch make
// one. It is called by one goroutine at a time for each generation.
type Handler struct {
	typ   string // of the events that it takes; "" means all
	each  func(ctx context.Context, tx *Tx, e *event.Event) error
	batch func(ctx context.Context, tx *Tx, events []event.Event) error
}

// On takes the events of a type. Their data is the JSON of E; fields that E does
// not have are left out, and absent data is the zero value. A json.RawMessage
// takes the data as it is and must not be modified.
func On[E any](typ string, handle func(ctx context.Context, tx *Tx, e *event.Event, data E) error) Handler {
	each := func(ctx context.Context, tx *Tx, e *event.Event) error {
		var data E

		if raw, ok := any(&data).(*json.RawMessage); ok {
			*raw = e.Data
		} else if len(e.Data) > 0 {
			if err := json.Unmarshal(e.Data, &data); err != nil {
				return fmt.Errorf("the data is not as %T: %w", data, err)
			}
		}

		return handle(ctx, tx, e, data)
	}
	if handle == nil {
		each = nil
	}

	return Handler{typ: typ, each: each}
}

// OnEach takes every event, whatever its type.
func OnEach(handle func(ctx context.Context, tx *Tx, e *event.Event) error) Handler {
	return Handler{each: handle}
}

// OnBatch takes all events of a transaction at once, whatever their types, after
// the handlers that take them one by one: it may write several rows with one
// statement. The slice is shared and must not be modified.
func OnBatch(handle func(ctx context.Context, tx *Tx, events []event.Event) error) Handler {
	return Handler{batch: handle}
}
