package aggregate

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
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
func New(ctx context.Context, o Options) (*Runtime, error) { //nolint:gocritic // once in a program, and as options are everywhere
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

// categories returns the names of the categories that take commands, sorted.
func (r *Runtime) categories() []string {
	names := make([]string, 0, len(r.kinds))
	for name := range r.kinds {
		names = append(names, name)
	}

	slices.SortFunc(names, strings.Compare)

	return names
}
