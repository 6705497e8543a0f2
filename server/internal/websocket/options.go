package websocket

import (
	"cmp"
	"sync"
	"time"

	"github.com/recountdev/recount/fault"
)

// Options bound what one connection may cost. The zero value works.
type Options struct {
	// MaxFrame is the most bytes of a message from a client, all its fragments
	// together, before and after it is inflated. Defaults to 1.25 MiB.
	MaxFrame int
	// Compress offers permessage-deflate to clients. Defaults to false.
	Compress bool
	// CompressAbove is the least length in bytes of a payload that is worth
	// deflating. Defaults to 4,096.
	CompressAbove int
	// FirstFrame is how long a client may take to send its first message.
	// Defaults to 10 s.
	FirstFrame time.Duration
	// ReadTimeout is how long a client may be silent, and how long a message
	// may take from its first byte to its last. Defaults to 60 s.
	ReadTimeout time.Duration
	// WriteTimeout is how long a write may go on without one byte being taken.
	// Defaults to 30 s.
	WriteTimeout time.Duration
	// CloseTimeout is how long a connection that is being closed waits for
	// the client's answer. Defaults to 1 s.
	CloseTimeout time.Duration
}

// withDefaults returns the options with nothing left out.
func (o Options) withDefaults() (Options, error) {
	if o.MaxFrame < 0 || o.CompressAbove < 0 {
		return o, fault.Invalid("websocket.Options: MaxFrame and CompressAbove are numbers of bytes: leave them at 0 for the default")
	}

	if min(o.FirstFrame, o.ReadTimeout, o.WriteTimeout, o.CloseTimeout) < 0 {
		return o, fault.Invalid("websocket.Options: a timeout is below 0: leave it at 0 for the default")
	}

	o.MaxFrame = cmp.Or(o.MaxFrame, 1280<<10)
	o.CompressAbove = cmp.Or(o.CompressAbove, 4<<10)
	o.FirstFrame = cmp.Or(o.FirstFrame, 10*time.Second)
	o.ReadTimeout = cmp.Or(o.ReadTimeout, time.Minute)
	o.WriteTimeout = cmp.Or(o.WriteTimeout, 30*time.Second)
	o.CloseTimeout = cmp.Or(o.CloseTimeout, time.Second)

	return o, nil
}

// Upgrader turns HTTP requests into connections, and owns the pools that they
// share. All methods are safe for concurrent use.
type Upgrader struct {
	options Options

	buffers   buffers
	readers   sync.Pool // of *reader
	batches   sync.Pool // of *Batch
	deflaters sync.Pool // of *deflater
	inflaters sync.Pool // of *inflater
}

// New returns an Upgrader.
func New(o Options) (*Upgrader, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}

	return &Upgrader{options: o}, nil
}
