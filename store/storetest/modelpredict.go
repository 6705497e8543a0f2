package storetest

import (
	"bytes"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

// prediction is what the model says about an append.
type prediction struct {
	// code is what it fails with; "" is success.
	code      fault.Code
	repeated  bool
	duplicate bool
	conflict  store.ConflictError
}

func (m *model) predict(batches []store.Batch) prediction {
	drafts, known, same := 0, 0, 0
	given := make(map[event.ID]bool)

	for _, b := range batches {
		for _, d := range b.Drafts {
			if d.ID != "" && given[d.ID] {
				return prediction{code: fault.CodeInvalid}
			}

			drafts++
			given[d.ID] = true

			if e, found := m.ids[d.ID]; found {
				known++

				if e.Stream == b.Stream && e.Type == d.Type && e.Subject == d.Subject && bytes.Equal(e.Data, d.Data) {
					same++
				}
			}
		}
	}

	switch {
	case known > 0 && same == drafts:
		return prediction{repeated: true}
	case known > 0:
		return prediction{code: fault.CodeConflict, duplicate: true}
	default:
		return m.predictNew(batches)
	}
}

// predictNew is about an append whose IDs are all new.
func (m *model) predictNew(batches []store.Batch) prediction {
	heads := make(map[event.Stream]event.Version)
	recorded := make(map[event.Stream]time.Time)

	for _, b := range batches {
		if _, seen := heads[b.Stream]; !seen {
			heads[b.Stream], recorded[b.Stream] = m.head(b.Stream), m.last(b.Stream)
		}

		if !b.Expect.Holds(heads[b.Stream]) {
			return prediction{code: fault.CodeConflict, conflict: store.ConflictError{Stream: b.Stream, Expected: b.Expect, Actual: heads[b.Stream]}}
		}

		heads[b.Stream] += event.Version(len(b.Drafts))

		for _, d := range b.Drafts {
			if !d.Recorded.IsZero() && d.Recorded.Before(recorded[b.Stream]) {
				return prediction{code: fault.CodeInvalid}
			}

			if d.Recorded.After(recorded[b.Stream]) {
				recorded[b.Stream] = d.Recorded
			}
		}
	}

	return prediction{}
}
