package config

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/recountdev/recount/category"
)

// TestExampleHasEveryKey sees that no key is left out of the example, and that
// the limits in it are the defaults.
func TestExampleHasEveryKey(t *testing.T) {
	t.Parallel()

	var uncommented strings.Builder
	for line := range strings.Lines(string(example)) {
		if rest, ok := strings.CutPrefix(line, "#"); ok && rest[0] != '\n' && (rest[0] != ' ' || rest[1] == ' ') {
			line = rest
		}

		uncommented.WriteString(line)
	}

	l := newLoader(filepath.Join(t.TempDir(), "recount.yaml"), func(string) string { return "set" })
	l.read([]byte(uncommented.String()))
	l.applyFile()

	for _, s := range l.settings {
		if at, ok := l.places[s.path]; !ok || at.line == 0 {
			t.Errorf("%s is not in the example", s.path)
		}
	}

	if want := new(Limits).withDefaults(); l.config.Limits != want {
		t.Errorf("the limits of the example are %+v, the defaults are %+v", l.config.Limits, want)
	}

	parts := l.declared["meeting"].parts
	for _, part := range []string{category.PartEvents, category.PartSignals, category.PartPresence, category.PartUnknown, "guards"} {
		if _, ok := parts[part]; !ok {
			t.Errorf("%s of a category is not in the example", part)
		}
	}

	guards := l.config.Categories["meeting"].Guards
	if guards.Join == nil || guards.Append == nil || guards.Signal == nil || guards.Read == nil || guards.Watch == nil {
		t.Error("a guard is not in the example")
	}

	if throttle := l.config.Categories["meeting"].Events["topic_viewed"].Throttle; throttle == nil || !throttle.Sliding || len(throttle.By) != 2 {
		t.Errorf("throttle: got %+v", throttle)
	}
}
