package session

import (
	"github.com/recountdev/recount/server/internal/object"
	"github.com/recountdev/recount/wire"
)

// decode reads the payload of a push into a struct, and refuses keys that the
// struct does not have.
func decode(m *wire.Message, into any) error {
	return object.Decode(m.Event, m.Payload, into)
}
