package store

import (
	"bytes"
	"encoding/json"

	"github.com/recountdev/recount/event"
)

// The keys of meta that forks know.
const (
	commandKey = "$command"
	forkKey    = "$fork"
)

// forkNote says where a fork comes from.
type forkNote struct {
	Stream  event.Stream  `json:"stream"`
	Version event.Version `json:"version"`
}

// notedFork returns what the meta of a fork's first event says; the zero note if
// that is nothing.
func notedFork(extra json.RawMessage) forkNote {
	var noted struct {
		Fork forkNote `json:"$fork"`
	}

	if json.Unmarshal(extra, &noted) != nil {
		return forkNote{} // not by us
	}

	return noted.Fork
}

// withFork returns a JSON object with a note behind all that it has.
func withFork(extra json.RawMessage, note forkNote) json.RawMessage {
	var value bytes.Buffer

	encoder := json.NewEncoder(&value)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(note) // a name and a number can always be written

	members := bytes.TrimSpace(extra)
	if len(members) > 0 {
		members = bytes.TrimSpace(members[1 : len(members)-1]) // without the braces
	}

	out := append([]byte("{"), members...)
	if len(members) > 0 {
		out = append(out, ',')
	}

	out = append(out, `"`+forkKey+`":`...)
	out = append(out, bytes.TrimSpace(value.Bytes())...)

	return append(out, '}')
}

// withoutMember returns a JSON object without a key; nil if nothing else is
// left. The other members stay as they are, byte for byte; an object without the
// key is returned itself.
func withoutMember(extra json.RawMessage, key string) json.RawMessage {
	if !bytes.Contains(extra, []byte(key)) && !bytes.ContainsRune(extra, '\\') {
		return extra
	}

	in := json.NewDecoder(bytes.NewReader(extra))
	if _, err := in.Token(); err != nil {
		return extra
	}

	kept, found := []byte("{"), false
	for in.More() {
		start := in.InputOffset()

		name, err := in.Token()
		if err != nil {
			return extra
		}

		var value json.RawMessage
		if err := in.Decode(&value); err != nil {
			return extra
		}

		if name == key {
			found = true
			continue
		}

		if len(kept) > 1 {
			kept = append(kept, ',')
		}

		kept = append(kept, bytes.TrimLeft(extra[start:in.InputOffset()], ", \t\r\n")...)
	}

	switch {
	case !found:
		return extra
	case len(kept) == 1:
		return nil
	default:
		return append(kept, '}')
	}
}
