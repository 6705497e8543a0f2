package wire

import "encoding/json"

// othersKey is the member of the meta that keeps attributes without a place.
const othersKey = `"cloudevents"`

// withOthers returns the rest of the meta with the attributes that have no place
// elsewhere added. Without any, it is extra to the byte.
func withOthers(extra string, others []member) (json.RawMessage, error) {
	if extra == "" && len(others) == 0 {
		return nil, nil
	}

	if extra != "" && (extra[0] != '{' || !json.Valid([]byte(extra))) {
		return nil, invalid("recountmeta", `%.40q is not the text of a JSON object: give one such as "{\"reason\":\"typo\"}"`, extra)
	}

	if len(others) == 0 {
		return json.RawMessage(extra), nil
	}

	kept, all, err := splitExtra(extra, others)
	if err != nil {
		return nil, err
	}

	kept = append(kept, member{[]byte(othersKey), appendObject(nil, all)})

	return appendObject(nil, kept), nil
}

// splitExtra returns the members of extra without the attributes that an
// earlier import put there, and those attributes with others in their place.
func splitExtra(extra string, others []member) (kept, all []member, err error) {
	if extra == "" {
		return nil, others, nil
	}

	var newer names
	for _, o := range others {
		newer.add(o.name)
	}

	for name, value := range members([]byte(extra)) {
		if string(name) != othersKey {
			kept = append(kept, member{name, value})

			continue
		}

		if value[0] != '{' {
			return nil, nil, invalid("recountmeta", "has %.40s as cloudevents, where an object belongs: rename it", value)
		}

		for name, value := range members(value) {
			if !newer.has(name) {
				all = append(all, member{name, value})
			}
		}
	}

	return kept, append(all, others...), nil
}

// appendObject appends a JSON object with the given members.
func appendObject(dst []byte, of []member) []byte {
	dst = append(dst, '{')
	for i, m := range of {
		if i > 0 {
			dst = append(dst, ',')
		}

		dst = append(dst, m.name...)
		dst = append(dst, ':')
		dst = append(dst, m.value...)
	}

	return append(dst, '}')
}
