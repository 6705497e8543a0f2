package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

var (
	errSyntax = errors.New("is not JSON")
	errDepth  = fmt.Errorf("is nested more than %d levels deep: flatten it", clientDepth)
)

// badText says what is wrong with text that a scanner did not take, in words
// that follow the name of the text; other errors stay as they are.
func badText(text []byte, err error) (problem string, bad bool) {
	switch {
	case errors.Is(err, errNotUTF8):
		return fmt.Sprintf("is not UTF-8 at byte %d", validPrefix(text)+1), true
	case errors.Is(err, errDepth):
		return errDepth.Error(), true
	case !errors.Is(err, errSyntax):
		return "", false
	}

	var raw json.RawMessage

	err = json.Unmarshal(text, &raw)
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Sprintf("is not JSON (byte %d: %v)", syntax.Offset, syntax), true
	}

	return errSyntax.Error(), true
}

// validPrefix returns how many bytes of text are UTF-8.
func validPrefix(text []byte) int {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}

		i += size
	}

	return len(text)
}
