package event_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/recountdev/recount/event"
)

func TestStreamParts(t *testing.T) {
	t.Parallel()

	for _, c := range []struct {
		stream       event.Stream
		category, id string
		system       bool
	}{
		{"meeting:42", "meeting", "42", false},
		{"meeting:42:notes", "meeting", "42:notes", false},
		{"$schedule:7", "$schedule", "7", true},
		{"meeting:$7", "meeting", "$7", false},
		{"meeting::", "meeting", ":", false},
		{"nocolon", "nocolon", "", false},
		{"", "", "", false},
	} {
		if got := c.stream.Category(); got != c.category {
			t.Errorf("category of %q: got %q, want %q", c.stream, got, c.category)
		}

		if got := c.stream.ID(); got != c.id {
			t.Errorf("id of %q: got %q, want %q", c.stream, got, c.id)
		}

		if got := c.stream.IsSystem(); got != c.system {
			t.Errorf("%q is the system's: got %t, want %t", c.stream, got, c.system)
		}
	}
}

func TestParseStream(t *testing.T) {
	t.Parallel()

	if s, err := event.ParseStream("meeting:42"); err != nil || s != "meeting:42" {
		t.Errorf("meeting:42: got %q, %v", s, err)
	}

	for _, c := range []struct{ name, want string }{
		{"", `stream is empty: give it a name`},
		{"42", `stream "42" has no category: name it category:id, such as meeting:42`},
		{":42", `stream ":42" has an empty category: name it category:id, such as meeting:42`},
		{"meeting:", `stream "meeting:" has an empty id: name it category:id, such as meeting:42`},
		{"meeting:*", `stream "meeting:*" stands for the whole category: choose another id than *`},
		{"meeting:4\n2", `stream "meeting:4\n2" has a control character at byte 9: leave it out`},
		{"meeting:\u0085", `stream "meeting:\u0085" has a control character at byte 8: leave it out`},
		{"meeting:\xff", `stream "meeting:\xff" is not UTF-8 at byte 8: encode it as UTF-8`},
		{"meeting:" + strings.Repeat("x", 248), `stream has 256 bytes, the limit is 255: shorten it`},
	} {
		if _, err := event.ParseStream(c.name); err == nil || err.Error() != c.want {
			t.Errorf("%.40q: got error %v, want %q", c.name, err, c.want)
		}
	}
}

func FuzzStream(f *testing.F) {
	for _, name := range []string{"meeting:42", "meeting:*", ":", "", "a:b:c", "$x:1", "é:😀", "a:\u2028", "a:\x00", "\xff:1", "a:\ufffd", strings.Repeat("x", 300)} {
		f.Add(name)
	}

	f.Fuzz(func(t *testing.T, name string) {
		s, err := event.ParseStream(name)
		if err != nil {
			if _, ok := err.(*event.Error); !ok || err.Error() == "" { //nolint:errorlint // it is returned bare
				t.Errorf("%q: error %#v is no *event.Error", name, err)
			}

			return
		}

		if string(s) != name || s.Category()+":"+s.ID() != name {
			t.Errorf("%q became %q with category %q and id %q", name, s, s.Category(), s.ID())
		}

		if s.Category() == "" || s.ID() == "" || strings.Contains(s.Category(), ":") {
			t.Errorf("%q was let through with category %q and id %q", name, s.Category(), s.ID())
		}

		if !utf8.ValidString(name) || len(name) > 255 || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			t.Errorf("%q was let through", name)
		}
	})
}
