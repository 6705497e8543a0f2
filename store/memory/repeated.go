package memory

import (
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
)

// repeated looks at the IDs of an append. It reports whether the append was
// recorded before, with the receipt of that time; it fails if the log knows an
// ID but not the append. The caller holds mu.
func (l *log) repeated(batches []store.Batch) (store.Receipt, bool, error) {
	var (
		known  *event.Event
		isNew  bool
		drafts int
	)

	for i := range batches {
		for j := range batches[i].Drafts {
			drafts++

			e := l.ids[batches[i].Drafts[j].ID]
			if e == nil {
				isNew = true
				continue
			}

			known = e
			if reason := difference(e, batches[i].Stream, &batches[i].Drafts[j]); reason != "" {
				return store.Receipt{}, false, duplicate(e, reason)
			}
		}
	}

	switch {
	case known == nil:
		return store.Receipt{}, false, nil
	case isNew:
		return store.Receipt{}, false, duplicate(known, "but other events of this append are new")
	default:
		return l.receiptOf(batches), true, nil
	}
}

// receiptOf returns the receipt of an append whose drafts are all known.
func (l *log) receiptOf(batches []store.Batch) store.Receipt {
	receipt := store.Receipt{Repeated: true, Batches: make([]store.Recorded, 0, len(batches))}
	for i := range batches {
		b := &batches[i]

		recorded := store.Recorded{IDs: make([]event.ID, 0, len(b.Drafts))}
		for j := range b.Drafts {
			e := l.ids[b.Drafts[j].ID]
			recorded.IDs = append(recorded.IDs, e.ID)
			recorded.Version = e.Version
			if receipt.Position.Compare(e.Position) < 0 {
				receipt.Position = e.Position
			}
		}

		if len(b.Drafts) == 0 {
			recorded.Version = event.Version(len(l.streams[b.Stream]))
		}

		receipt.Batches = append(receipt.Batches, recorded)
	}

	return receipt
}

// difference says how a draft differs from the event that has its ID, or "".
func difference(e *event.Event, stream event.Stream, d *event.Draft) string {
	switch {
	case e.Stream != stream:
		return "not in stream " + string(stream)
	case e.Type != d.Type:
		return "as " + e.Type + ", not " + d.Type
	case e.Subject != d.Subject:
		return "with another subject"
	case !store.SameContent(e, d):
		return "with other data"
	default:
		return ""
	}
}

func duplicate(e *event.Event, reason string) error {
	return &store.DuplicateError{ID: e.ID, Stream: e.Stream, Version: e.Version, Reason: reason}
}
