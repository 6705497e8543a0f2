package wire

import (
	"errors"
	"fmt"

	"github.com/recountdev/recount/internal/jsonscan"
)

// badText says what is wrong with text that a scanner did not take, in words
// that follow the name of the text; other errors stay as they are.
func badText(text []byte, err error) (problem string, bad bool) {
	switch {
	case errors.Is(err, errNotUTF8):
		return fmt.Sprintf("is not UTF-8 at byte %d", jsonscan.ValidPrefix(text)+1), true
	case errors.Is(err, jsonscan.ErrDepth):
		return fmt.Sprintf("is nested more than %d levels deep: flatten it", clientDepth), true
	case !errors.Is(err, jsonscan.ErrSyntax):
		return "", false
	}

	if syntax := jsonscan.Explain(text); syntax != nil {
		return fmt.Sprintf("is not JSON (byte %d: %v)", syntax.Offset, syntax), true
	}

	return "is not JSON", true
}
