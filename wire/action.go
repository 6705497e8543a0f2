package wire

import "github.com/recountdev/recount/event"

func actionForm() form {
	return form{"the action", `{"type":"card_added","payload":{"title":"Coffee"}}`}
}

// ParseAction reads a whole Redux action, the payload of an $action, as a draft:
//
//   - type, which must be a string, is the draft's type;
//   - payload is its data, byte for byte: null, false, 0 and "" are data like
//     any other, and an action without a payload is an event without data;
//   - all other keys, such as meta and error, go as one object, byte for byte
//     and in their order, into the meta, under "action". Without other keys
//     there is no meta.
//
// So a client rebuilds the action exactly, but for the order of its keys:
//
//	const action = {...event.meta?.action, type: event.type}
//	if ("data" in event) action.payload = event.data
//
// The draft shares memory with raw. Errors have fault.CodeInvalid, name the key,
// and say what to do; the limits are left to the log.
func ParseAction(raw []byte) (event.Draft, error) {
	var (
		d    event.Draft
		typ  []byte
		rest []byte
		seen names
		r    reader
	)

	err := actionForm().read(raw, func(s *scanner, name, quoted []byte) error {
		value, err := s.Value()
		if err != nil {
			return err
		}

		if !seen.add(name) {
			return twice(name)
		}

		switch string(name) {
		case "type":
			typ = value
		case "payload":
			d.Data = value
		default:
			rest = appendOther(rest, quoted, value)
		}

		return nil
	})
	if err != nil {
		return event.Draft{}, err
	}

	if typ == nil {
		return event.Draft{}, actionForm().wrong("has no type")
	}

	d.Type = r.text("type", typ)
	if r.err != nil {
		return event.Draft{}, r.err
	}

	if rest != nil {
		rest = append(rest, '}', '}')
		d.Meta.Extra = rest
	}

	return d, nil
}

// appendOther appends a member to the object that keeps the other keys, and
// begins it with the first of them.
func appendOther(rest, quoted, value []byte) []byte {
	if rest == nil {
		rest = append(make([]byte, 0, len(quoted)+len(value)+len(`{"action":{:}}`)), `{"action":{`...)
	} else {
		rest = append(rest, ',')
	}

	rest = append(rest, quoted...)
	rest = append(rest, ':')

	return append(rest, value...)
}
