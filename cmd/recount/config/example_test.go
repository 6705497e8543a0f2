package config_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/recountdev/recount/cmd/recount/config"
)

// uncommented returns the example with all that is commented out.
func uncommented() string {
	return regexp.MustCompile(`(?m)^#( {2,}|\b)`).ReplaceAllString(string(config.Example()), "$1")
}

// TestExample sees that the example is right, as it is and with all keys.
func TestExample(t *testing.T) {
	t.Parallel()

	dir := folder(t)
	c, err := load(t, dir, string(config.Example()), nil)
	if err != nil {
		t.Fatal(err)
	}

	if notes := c.Notes(); len(notes) > 0 || !c.Auth.Anonymous || len(c.Categories) == 0 {
		t.Errorf("got %+v, notes %q", c, notes)
	}

	writeCertificate(t, dir)
	write(t, dir, ".env", "")

	c, err = load(t, dir, uncommented(), map[string]string{"JWT_SECRET": strings.Repeat("x", 32)})
	if err != nil {
		t.Fatalf("%v\n%s", err, uncommented())
	}

	meeting := c.Categories["meeting"]
	if c.Listen != "127.0.0.1:4000" || c.Auth.JWT == nil || meeting.Guards.Watch == nil || meeting.Events["card_added"].Schema == nil {
		t.Errorf("got %+v", c)
	}
}
