package wire

import "github.com/recountdev/recount/event"

// draft walks over an event of an $append, from its brace, and makes its draft.
func (s *scanner) draft() (event.Draft, error) {
	var (
		v    draftValues
		seen names
	)

	err := s.members(func(name, _ []byte) error {
		place := v.place(name)
		if place == nil {
			return unknown(name, "type", "data", "id", "subject", "actor", "time", "meta")
		}

		if !seen.add(name) {
			return twice(name)
		}

		value, err := s.Value()
		if err == nil && (place == &v.data || !isNull(value)) {
			*place = value
		}

		return err
	})
	if err != nil {
		return event.Draft{}, err
	}

	return v.draft()
}

// draftValues holds the values of an event as they stand there; nil where it
// has none.
type draftValues struct{ typ, data, id, subject, actor, time, meta []byte }

// place returns where the value of a key goes; nil if there is no place for it.
func (v *draftValues) place(name []byte) *[]byte {
	switch string(name) {
	case "type":
		return &v.typ
	case "data":
		return &v.data
	case "id":
		return &v.id
	case "subject":
		return &v.subject
	case "actor":
		return &v.actor
	case "time":
		return &v.time
	case "meta":
		return &v.meta
	default:
		return nil
	}
}

// draft makes the draft that the values describe.
func (v *draftValues) draft() (event.Draft, error) {
	if v.typ == nil {
		return event.Draft{}, invalid("type", "is missing: say what happened, such as card_added")
	}

	var r reader
	d := event.Draft{
		Type:    r.text("type", v.typ),
		Data:    v.data,
		ID:      event.ID(r.text("id", v.id)),
		Subject: r.text("subject", v.subject),
		Actor:   r.text("actor", v.actor),
		Time:    r.time("time", v.time),
		Meta:    r.meta(v.meta),
	}

	switch {
	case r.err != nil:
		return event.Draft{}, r.err
	case v.id != nil && d.ID == "":
		return event.Draft{}, invalid("id", "is empty: leave it out, or give one that no other event has")
	case v.time != nil && d.Time.IsZero():
		return event.Draft{}, invalid("time", "is %.40s, which means none: leave it out, or say when it happened", v.time)
	}

	return d, nil
}

// meta takes the meta of an event apart.
func (r *reader) meta(value []byte) event.Meta {
	var m event.Meta
	if value == nil {
		return m
	}

	if value[0] != '{' {
		r.fail(invalid("meta", `is %.40s, not an object: send one such as {"reason":"typo"}`, value))

		return m
	}

	var (
		seen names
		rest []member
	)

	for quoted, value := range members(value) {
		name, err := plainName(quoted)
		if err != nil {
			r.fail(err)

			return m
		}

		if !seen.add(name) {
			r.fail(invalid("meta", "has %.40q twice: keep one", name))
		}

		switch string(name) {
		case "correlation":
			m.Correlation = r.optional("correlation", value)
		case "causation":
			m.Causation = r.optional("causation", value)
		default:
			rest = append(rest, member{quoted, value})
		}
	}

	switch {
	case len(rest) == 0:
	case len(rest) == seen.len():
		m.Extra = value
	default:
		m.Extra = appendObject(nil, rest)
	}

	return m
}

// optional returns the text of a value that may be null.
func (r *reader) optional(name string, value []byte) string {
	if isNull(value) {
		return ""
	}

	return r.text(name, value)
}
