package jsonscan

import (
	"encoding/json"
	"errors"
	"unicode/utf8"
)

// Explain says where and why text is not JSON, in encoding/json's words: the
// byte at Offset, from 1, is the first that cannot be. It returns nil for JSON.
func Explain(text []byte) *json.SyntaxError {
	var raw json.RawMessage

	syntax, _ := errors.AsType[*json.SyntaxError](json.Unmarshal(text, &raw))

	return syntax
}

// ValidPrefix returns how many bytes of text are UTF-8, which JSON has to be
// and the methods of a Scanner do not look at.
func ValidPrefix(text []byte) int {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}

		i += size
	}

	return len(text)
}
