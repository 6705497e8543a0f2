package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"slices"
	"time"

	"github.com/recountdev/recount/category"
	"github.com/recountdev/recount/event"
)

// window says which later events are repeats of one.
type window struct {
	within         time.Duration
	actor, subject bool // have to be the same
	sliding        bool
}

func windowOf(t category.Throttle) window {
	all := len(t.By) == 0

	return window{
		within:  t.Within,
		actor:   all || slices.Contains(t.By, "actor"),
		subject: all || slices.Contains(t.By, "subject"),
		sliding: t.Sliding,
	}
}

// window returns the window of an event; its length is 0 if it has none.
func (r rules) window(e *event.Event) window {
	w := window{actor: true, subject: true}
	if t, ok := r[e.Stream.Category()][e.Type]; ok {
		w = windowOf(t)
	}

	if within := stated(e.Meta.Extra); within > 0 {
		w.within = within
	}

	return w
}

// stated returns the window that a meta states; 0 if it states none that can be
// read.
func stated(meta []byte) time.Duration {
	if !bytes.Contains(meta, []byte(`"within"`)) {
		return 0
	}

	var (
		keys map[string]json.RawMessage
		text string
	)

	if json.Unmarshal(meta, &keys) != nil || json.Unmarshal(keys["within"], &text) != nil {
		return 0
	}

	within, err := time.ParseDuration(text)
	if err != nil {
		return 0
	}

	return within
}

// key returns what events have in common that may be repeats of each other.
func (w window) key(e *event.Event) string {
	text := make([]byte, 0, 256)
	for _, part := range []struct {
		counts bool
		text   string
	}{{true, string(e.Stream)}, {true, e.Type}, {w.actor, e.Actor}, {w.subject, e.Subject}} {
		if part.counts {
			text = append(append(text, '='), part.text...)
		}

		text = append(text, 0) // which no name has
	}

	sum := sha256.Sum256(text)

	return base64.RawURLEncoding.EncodeToString(sum[:16])
}
