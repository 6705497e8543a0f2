package aggregate

import (
	"context"
	"encoding/json"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
)

// call is a command that waits for its answer.
type call struct {
	// ctx is that of the caller: nobody waits for the answer when it ended.
	ctx     context.Context //nolint:containedctx // of this call
	command *command
	// look makes the call a question: it is asked when the state is known to be
	// the newest.
	look  func(state any, version event.Version) error
	input any
	// encoded says that the caller wants the result as JSON.
	encoded bool

	id, actor, correlation, causation string
	// hash is that of the input, and text its JSON, where they are needed.
	hash string
	text []byte

	done   chan struct{}
	answer answer
	err    error
}

// answer is what came of a command.
type answer struct {
	stream   event.Stream
	value    any
	result   json.RawMessage
	version  event.Version
	position event.Position
	repeated bool
}

// finish gives the answer.
func (c *call) finish(a answer, err error) {
	c.answer, c.err = a, err
	close(c.done)
}

// submit hands a call to the live aggregate of a stream, and waits.
func (r *Runtime) submit(ctx context.Context, k *kind, stream event.Stream, c *call) (answer, error) {
	if err := r.prepare(k, stream, c); err != nil {
		return answer{}, err
	}

	if err := ctx.Err(); err != nil {
		return answer{}, err
	}

	c.ctx, c.done = ctx, make(chan struct{})
	if err := r.enqueue(k, stream, c); err != nil {
		return answer{}, err
	}

	select {
	case <-c.done:
		return c.answer, c.err
	case <-ctx.Done():
		return answer{}, ctx.Err()
	}
}

// prepare checks a call, and does the work that need not be done by the
// aggregate.
func (r *Runtime) prepare(k *kind, stream event.Stream, c *call) error {
	if r.kinds[k.category] != k {
		return fault.Internal("aggregate %q is not among the Kinds of this runtime: add it to aggregate.Options", k.category)
	}

	if c.command == nil || !c.command.creates { // else it is the sequence
		if err := k.checkStream(stream); err != nil {
			return err
		}
	}

	for _, name := range []*string{&c.id, &c.actor, &c.correlation, &c.causation} {
		if *name == "" {
			continue
		}

		draft := event.Draft{Type: "x", Actor: c.actor, Meta: event.Meta{Correlation: c.correlation, Causation: c.causation}, ID: event.ID(c.id)}
		if err := (event.Limits{}).CheckDraft(&draft); err != nil {
			return err
		}

		break
	}

	if c.command == nil || c.id == "" && !k.settings.RecordInput {
		return nil
	}

	return c.encodeInput()
}

// checkStream says what is wrong with the name of an aggregate, if anything is.
func (k *kind) checkStream(stream event.Stream) error {
	if err := (event.Limits{}).CheckStream(stream); err != nil {
		return err
	}

	if stream.Category() != k.category || stream.ID() == Next {
		return fault.Invalid("stream %s is no %s: name a stream such as %s:42", stream, k.category, k.category)
	}

	return nil
}

// enqueue appends a call to the queue of the live aggregate, and starts it if it
// is idle.
func (r *Runtime) enqueue(k *kind, stream event.Stream, c *call) error {
	for {
		if r.closed.Load() {
			return errClosed()
		}

		a := r.table.use(stream, func() *live { return &live{runtime: r, kind: k, stream: stream} })

		start, taken, err := a.take(c)
		if err != nil {
			return err
		}

		if !taken { // it left the table meanwhile
			continue
		}

		if !start {
			return nil
		}

		if r.begin() {
			go a.run()
		} else {
			a.abandon(errClosed())
		}

		return nil
	}
}

// begin makes Close wait for one goroutine more, unless it is too late.
func (r *Runtime) begin() bool {
	r.mu.Lock()
	defer r.mu.Unlock()

	if r.closed.Load() {
		return false
	}

	r.running.Add(1)

	return true
}
