package pebble

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"

	"github.com/cockroachdb/pebble/v2"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

// The names of the log's own keys.
const (
	identityName = "identity"
	revisionName = "revision"
)

// logFormat is the layout of keys and values that this program writes.
const logFormat = 1

// identity says which log this is. It is kept as JSON behind its CRC-32C.
type identity struct {
	Format int     `json:"format"`
	Epochs []epoch `json:"epochs"`
}

// epoch is a part of the log's life: from its creation or a restore to the next.
type epoch struct {
	ID string `json:"id"`
	// Key is the secret behind the IDs that the log makes.
	Key []byte `json:"key"`
	// After is the position after which the epoch's events come.
	After uint64 `json:"after"`
}

func newEpoch(after uint64) epoch {
	key := make([]byte, 16)
	_, _ = rand.Read(key) // never fails since Go 1.24

	return epoch{ID: string(event.NewID()), Key: key, After: after}
}

// current returns the epoch that holds now.
func (i *identity) current() epoch { return i.Epochs[len(i.Epochs)-1] }

// begin adds an epoch and writes the identity down.
func (i *identity) begin(db *pebble.DB, failure *failure, after uint64) error {
	i.Format = logFormat
	i.Epochs = append(i.Epochs, newEpoch(after))

	text, err := json.Marshal(i)
	if err != nil {
		return fmt.Errorf("write the log's identity: %w", err)
	}

	sum := crc32.Checksum(text, castagnoli())
	value := append(fmt.Appendf(nil, "%08x ", sum), text...)
	if err := errors.Join(db.Set(ownKeyOf(identityName), value, pebble.Sync), failure.err()); err != nil {
		return fmt.Errorf("write the log's identity: %w", err)
	}

	return nil
}

// readIdentity returns the identity of a log; without epochs if it is new.
func readIdentity(db *pebble.DB) (identity, error) {
	var id identity

	value, closer, err := db.Get(ownKeyOf(identityName))
	if errors.Is(err, pebble.ErrNotFound) {
		return id, nil
	}

	if err != nil {
		return id, readError(err, nil)
	}
	defer closer.Close()

	const prefix = 9 // the checksum and a space
	damage := &store.DamageError{Place: "the log's identity", Problem: "its checksum does not match"}
	if len(value) < prefix || string(value[:prefix]) != fmt.Sprintf("%08x ", crc32.Checksum(value[prefix:], castagnoli())) {
		return id, damage
	}

	if err := json.Unmarshal(value[prefix:], &id); err != nil || len(id.Epochs) == 0 {
		damage.Problem = "it cannot be read"
		return id, damage
	}

	if id.Format > logFormat {
		return id, fault.Invalid("the log has format %d, this program knows formats up to %d: open it with a newer recount", id.Format, logFormat)
	}

	return id, nil
}
