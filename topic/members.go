package topic

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
)

// appendCount writes how many there are.
func appendCount(dst []byte, n int) []byte {
	return append(strconv.AppendInt(append(dst, `{"count":`...), int64(n), 10), '}')
}

// appendDiff writes a change of presence as Phoenix does.
func appendDiff(dst []byte, joined, left []*member) []byte {
	dst = appendMembers(append(dst, `{"joins":`...), joined)
	dst = appendMembers(append(dst, `,"leaves":`...), left)

	return append(dst, '}')
}

// appendMembers writes entries as Phoenix does: {"key":{"metas":[{"phx_ref":…}]}}.
// It sorts them.
func appendMembers(dst []byte, members []*member) []byte {
	slices.SortFunc(members, func(a, b *member) int {
		return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.ref, b.ref))
	})

	dst = append(dst, '{')
	for i, m := range members {
		switch {
		case i > 0 && members[i-1].key == m.key:
			dst = append(dst, ',')
		default:
			if i > 0 {
				dst = append(dst, `]},`...)
			}

			name, _ := json.Marshal(m.key) // a string cannot fail
			dst = append(append(dst, name...), `:{"metas":[`...)
		}

		dst = m.appendMeta(dst)
	}

	if len(members) > 0 {
		dst = append(dst, `]}`...)
	}

	return append(dst, '}')
}

// appendMeta writes an entry's object, with the number that tells it from others.
func (m *member) appendMeta(dst []byte) []byte {
	dst = append(dst, `{"phx_ref":"`...)
	dst = append(strconv.AppendUint(dst, m.ref, 36), '"')

	inner := bytes.TrimSpace(bytes.TrimPrefix(m.body, []byte("{")))
	if len(inner) > len("}") {
		dst = append(dst, ',')
	}

	return append(dst, inner...)
}
