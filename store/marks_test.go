package store_test

import (
	"strings"
	"testing"

	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

func TestCheckMark(t *testing.T) {
	t.Parallel()

	for _, c := range []struct {
		name string
		size int
		want string
		code fault.Code
	}{
		{"checkpoint/journal", store.MaxMark, "", ""},
		{strings.Repeat("x", 255), 0, "", ""},
		{"", 0, "mark name has 0 bytes: give it 1 to 255", fault.CodeInvalid},
		{strings.Repeat("x", 256), 0, "mark name has 256 bytes: give it 1 to 255", fault.CodeInvalid},
		{"a\xff", 0, `mark name "a\xff" is not UTF-8: encode it as UTF-8`, fault.CodeInvalid},
		{"a\n", 0, `mark name "a\n" has a control character at byte 1: leave it out`, fault.CodeInvalid},
		{"m", store.MaxMark + 1, "mark m has 16777217 bytes, the limit is 16777216: store it elsewhere", fault.CodeTooLarge},
	} {
		err := store.CheckMark(c.name, make([]byte, c.size))
		if c.want == "" && err != nil || c.want != "" && (err == nil || err.Error() != c.want) || fault.Of(err) != c.code {
			t.Errorf("%.20q with %d bytes: got error %v, want %q", c.name, c.size, err, c.want)
		}
	}
}

func TestExpectRevision(t *testing.T) {
	t.Parallel()

	for _, c := range []struct {
		expected, actual store.Revision
		want             string
	}{
		{store.AnyRevision, store.Absent, ""},
		{store.AnyRevision, 7, ""},
		{store.Absent, store.Absent, ""},
		{7, 7, ""},
		{7, store.Absent, "mark m: expected revision 7, but there is no such mark"},
		{store.Absent, 7, "mark m: expected none, but it is there at revision 7: get it first"},
		{6, 7, "mark m: expected revision 6, but it is at 7: get it again"},
		{-2, 7, "mark m: expected revision -2, but it is at 7: get it again"},
	} {
		err := store.ExpectRevision("m", c.expected, c.actual)
		if c.want == "" && err != nil || c.want != "" && (err == nil || err.Error() != c.want || fault.Of(err) != fault.CodeConflict) {
			t.Errorf("expected %d, actual %d: got error %v, want %q", c.expected, c.actual, err, c.want)
		}
	}
}
