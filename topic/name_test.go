package topic_test

import (
	"strings"
	"testing"

	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/topic"
)

func TestParseName(t *testing.T) {
	t.Parallel()

	for _, c := range []struct {
		text     string
		category bool
		problem  string // "" means that it is a name
	}{
		{"meeting:42", false, ""},
		{"meeting:*", true, ""},
		{"$system:*", true, ""},
		{"meeting:a:*", false, ""},
		{"meeting:**", false, ""},
		{"meeting:*:*", false, ""},
		{"meeting:*a", false, ""},
		{"über:ß", false, ""},
		{strings.Repeat("c", 253) + ":*", true, ""},
		{strings.Repeat("c", 254) + ":*", false, "has 256 bytes, the limit is 255"},
		{"", false, "is empty"},
		{"meeting", false, "has no category"},
		{"*", false, "has no category"},
		{":*", false, `topic ":*" is none: name a stream, such as meeting:42, or a category, such as meeting:*`},
		{":42", false, "empty category"},
		{"::*", false, "empty category"},
		{"meeting:", false, "empty id"},
		{"meet\ning:*", false, "control"},
		{"meeting:\xff", false, "UTF-8"},
		{"meet\xffing:*", false, "UTF-8"},
	} {
		name, err := topic.ParseName(c.text)
		if c.problem != "" {
			if err == nil || !strings.Contains(err.Error(), c.problem) || fault.Of(err) == fault.CodeInternal {
				t.Errorf("%q: got error %v, want one that has %q", c.text, err, c.problem)
			}

			continue
		}

		if err != nil || string(name) != c.text || name.IsCategory() != c.category || string(name.Stream()) != c.text {
			t.Errorf("%q: got %q, category %t (%v), want category %t", c.text, name, name.IsCategory(), err, c.category)
		}

		if before, _, _ := strings.Cut(c.text, ":"); name.Category() != before {
			t.Errorf("%q: got category %q, want %q", c.text, name.Category(), before)
		}
	}
}

func TestAppendPlace(t *testing.T) {
	t.Parallel()

	for name, want := range map[topic.Name]string{
		"meeting:1":   "x17",
		"meeting:a:*": "x17",
		"meeting:*":   `x"0000000000000017"`,
	} {
		if got := string(name.AppendPlace([]byte("x"), 17)); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}
