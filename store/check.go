package store

import (
	"bytes"
	"fmt"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
)

// Limits says how large an append may be. The zero value is ready to use.
type Limits struct {
	// Event limits the parts of an event.
	Event event.Limits
	// Events is the most events of an append. Defaults to 1,000.
	Events int
	// Bytes is the most bytes of data and meta of an append. Defaults to 16 MiB.
	Bytes int
}

// Check says what is wrong with an append by itself, if anything is: the check
// that every log makes before it looks at what it holds. The message names the
// batch, the draft and the field; batches and drafts count from 1.
func (l Limits) Check(batches []Batch) error {
	if len(batches) == 0 {
		return fault.Invalid("the append has no batch: name at least one stream")
	}

	events, size := 0, 0
	for i := range batches {
		b := &batches[i]
		if err := l.Event.CheckStream(b.Stream); err != nil {
			return place(err, batches, i, -1)
		}

		for j := range b.Drafts {
			if err := l.Event.CheckDraft(&b.Drafts[j]); err != nil {
				return place(err, batches, i, j)
			}

			size += len(b.Drafts[j].Data) + b.Drafts[j].Meta.Size()
		}

		events += len(b.Drafts)
	}

	if limit := orDefault(l.Events, 1000); events > limit {
		return fault.TooLarge("the append has %d events, the limit is %d: split it", events, limit)
	}

	if limit := orDefault(l.Bytes, 16<<20); size > limit {
		return fault.TooLarge("the append has %d bytes of data, the limit is %d: split it", size, limit)
	}

	if events < 2 {
		return nil
	}

	return checkIDsDiffer(batches, events)
}

// CheckID says what is wrong with an ID that is looked up, if anything is: the
// same as with the ID of a draft, which may be empty, though.
func (l Limits) CheckID(id event.ID) error {
	if id == "" {
		return fault.Invalid("id is empty: give that of an event")
	}

	return l.Event.CheckDraft(&event.Draft{Type: "x", ID: id}) // nothing but the ID can be wrong
}

// UnknownID returns the error of a log that has no event with an ID.
func UnknownID(id event.ID) error {
	return fault.NotFound("no event has the id %q: look it up in the log that recorded it", id)
}

func checkIDsDiffer(batches []Batch, events int) error {
	var seen map[event.ID]struct{}
	for i := range batches {
		for j := range batches[i].Drafts {
			id := batches[i].Drafts[j].ID
			if id == "" {
				continue
			}

			if seen == nil {
				seen = make(map[event.ID]struct{}, events)
			}

			if _, twice := seen[id]; twice {
				return place(fault.Invalid("id %s stands twice in one append: give every event its own", id), batches, i, j)
			}

			seen[id] = struct{}{}
		}
	}

	return nil
}

// place wraps err with the place of a draft.
func place(err error, batches []Batch, batch, draft int) error {
	return Placed(err, batch, len(batches), draft, len(batches[batch].Drafts))
}

// Placed wraps err with the place of a batch, and of a draft unless it is
// negative, as far as the append has more than one. Both count from 0 here and
// from 1 in the message.
func Placed(err error, batch, batches, draft, drafts int) error {
	where := ""
	if batches > 1 {
		where = fmt.Sprintf("batch %d: ", batch+1)
	}

	if draft >= 0 && drafts > 1 {
		where += fmt.Sprintf("draft %d: ", draft+1)
	}

	if where == "" {
		return err
	}

	return fmt.Errorf("%s%w", where, err)
}

func orDefault(limit, otherwise int) int {
	if limit > 0 {
		return limit
	}

	return otherwise
}

// SameContent reports whether a draft repeats what an event recorded: type,
// data and subject are the same.
func SameContent(e *event.Event, d *event.Draft) bool {
	return e.Type == d.Type && e.Subject == d.Subject && bytes.Equal(e.Data, d.Data)
}
