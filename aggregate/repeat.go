package aggregate

import (
	"cmp"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

// commandKey is the key of an event's meta that says which command it came from.
const commandKey = "$command"

// account is what the first event of a command says of it.
type account struct {
	Name string `json:"name"`
	ID   string `json:"id,omitempty"`
	// Hash is the SHA-256 of the input as JSON, its first 16 bytes in hex.
	Hash   string          `json:"hash,omitempty"`
	Result json.RawMessage `json:"result,omitempty"`
	// Version of the stream after the command.
	Version event.Version   `json:"version,omitempty"`
	Input   json.RawMessage `json:"input,omitempty"`
}

// mostAccount is how many bytes it may have; meta has 16 KiB.
const mostAccount = 15 << 10

// encodeInput makes the JSON of the input and its hash.
func (c *call) encodeInput() error {
	text, err := json.Marshal(c.input)
	if err != nil {
		return fault.Invalid("the input of command %s cannot be encoded: %w", c.command.name, err)
	}

	sum := sha256.Sum256(append([]byte(c.command.name+"\x00"), text...))
	c.text, c.hash = text, hex.EncodeToString(sum[:16])

	return nil
}

// key is the ID of the event that remembers the command: the same ID means
// another command in another stream.
func (c *call) key(stream event.Stream) event.ID {
	sum := sha256.Sum256([]byte(string(stream) + "\x00" + c.id))

	return event.ID("c-" + base32.HexEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:16]))
}

// key is that of the decision's call; "" where it has no ID.
func (d *decision) key(stream event.Stream) event.ID {
	if d.call.id == "" {
		return ""
	}

	return d.call.key(stream)
}

// seen is what is known of a command that came before.
type seen struct {
	found   bool
	refused error
	repeats int
	prior   *answer
}

// seen looks for an earlier command with the ID of a call.
func (r *round) seen(c *call) (seen, error) {
	if c.id == "" {
		return seen{}, nil
	}

	key := c.key(r.live.stream)
	if i, known := r.sent[key]; known {
		if first := r.decisions[i-1].call; first.hash != c.hash {
			return seen{found: true, refused: otherInput(c, first.command.name)}, nil
		}

		return seen{found: true, repeats: i}, nil
	}

	place, err := r.runtime.options.Log.Find(r.runtime.ctx, key)
	if fault.Of(err) == fault.CodeNotFound {
		return seen{}, nil
	}

	if err != nil {
		return seen{}, err
	}

	return r.remembered(c, place)
}

// remembered reads what an event says of its command.
func (r *round) remembered(c *call, place store.Place) (seen, error) {
	for e, err := range r.runtime.options.Log.Read(r.runtime.ctx, place.Stream, store.Range{From: place.Version, Limit: 1}) {
		if err != nil {
			return seen{}, err
		}

		var meta struct {
			Command account `json:"$command"`
		}

		if err := json.Unmarshal(e.Meta.Extra, &meta); err != nil || meta.Command.Name == "" {
			return seen{}, fault.Internal("stream %s: version %d has the ID of a command and does not say which", place.Stream, place.Version)
		}

		if meta.Command.Hash != c.hash {
			return seen{found: true, refused: otherInput(c, meta.Command.Name)}, nil
		}

		state, err := r.runtime.options.Log.State(r.runtime.ctx)
		if err != nil {
			return seen{}, err
		}

		prior := &answer{stream: r.live.stream, result: meta.Command.Result, version: meta.Command.Version, position: state.Head, repeated: true}
		if r.live.isSequence() {
			prior.stream = numberedStream(r.live.kind.category, place.Version)
		}

		return seen{found: true, prior: prior}, nil
	}

	return seen{}, fault.Internal("stream %s: version %d was found and cannot be read", place.Stream, place.Version)
}

// otherInput says that an ID stands for another command.
func otherInput(c *call, name string) error {
	return fault.Conflict("command ID %s was used before, for %s with other input or another command: use a new ID for a new command", c.id, name)
}

// encode makes drafts of what a command did, and its result.
func (t *turn) encode(d *decision, value any) (err error) {
	defer t.recovered(&err)

	c := t.call
	if c.encoded || c.id != "" {
		result, err := json.Marshal(value)
		if err != nil {
			return fault.Internal("the result of command %s cannot be encoded: %w", c.command.name, err)
		}

		d.result = result
	}

	d.own, d.others = make([]event.Draft, len(t.own)), t.others
	for i := range t.own {
		fact := &t.own[i]
		draft, err := draftOf(t.kind.nameOf(fact.Event), fact)
		if err != nil {
			return err
		}

		d.own[i] = draft
	}

	for draft := range d.drafts() {
		draft.Actor = cmp.Or(draft.Actor, c.actor)
		draft.Meta.Correlation = cmp.Or(draft.Meta.Correlation, c.correlation)
		draft.Meta.Causation = cmp.Or(draft.Meta.Causation, c.causation)
	}

	for draft := range d.drafts() {
		if err := t.mark(d, draft); err != nil {
			return err
		}

		if c.id != "" && !t.round.live.isSequence() {
			draft.ID = c.key(t.round.live.stream)
		}

		break
	}

	for draft := range d.drafts() {
		d.size += len(draft.Data) + draft.Meta.Size()
	}

	if events := d.events(); events >= mostEvents || d.size > mostBytes {
		return fault.TooLarge("command %s emits %d events of %d bytes at once, the limits are %d and %d: do it in several commands", c.command.name, events, d.size, mostEvents-1, mostBytes)
	}

	return nil
}

// drafts yields all that the decision records, in order.
func (d *decision) drafts() func(yield func(*event.Draft) bool) {
	return func(yield func(*event.Draft) bool) {
		for i := range d.own {
			if !yield(&d.own[i]) {
				return
			}
		}

		for i := range d.others {
			if !yield(&d.others[i].draft) {
				return
			}
		}
	}
}

// mark says in the first draft which command it came from.
func (t *turn) mark(d *decision, draft *event.Draft) error {
	c := t.call
	if c.id == "" && !t.kind.settings.RecordInput {
		d.meta = c.command.meta
	} else {
		of := account{Name: c.command.name, ID: c.id}
		if c.id != "" {
			of.Hash, of.Result, of.Version = c.hash, d.result, t.version+event.Version(len(t.own))
		}

		if t.kind.settings.RecordInput {
			of.Input = c.text
		}

		text, err := json.Marshal(map[string]account{commandKey: of})
		if err != nil {
			return fault.Internal("command %s: %w", c.command.name, err)
		}

		if len(text) > mostAccount {
			return fault.TooLarge("command %s: its ID, result and recorded input have %d bytes, the limit is %d: return less, or do not set RecordInput", c.command.name, len(text), mostAccount)
		}

		d.meta = text
	}

	draft.Meta.Extra = withKeys(draft.Meta.Extra, d.meta)

	return nil
}

// withKeys adds the keys of one JSON object to another that may be empty.
func withKeys(object, more []byte) []byte {
	if len(object) < len(`{"":0}`) {
		return more
	}

	return slices.Concat(more[:len(more)-1], []byte(","), object[1:])
}

// nameOf returns the type under which an event is recorded.
func (k *kind) nameOf(e any) string {
	f, err := k.foldOf(reflect.TypeOf(e))
	if err != nil {
		return fmt.Sprintf("%T", e) // emit has seen that this is not so
	}

	return f.name
}
