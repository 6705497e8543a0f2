package store

import (
	"context"
	"iter"
)

// Relay carries messages between the nodes that share a log: signals, presence,
// wake-ups. Nothing is stored, and nothing is promised to those who were not
// listening.
//
// All methods are safe for concurrent use. A context that ends, ends the call
// soon, with an error that wraps the context's. The payload's memory is the
// caller's again when Publish returns.
type Relay interface {
	// Publish hands a message to everybody who is subscribed to the channel,
	// the own node included. It does not wait for them.
	Publish(ctx context.Context, channel string, payload []byte) error

	// Subscribe listens to a channel. It listens when Subscribe returns, not
	// only when the sequence is ranged over. The sequence can be ranged over
	// once, yields messages in the order in which each node published them,
	// and ends with an error when ctx ends or the backend closes; what was
	// waiting then is dropped. Waiting messages are bounded by
	// RelayQueue; the oldest are dropped, and the next message says how many.
	// A subscription ends with ctx even if nobody ranges over it.
	Subscribe(ctx context.Context, channel string) (iter.Seq2[Message, error], error)
}

// RelayQueue is how many messages wait for a subscriber at most.
const RelayQueue = 1024

// Message is something that was published.
type Message struct {
	Payload []byte
	// Dropped counts the messages that were lost just before this one, because
	// the subscriber was too slow.
	Dropped uint64
}
