package aggregate

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

// Key says how the values of one kind are told apart.
type Key struct {
	// Normalize returns the same text for values that are the same. Defaults
	// to NormalizeText.
	Normalize func(value string) string
	// Hash keeps only the SHA-256 of a value in the name of its stream. Defaults
	// to false; values too long for a name are hashed anyway.
	Hash bool
	// Secret makes the hash an HMAC, which nobody without it can look for. It
	// must never change. Defaults to none.
	Secret []byte
}

// NormalizeText returns a text without the difference of upper and lower case, of
// ways to encode it (Unicode NFKC, UAX #15), and of white space around and between
// words.
func NormalizeText(value string) string {
	folded := cases.Fold().String(norm.NFKC.String(value))

	return strings.Join(strings.Fields(norm.NFKC.String(folded)), " ")
}

// TakenError says that another stream holds a value.
type TakenError struct {
	// Kind and Value are what was to be reserved, as the decider gave it.
	Kind, Value string
	// Holder is the stream that has it.
	Holder event.Stream
}

// Error names the value, not the holder, whom the caller may not know.
func (e *TakenError) Error() string {
	return fmt.Sprintf("%s %.100q is taken: choose another one", e.Kind, e.Value)
}

// FaultCode returns the code that package fault gives this error.
func (*TakenError) FaultCode() string { return string(fault.CodeConflict) }

// The streams and events of reservations and sequences.
const (
	reservationCategory = "$reservation"
	sequenceCategory    = "$sequence"

	reservedType = "reserved"
	releasedType = "released"
	numberedType = "numbered"
)

// reservation is the data of an event of a reservation.
type reservation struct {
	Holder event.Stream `json:"holder"`
}

// numbered is the data of an event of a sequence.
type numbered struct {
	Stream event.Stream `json:"stream"`
}

// sequenceOf returns the stream whose versions number a category.
func sequenceOf(category string) event.Stream {
	return event.Stream(sequenceCategory + ":" + category)
}

// numberedStream returns the stream that has a number in a category.
func numberedStream(category string, number event.Version) event.Stream {
	return event.Stream(category + ":" + strconv.FormatUint(uint64(number), 10))
}

// numbers reports whether a stream has a name that the definition's sequence
// gives.
func (k *kind) numbers(stream event.Stream) bool {
	n, err := strconv.ParseUint(stream.ID(), 10, 64)
	if err != nil || stream != numberedStream(k.category, event.Version(n)) {
		return false
	}

	for _, c := range k.commands {
		if c.creates {
			return true
		}
	}

	return false
}

// mostKey is how long the ID of a reservation may be before it is hashed; the
// name of a stream has 255 bytes.
const mostKey = 200

// reservationOf returns the stream in which a value is claimed and released.
func (o *Options) reservationOf(kind, value string) (event.Stream, error) {
	key := o.Keys[kind]
	normalize := key.Normalize
	if normalize == nil {
		normalize = NormalizeText
	}

	normal := normalize(value)
	switch {
	case kind == "" || strings.Contains(kind, ":") || len(kind) > 40:
		return "", fault.Invalid("a value cannot be reserved as %.50q: give a kind of 1 to 40 bytes without a colon, such as email", kind)
	case normal == "":
		return "", fault.Invalid("%s is empty: give one", kind)
	}

	id := normal
	if key.Hash || len(id) > mostKey {
		h := hmac.New(sha256.New, key.Secret)
		h.Write([]byte(kind + "\x00" + normal))
		id = hex.EncodeToString(h.Sum(nil))
	}

	stream := event.Stream(reservationCategory + ":" + kind + ":" + id)
	if err := (event.Limits{}).CheckStream(stream); err != nil {
		return "", fault.Invalid("%s %.100q cannot be reserved: %w", kind, value, err)
	}

	return stream, nil
}

// claim is what is known of a reservation.
type claim struct {
	stream  event.Stream
	version event.Version
	holder  event.Stream // "" if nobody has it
}

// claimOf returns what holds for a reservation after all that was decided in
// this round.
func (t *turn) claimOf(kind, value string) (claim, error) {
	stream, err := t.round.runtime.options.reservationOf(kind, value)
	if err != nil {
		return claim{}, err
	}

	if c, known := t.round.claims[stream]; known {
		t.hasRead(c)

		return c, nil
	}

	c := claim{stream: stream}
	for e, err := range t.round.runtime.options.Log.Read(t.ctx, stream, store.Range{Backward: true, Limit: 1}) {
		if err != nil {
			t.fail(err)

			return claim{}, err
		}

		c.version = e.Version
		if e.Type != reservedType {
			break
		}

		var data reservation
		if err := json.Unmarshal(e.Data, &data); err != nil {
			t.fail(fault.Internal("stream %s: version %d is no reservation: %w", stream, e.Version, err))

			return claim{}, t.err
		}

		c.holder = data.Holder
	}

	if t.round.claims == nil {
		t.round.claims = make(map[event.Stream]claim)
	}

	t.round.claims[stream] = c
	t.hasRead(c)

	return c, nil
}

// hasRead remembers that the decision rests on a reservation, unless it was this
// turn that made it what it is.
func (t *turn) hasRead(c claim) {
	for i := range t.reads {
		if t.reads[i].stream == c.stream {
			return
		}
	}

	t.reads = append(t.reads, c)
}

func (t *turn) reserve(kind, value string) error {
	c, err := t.claimOf(kind, value)
	switch {
	case err != nil:
		return err
	case c.holder == t.stream:
		return nil
	case c.holder != "":
		return &TakenError{Kind: kind, Value: value, Holder: c.holder}
	}

	t.change(c, reservedType, t.stream)

	return nil
}

func (t *turn) release(kind, value string) error {
	c, err := t.claimOf(kind, value)
	if err != nil {
		return err
	}

	if c.holder != t.stream {
		return fault.Conflict("%s %.100q is not reserved by %s: only who holds it can release it", kind, value, t.stream)
	}

	t.change(c, releasedType, "")

	return nil
}

// change records that a reservation has another holder.
func (t *turn) change(c claim, typ string, holder event.Stream) {
	data, _ := json.Marshal(reservation{t.stream}) //nolint:errchkjson // a string
	t.others = append(t.others, addressed{c.stream, store.Exactly(c.version), event.Draft{Type: typ, Data: data}})
	t.undo = append(t.undo, c)
	t.round.claims[c.stream] = claim{c.stream, c.version + 1, holder}
}

// forgetClaims takes back what a turn that came to nothing has claimed.
func (t *turn) forgetClaims() {
	for _, was := range slices.Backward(t.undo) {
		t.round.claims[was.stream] = was
	}
}
