package pebble

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
)

// known reports whether the log has recorded the request before, and if so
// gives it its places; a request that the log knows in part, or with other
// content, fails.
func (p *planner) known(r *request) (bool, error) {
	var (
		found    int
		position uint64
		first    *store.DuplicateError
		at       int
	)

	for i := range r.parts {
		part := &r.parts[i]
		for j := range r.drafts[at : at+part.drafts] {
			d := &r.drafts[at+j]
			duplicate, err := p.recognise(r, part, d)
			if err != nil {
				return false, err
			}

			if duplicate != nil {
				found++
				position = max(position, d.position)
				first = orFirst(first, duplicate)
			}
		}

		at += part.drafts
	}

	if found == 0 {
		return false, nil
	}

	if found < len(r.drafts) {
		first.Reason = fmt.Sprintf("but %d of the %d events of this append are new", len(r.drafts)-found, len(r.drafts))
		return false, first
	}

	r.repeated, r.position = true, position

	return true, p.versionsOfKnown(r)
}

func orFirst(first, other *store.DuplicateError) *store.DuplicateError {
	if first != nil {
		return first
	}

	return other
}

// recognise gives a draft its place if the log knows its ID. It returns where
// that is, and fails if what stands there is something else.
func (p *planner) recognise(r *request, part *part, d *draft) (*store.DuplicateError, error) {
	if d.id == "" {
		return nil, nil //nolint:nilnil // not known, and nothing went wrong
	}

	position, found, err := p.lookup(d)
	if err != nil || !found {
		return nil, err
	}

	rec, err := p.stored(position)
	if err != nil {
		return nil, err
	}

	duplicate := &store.DuplicateError{ID: d.id, Stream: event.Stream(rec.stream), Version: rec.version}
	if duplicate.Reason = difference(r, part, d, &rec); duplicate.Reason != "" {
		return nil, duplicate
	}

	d.position, d.version, d.recorded = position, rec.version, rec.recorded

	return duplicate, nil
}

// difference says how a draft differs from what was recorded under its ID.
func difference(r *request, part *part, d *draft, rec *record) string {
	var given record
	_ = given.decode(r.record(d)) // it was made here
	switch {
	case string(rec.stream) != string(part.stream):
		return "not in stream " + string(part.stream)
	case !bytes.Equal(rec.typ, given.typ):
		return fmt.Sprintf("with the type %s, not %s", rec.typ, given.typ)
	case !bytes.Equal(rec.subject, given.subject):
		return fmt.Sprintf("with the subject %q, not %q", rec.subject, given.subject)
	case !bytes.Equal(rec.data, given.data):
		return "with other data"
	default:
		return ""
	}
}

// versionsOfKnown gives the parts of a known request their versions.
func (p *planner) versionsOfKnown(r *request) error {
	at := 0
	for i := range r.parts {
		part := &r.parts[i]
		part.version = 0
		for j := range r.drafts[at : at+part.drafts] {
			part.version = max(part.version, r.drafts[at+j].version)
		}

		if part.drafts == 0 {
			end, err := p.head(part.stream)
			if err != nil {
				return err
			}

			part.version = end.version
		}

		at += part.drafts
	}

	return nil
}

// lookup returns the position of the event with the ID of a draft.
func (p *planner) lookup(d *draft) (position uint64, found bool, err error) {
	if position, found := p.given.position(d.id); found {
		return position, true, nil
	}

	if d.lookedUp && p.given.covers(d.unknownAt) {
		return 0, false, nil
	}

	if position, own := p.minter.place(d.id); own && position <= p.position {
		rec, err := p.stored(position)
		if err != nil {
			return 0, false, err
		}

		if p.minter.made(d.id, position, &rec) {
			return position, true, nil
		}
	}

	return lookUp(p.db, d.id)
}

// lookUp returns the position of the event with an ID that a caller gave.
func lookUp(db *pebble.DB, id event.ID) (position uint64, found bool, err error) {
	var key [2 + 128]byte

	value, closer, err := db.Get(appendIDKey(key[:0], id))
	if errors.Is(err, pebble.ErrNotFound) {
		return 0, false, nil
	}

	if err != nil {
		return 0, false, readError(err, nil)
	}

	position, whole := parsePlace(value)
	_ = closer.Close() // never fails for Get
	if !whole {
		return 0, false, damagedID(id, "it is no position")
	}

	return position, true, nil
}

// lookUpIDs looks up the IDs of a request before the committer gets it, on the
// caller's processor: the committer then has to know only the IDs that came
// since.
func (l *log) lookUpIDs(ctx context.Context, r *request) error {
	if err := l.enter(ctx); err != nil {
		return err
	}
	defer l.leave()

	end := l.durable.Load()
	for i := range r.drafts {
		d := &r.drafts[i]
		if d.id == "" {
			continue
		}

		if _, own := l.minter.place(d.id); own {
			continue
		}

		_, found, err := lookUp(l.db, d.id)
		if err != nil {
			return err
		}

		d.lookedUp, d.unknownAt = !found, end
	}

	return nil
}
