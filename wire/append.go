package wire

import (
	"fmt"
	"strconv"
	"time"

	"github.com/recountdev/recount/event"
)

// Append is what a client wants appended to the stream of its topic.
type Append struct {
	// Drafts are the 1 to 1,000 events to append, all or none.
	Drafts []event.Draft
	// Expect is the version that the stream must have, 0 if there must be no
	// stream. Nil expects nothing.
	Expect *uint64
	// Within is the window in which folds take an event for a repeat of an
	// earlier one; every draft has it in its meta, as "within". 0 means none.
	Within time.Duration
}

// mostDrafts is how many events one $append may have.
const mostDrafts = 1000

// mostVersion is the largest number that every client can count to.
const mostVersion = 1 << 53

func appendForm() form {
	return form{"the payload of $append", `{"events":[{"type":"card_added","data":{"title":"Coffee"}}]}`}
}

// ParseAppend reads the payload of an $append:
//
//	{"events":[{"type":"card_added","data":{…},"id":"…","subject":"…",
//	"actor":"…","time":"…","meta":{…}}],"expect":17,"within":"15m"}
//
// Of an event only type is required. Data stays to the byte, and data that is
// not there is not the same as null. time is RFC 3339. Of the meta, correlation
// and causation go to their places, and the rest is kept. expect is a version
// or "none". within is a Go duration above zero. Any key that is null counts as
// left out, but for data; keys that mean nothing are refused.
//
// The drafts share memory with raw. Errors have fault.CodeInvalid, or
// fault.CodeTooLarge for too many events; they name the event, counted from 1,
// and the key, and say what to do. All other limits are left to the log; who
// may state an actor, and which keys a meta may have, is left to the caller.
func ParseAppend(raw []byte) (Append, error) {
	var p appendParser
	if err := appendForm().read(raw, p.member); err != nil {
		return Append{}, err
	}

	if len(p.drafts) == 0 {
		return Append{}, appendForm().wrong("has no events")
	}

	var r reader
	a := Append{Drafts: p.drafts, Expect: r.expect(p.expect), Within: r.within(p.within)}
	if r.err != nil {
		return Append{}, r.err
	}

	if err := a.markWithin(); err != nil {
		return Append{}, err
	}

	return a, nil
}

// appendParser gathers what an $append has.
type appendParser struct {
	seen           names
	expect, within []byte
	drafts         []event.Draft
}

// member walks over a member of the payload.
func (p *appendParser) member(s *scanner, name, _ []byte) (err error) {
	if !p.seen.add(name) {
		return twice(name)
	}

	switch string(name) {
	case "events":
		return p.events(s)
	case "expect":
		p.expect, err = s.Value()
	case "within":
		p.within, err = s.Value()
	default:
		return unknown(name, "events", "expect", "within")
	}

	return err
}

// events walks over the list of the events.
func (p *appendParser) events(s *scanner) error {
	if s.Peek() != '[' {
		value, err := s.Value()
		if err == nil && !isNull(value) {
			err = invalid("events", `are %.40s, not an array: send one such as [{"type":"card_added"}]`, value)
		}

		return err
	}

	return s.Array(func() error { return p.event(s) })
}

// event walks over one of the events.
func (p *appendParser) event(s *scanner) error {
	n := len(p.drafts) + 1
	if n > mostDrafts {
		return tooLarge("events", "are more than %d, which is the limit: split them", mostDrafts)
	}

	if s.Peek() != '{' {
		value, err := s.Value()
		if err == nil {
			err = invalid(fmt.Sprintf("event %d", n), `is %.40s, not an object: send one such as {"type":"card_added"}`, value)
		}

		return err
	}

	d, err := s.draft()
	if err != nil {
		return inEvent(n, err)
	}

	p.drafts = append(p.drafts, d)

	return nil
}

// inEvent says in which event the error is, counted from 1.
func inEvent(n int, err error) error { return fmt.Errorf("event %d: %w", n, err) }

// expect returns the version that must be there.
func (r *reader) expect(value []byte) *uint64 {
	if value == nil || isNull(value) {
		return nil
	}

	if string(value) == `"none"` {
		return new(uint64)
	}

	n, err := strconv.ParseUint(string(value), 10, 64)
	if err != nil || n > mostVersion {
		r.fail(invalid("expect", `is %.40s: send the version of the stream's last event, such as 17, or "none" if there must be no stream`, value))

		return nil
	}

	return &n
}

// within returns the window of a throttled event.
func (r *reader) within(value []byte) time.Duration {
	if value == nil || isNull(value) {
		return 0
	}

	if isString(value) {
		if d, err := time.ParseDuration(string(value[1 : len(value)-1])); err == nil && d > 0 {
			return d
		}
	}

	r.fail(invalid("within", `is %.40s: send a duration above zero, such as "90s", "15m" or "1h30m"`, value))

	return 0
}

// markWithin writes the window into the meta of every draft.
func (a *Append) markWithin() error {
	if a.Within == 0 {
		return nil
	}

	mark := []byte(`{"within":"` + a.Within.String() + `"}`)
	for i := range a.Drafts {
		m := &a.Drafts[i].Meta
		if len(m.Extra) == 0 {
			m.Extra = mark

			continue
		}

		for quoted := range members(m.Extra) {
			if name, err := plainName(quoted); err == nil && string(name) == "within" {
				return inEvent(i+1, invalid("meta", "has within, and so has the append: keep one"))
			}
		}

		marked := make([]byte, 0, len(mark)+len(m.Extra))
		marked = append(marked, mark[:len(mark)-1]...)
		marked = append(marked, ',')
		m.Extra = append(marked, m.Extra[1:]...)
	}

	return nil
}
