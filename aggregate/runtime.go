package aggregate

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"sync"
	"sync/atomic"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

// Runtime holds the live aggregates of a program. All methods are safe for
// concurrent use.
type Runtime struct {
	options Options
	kinds   map[string]*kind
	epoch   string
	table   *table

	ctx    context.Context //nolint:containedctx // ends when Close has waited enough
	stop   context.CancelFunc
	images *snapshotter

	mu      sync.Mutex // held when closed is set
	closed  atomic.Bool
	running sync.WaitGroup
}

// New returns a runtime. The error names all that is wrong in the definitions.
func New(ctx context.Context, o Options) (*Runtime, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}

	kinds, err := compile(o.Kinds)
	if err != nil {
		return nil, err
	}

	state, err := o.Log.State(ctx)
	if err != nil {
		return nil, err
	}

	r := &Runtime{options: o, kinds: kinds, epoch: state.Epoch, table: newTable(o.Live, o.Bytes)}
	r.ctx, r.stop = context.WithCancel(context.WithoutCancel(ctx))
	if o.Marks != nil {
		r.images = newSnapshotter(r)
		r.running.Go(func() { r.images.run(r.ctx) })
	}

	return r, nil
}

// compile checks definitions.
func compile(of []Kind) (map[string]*kind, error) {
	var mistakes []error
	kinds := make(map[string]*kind, len(of))
	for _, one := range of {
		k := one.internals()
		if _, twice := kinds[k.category]; twice {
			mistakes = append(mistakes, fault.Invalid("aggregate %q is defined twice", k.category))
		}

		kinds[k.category] = k
		if err := k.check(); err != nil {
			mistakes = append(mistakes, err)
		}
	}

	if len(mistakes) > 0 {
		return nil, fault.Invalid("%w", errors.Join(mistakes...))
	}

	return kinds, nil
}

// Aggregates returns the runtime itself, which is a Host.
func (r *Runtime) Aggregates() *Runtime { return r }

// Dispatch sends a command that came from outside; see Decider.Do. It fails with
// fault.CodeNotFound if there is no such command, and with fault.CodeInvalid if
// its data is not as the command wants it.
func (r *Runtime) Dispatch(ctx context.Context, q Request) (Answer, error) {
	k, err := r.kindOf(q.Stream)
	if err != nil {
		return Answer{}, err
	}

	of, known := k.commands[q.Command]
	if !known {
		return Answer{}, fault.NotFound("%s has no command %.100q%s", k.category, q.Command, didYouMean(q.Command, k.commands))
	}

	input, err := of.decode(q.Data)
	if err != nil {
		return Answer{}, fault.Invalid("the data of command %s is not as it wants it: %w", q.Command, err)
	}

	stream := q.Stream
	switch next := stream.ID() == Next; {
	case of.creates && !next:
		return Answer{}, fault.Invalid("command %s creates a %s: send it to %s:%s", q.Command, k.category, k.category, Next)
	case next && !of.creates:
		return Answer{}, fault.Invalid("command %s does not create anything: send it to the stream of a %s", q.Command, k.category)
	case next:
		stream = sequenceOf(k.category)
	}

	c := &call{
		command: of, input: input, encoded: true,
		id: q.ID, actor: q.Actor, correlation: q.Correlation, causation: q.Causation,
	}

	got, err := r.submit(ctx, k, stream, c)
	if err != nil {
		return Answer{}, err
	}

	return Answer{Stream: got.stream, Result: got.result, Version: got.version, Position: got.position, Repeated: got.repeated}, nil
}

// kindOf returns the definition for a stream.
func (r *Runtime) kindOf(stream event.Stream) (*kind, error) {
	k, known := r.kinds[stream.Category()]
	if !known {
		return nil, fault.NotFound("category %.100q takes no commands%s", stream.Category(), didYouMean(stream.Category(), r.kinds))
	}

	return k, nil
}

// foldFor returns how a stream's definition, or else another, calls an event of
// a Go type.
func (r *Runtime) foldFor(stream event.Stream, otherwise *kind, of reflect.Type) (fold, bool) {
	if k, known := r.kinds[stream.Category()]; known {
		if f, known := k.folds[of]; known {
			return f, true
		}
	}

	f, known := otherwise.folds[of]

	return f, known
}

func errClosed() error {
	return fault.Unavailable("the program is closing: send the command again later, with the same ID")
}

// Close waits until all commands that were taken are answered; when ctx ends, it
// answers those that are left with fault.CodeUnavailable. Later ones are refused.
// The log stays open. A second Close does nothing.
func (r *Runtime) Close(ctx context.Context) error {
	r.mu.Lock()
	r.closed.Store(true)
	r.mu.Unlock()

	if r.images != nil {
		r.images.close()
	}

	stop := context.AfterFunc(ctx, r.stop)
	defer stop()
	r.running.Wait()
	r.stop()

	return nil
}

// View returns the public view of a stream: now, or at a point of its history.
// It fails with fault.CodeNotFound if the definition has no Public, or if there
// is no such stream or point.
func (r *Runtime) View(ctx context.Context, stream event.Stream, at store.Point) (View, error) {
	k, err := r.kindOf(stream)
	if err != nil {
		return View{}, err
	}

	if k.show == nil {
		return View{}, fault.NotFound("%s shows nothing of its state: declare it by aggregate.Public", k.category)
	}

	var out View
	look := func(state any, version event.Version) error {
		if version == 0 {
			return fault.NotFound("there is no stream %s", stream)
		}

		return guarded("the view of "+string(stream), func() error {
			text, err := json.Marshal(k.show(state))
			if err != nil {
				return fault.Internal("the view of %s cannot be encoded: %w", stream, err)
			}

			out = View{State: text, Version: version}

			return nil
		})
	}

	if at == (store.Point{}) {
		if _, err := r.submit(ctx, k, stream, &call{look: look}); err != nil {
			return View{}, err // look may go on where the caller has gone away
		}

		return out, nil
	}

	state, version, err := r.past(ctx, k, stream, at)
	if err != nil {
		return View{}, err
	}

	err = look(state, version)

	return out, err
}
