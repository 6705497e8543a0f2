package wire

import (
	"bytes"
	"encoding/json"
	"iter"
	"unicode/utf8"

	"github.com/recountdev/recount/internal/jsonscan"
)

// members yields the names, still quoted, and the values of a JSON object, byte
// for byte. The text must be valid.
func members(object []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(name, value []byte) bool) {
		i := skipSpace(object, skipSpace(object, 0)+1)
		for object[i] != '}' {
			nameEnd := endOfString(object, i)
			name := object[i:nameEnd]
			start := skipSpace(object, skipSpace(object, nameEnd)+1)
			end := endOfValue(object, start)
			if !yield(name, object[start:end]) {
				return
			}

			i = skipSpace(object, end)
			if object[i] == ',' {
				i = skipSpace(object, i+1)
			}
		}
	}
}

// skipSpace returns the place of the first byte from i that is not white space.
func skipSpace(text []byte, i int) int {
	for i < len(text) && jsonscan.IsSpace(text[i]) {
		i++
	}

	return i
}

// endOfString returns the place after the string that begins at i.
func endOfString(text []byte, i int) int {
	for i++; text[i] != '"'; i++ {
		if text[i] == '\\' {
			i++
		}
	}

	return i + 1
}

// endOfValue returns the place after the value that begins at i.
func endOfValue(text []byte, i int) int {
	depth := 0
	for i < len(text) {
		switch c := text[i]; {
		case c == '"':
			i = endOfString(text, i)
		case c == '{' || c == '[':
			depth++
			i++
		case c == '}' || c == ']':
			depth--
			i++
		case depth > 0 || !jsonscan.IsSpace(c) && c != ',':
			i = endOfPlain(text, i+1)
		default:
			return i
		}

		if depth == 0 {
			return i
		}
	}

	return i
}

// endOfPlain returns the place of the first byte from i that can end a number
// or a word, or begin something else.
func endOfPlain(text []byte, i int) int {
	for ; i < len(text); i++ {
		switch text[i] {
		case '"', '{', '[', '}', ']', ',', ' ', '\t', '\n', '\r':
			return i
		}
	}

	return i
}

// isString reports whether a JSON value is a string.
func isString(value []byte) bool { return value[0] == '"' }

// isNull reports whether a JSON value is null.
func isNull(value []byte) bool { return value[0] == 'n' }

// unquote returns the text of a JSON string, and whether it is text: a lone
// half of a surrogate pair is not.
func unquote(quoted []byte) (string, bool) {
	inner := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(inner, '\\') < 0 {
		return string(inner), true
	}

	var text string
	if json.Unmarshal(quoted, &text) != nil || hasLoneSurrogate(inner) {
		return "", false
	}

	return text, true
}

// hasLoneSurrogate reports whether the inside of a valid JSON string has an
// escape for half a character.
func hasLoneSurrogate(inner []byte) bool {
	for i := 0; i < len(inner); i++ {
		if inner[i] != '\\' {
			continue
		}

		i++
		if inner[i] != 'u' {
			continue
		}

		unit := codeUnit(inner[i+1:])
		i += 4
		if unit < 0xd800 || unit > 0xdfff {
			continue
		}

		if unit > 0xdbff || i+6 >= len(inner) || inner[i+1] != '\\' || inner[i+2] != 'u' {
			return true
		}

		if low := codeUnit(inner[i+3:]); low < 0xdc00 || low > 0xdfff {
			return true
		}

		i += 6
	}

	return false
}

// codeUnit returns the value of the four hexadecimal digits that text begins
// with.
func codeUnit(text []byte) rune {
	var unit rune
	for _, c := range text[:4] {
		unit = unit<<4 | rune(hexDigit(c))
	}

	return unit
}

// validJSON says what is wrong with a line that should be a JSON object, if
// anything is.
func validJSON(line []byte) error {
	if !jsonscan.Valid(line) {
		return jsonscan.Explain(line)
	}

	if !utf8.Valid(line) {
		return errNotUTF8
	}

	if line[skipSpace(line, 0)] != '{' {
		return errNoObject
	}

	return nil
}
