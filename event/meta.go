package event

import "encoding/json"

// Meta says how an event came about.
type Meta struct {
	// Correlation is the ID of the conversation that the event belongs to.
	Correlation string
	// Causation is the ID of the event or command that directly caused it.
	Causation string
	// Extra is a JSON object with everything else, kept byte for byte. It has
	// no "correlation" and no "causation"; keys that start with "$" are the
	// system's own.
	Extra json.RawMessage
}

// IsZero reports whether the meta says nothing.
func (m *Meta) IsZero() bool {
	return m.Correlation == "" && m.Causation == "" && len(m.Extra) == 0
}

// Size returns how many bytes count against the limit of meta.
func (m *Meta) Size() int {
	return len(m.Correlation) + len(m.Causation) + len(m.Extra)
}
