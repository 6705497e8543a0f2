package wire_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/recountdev/recount/fault"
)

// linesOf returns the lines of a file in testdata.
func linesOf(tb testing.TB, name string) [][]byte {
	tb.Helper()

	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		tb.Fatal(err)
	}

	return bytes.Split(bytes.TrimSuffix(text, []byte{'\n'}), []byte{'\n'})
}

// wantError checks the code and the words of an error.
func wantError(t *testing.T, name string, err error, code fault.Code, message string) {
	t.Helper()

	if err == nil {
		t.Errorf("%s: got no error, want %s", name, message)

		return
	}

	if err.Error() != message {
		t.Errorf("%s:\n got %s\nwant %s", name, err, message)
	}

	if got := fault.Of(err); got != code {
		t.Errorf("%s: got code %s, want %s", name, got, code)
	}
}

// wantCode checks that an error blames the text, and says so in few words
// however long the text is.
func wantCode(t *testing.T, err error) {
	t.Helper()

	if code := fault.Of(err); code != fault.CodeInvalid && code != fault.CodeTooLarge {
		t.Errorf("got code %s for %v", code, err)
	}

	if len(err.Error()) > 600 {
		t.Errorf("an error of %d bytes: %.80s…", len(err.Error()), err)
	}
}
