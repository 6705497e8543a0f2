package wire

import (
	"fmt"
	"strings"

	"github.com/recountdev/recount/event"
)

// appendSource appends the path of a stream: a slash and the name. Whatever RFC
// 3986 does not allow in a segment of a path is percent-encoded, and nothing
// else.
func appendSource(dst []byte, s event.Stream) []byte {
	const hex = "0123456789ABCDEF"

	dst = append(dst, '/')
	for i := range len(s) {
		if c := s[i]; inSegment(c) {
			dst = append(dst, c)
		} else {
			dst = append(dst, '%', hex[c>>4], hex[c&0xf])
		}
	}

	return dst
}

// inSegment reports whether c may stand in a segment of a path as it is.
func inSegment(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
		strings.IndexByte("-._~:@!$&'()*+,;=", c) >= 0
}

// parseSource returns the stream that a source names.
func parseSource(source string) (event.Stream, error) {
	name, ok := strings.CutPrefix(source, "/")
	if !ok || strings.ContainsAny(name, "/?#") {
		return "", sourceError(source, `is not the path of a stream`)
	}

	name, ok = unescape(name)
	if !ok {
		return "", sourceError(source, "has a % that two hexadecimal digits do not follow")
	}

	stream := event.Stream(name)
	if stream.Category() == "" || stream.ID() == "" {
		return "", sourceError(source, "is not the path of a stream")
	}

	return stream, nil
}

func sourceError(source, problem string) error {
	return &event.Error{Field: "source", Problem: fmt.Sprintf(
		`%.80q %s: give "/" and the stream's name, percent-encoded, such as "/meeting:42"`, source, problem)}
}

// unescape undoes percent-encoding.
func unescape(text string) (string, bool) {
	if !strings.Contains(text, "%") {
		return text, true
	}

	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		if text[i] != '%' {
			out = append(out, text[i])

			continue
		}

		if i+2 >= len(text) {
			return "", false
		}

		high, low := hexDigit(text[i+1]), hexDigit(text[i+2])
		if high > 15 || low > 15 {
			return "", false
		}

		out = append(out, high<<4|low)
		i += 2
	}

	return string(out), true
}

// hexDigit returns the value of a hexadecimal digit, or 255.
func hexDigit(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10
	default:
		return 255
	}
}
