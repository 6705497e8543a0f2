package recount

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/recountdev/recount/aggregate"
	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/category"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fanout"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/server"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/topic"
)

// Options say what an App stands on, and what it shows to whom.
type Options struct {
	// Backend is the store, such as backends.Open or memory.New returns it.
	// Required; the App owns it from then on.
	Backend store.Backend
	// Categories declares what clients may use, by name. Defaults to none:
	// then only the Log of the App can be used.
	Categories map[string]category.Declaration
	// Aggregates decide commands; their categories are declared by that. Log,
	// Marks and Logger are the App's. Defaults to none.
	Aggregates aggregate.Options
	// Views are what is folded from the log into SQL. Defaults to none.
	Views Views
	// Auth says who clients are. Defaults to nobody: set Anonymous, JWT or
	// Func. Key is made by the App and kept in the store's marks if it is
	// empty.
	Auth auth.Options
	// Workbench opens all categories to everybody as an admin, whatever
	// Categories and Auth say: for development, on loopback only. It answers
	// only to clients who ask for localhost or 127.0.0.1. Defaults to false.
	Workbench bool
	// Origins are those of other hosts whose pages may come here, such as
	// https://app.example.com. Defaults to none.
	Origins []string
	// Limits bound what a client may ask for.
	Limits server.Limits
	// Signals is how many signals wait for a client and topic; the oldest are
	// dropped. Defaults to 64.
	Signals int
	// Logger is told of what goes wrong inside. Defaults to none.
	Logger *slog.Logger
	// Registry takes the metrics. Defaults to one of the App's own.
	Registry *prometheus.Registry
}

// App is a whole Recount in one program. All methods are safe for concurrent
// use.
type App struct {
	backend    store.Backend
	aggregates *aggregate.Runtime
	read       *readSide
	server     *server.Server
	stop       context.CancelFunc
	running    sync.WaitGroup

	closing sync.Once
	ended   chan struct{} // closed after Close
	result  error         // of closing
	told    atomic.Bool
}

// recheckEvery is how often guards are asked again about what was joined.
const recheckEvery = 30 * time.Second

// New returns an App on a backend that is open. If it fails, the backend and the
// database of the views stay with the caller.
func New(ctx context.Context, o Options) (*App, error) { //nolint:gocritic // once in a program, and as options are everywhere
	if o.Backend.Log == nil {
		return nil, fault.Invalid(`recount.Options.Backend is empty: set it to memory.New(), or to what backends.Open(ctx, "pebble:data") returns`)
	}

	if _, err := o.Backend.Log.State(ctx); err != nil {
		return nil, fmt.Errorf("recount: the backend does not answer: %w", err)
	}

	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}

	background, stop := context.WithCancel(context.WithoutCancel(ctx))

	app, err := assemble(ctx, background, &o)
	if err != nil {
		stop()

		return nil, fmt.Errorf("recount: %w", err)
	}

	app.stop = stop

	return app, nil
}

// assemble puts the house together. What goes on in the background ends with
// background.
func assemble(ctx, background context.Context, o *Options) (*App, error) {
	categories, err := declared(o)
	if err != nil {
		return nil, err
	}

	authenticator, err := authenticator(ctx, background, o)
	if err != nil {
		return nil, err
	}

	topics, err := topic.New(ctx, o.Backend.Log, topic.Options{LiveOnly: liveOnly(categories), Signals: o.Signals})
	if err != nil {
		return nil, err
	}

	aggregates, err := newAggregates(ctx, o)
	if err != nil {
		return nil, err
	}

	shown := server.Options{
		Log:        o.Backend.Log,
		Commands:   aggregates,
		Topics:     topics,
		Categories: categories,
		Auth:       authenticator,
		Origins:    o.Origins,
		Local:      o.Workbench,
		Limits:     o.Limits,
		Logger:     o.Logger,
		Registry:   o.Registry,
	}

	read, err := newReadSide(ctx, o, &shown)
	if err != nil {
		return nil, errors.Join(err, aggregates.Close(ctx))
	}

	if shown.Registry == nil {
		shown.Registry = prometheus.NewRegistry()
	}

	if err := read.measure(shown.Registry, o.Backend.Log); err != nil {
		return nil, errors.Join(err, aggregates.Close(ctx))
	}

	srv, err := server.New(shown)
	if err != nil {
		return nil, errors.Join(err, aggregates.Close(ctx))
	}

	app := &App{backend: o.Backend, aggregates: aggregates, read: read, server: srv, ended: make(chan struct{})}
	app.running.Go(func() { fanout.Run(background, o.Backend.Log, topics, o.Logger) })
	app.running.Go(func() { srv.Watch(background, recheckEvery) })
	app.running.Go(func() { read.run(background) })

	return app, nil
}

// newAggregates returns what decides commands.
func newAggregates(ctx context.Context, o *Options) (*aggregate.Runtime, error) {
	options := o.Aggregates
	options.Log, options.Marks, options.Logger = o.Backend.Log, o.Backend.Marks, o.Logger

	return aggregate.New(ctx, options)
}

// declared returns the categories that clients may use: those of the options,
// and those of the aggregates.
func declared(o *Options) (*category.Set, error) {
	declarations := maps.Clone(o.Categories)
	if o.Workbench || declarations == nil {
		declarations = make(map[string]category.Declaration, len(o.Aggregates.Kinds))
	}

	for _, kind := range o.Aggregates.Kinds {
		with := declarations[kind.Category()]
		with.Commands = kind.Commands()
		declarations[kind.Category()] = with
	}

	if o.Workbench {
		return category.OpenBeside(declarations)
	}

	return category.New(declarations)
}

// liveOnly returns what says which events newcomers do not get, nil if they get
// all.
func liveOnly(categories *category.Set) func(event.Stream, string) bool {
	some := make(map[string]*category.Category)
	for _, name := range categories.Names() {
		if c, err := categories.Find(name); err == nil && c.HasLiveOnly() {
			some[name] = c
		}
	}

	if len(some) == 0 {
		return nil
	}

	return func(stream event.Stream, typ string) bool {
		c := some[stream.Category()]

		return c != nil && c.LiveOnly(typ)
	}
}

// Aggregates returns what decides commands; it makes the App a Host for them.
func (a *App) Aggregates() *aggregate.Runtime { return a.aggregates }

// Log returns the log of all events: the one way to append, read and follow.
func (a *App) Log() store.Log { return a.backend.Log }

// Marks returns the named values beside the log.
func (a *App) Marks() store.Marks { return a.backend.Marks }

// Handler returns what answers clients: channels at /socket/websocket, streams
// and the feed below /v1/, /healthz, /readyz and /metrics. Mount it at the root
// of any HTTP server.
func (a *App) Handler() http.Handler { return a.server.Handler() }

// Recheck asks the guards again about everything that clients have joined, and
// ends the subscriptions of those who have lost the right. Call it when rights
// changed that a guard looks at; otherwise that takes up to 30 s.
func (a *App) Recheck(ctx context.Context) { a.server.Recheck(ctx) }

// Drain takes leave of all clients, before Close: it accepts no new ones, and
// closes the connections one by one within a time, so that they do not all come
// back at once. It returns when all are gone, or fails when ctx ends.
func (a *App) Drain(ctx context.Context, within time.Duration) error {
	return a.server.Drain(ctx, within)
}

// Close ends all connections and calls, and closes the backend and the database
// of the views. Appends that were accepted are finished first, unless ctx ends.
// Then Close fails, and goes on in the background. A second Close returns nil, or
// waits for that.
func (a *App) Close(ctx context.Context) error {
	a.closing.Do(func() { go a.shutDown(ctx) })

	select {
	case <-a.ended:
		if a.told.Swap(true) {
			return nil
		}

		return a.result
	case <-ctx.Done():
		return fault.Unavailable("close the app: it goes on in the background: %w", ctx.Err())
	}
}

// shutDown closes everything, whatever fails. When ctx ends, commands are not
// waited for, and what runs in the background does not keep the log open.
func (a *App) shutDown(ctx context.Context) {
	defer close(a.ended)

	var commands error

	rest := make(chan struct{})
	go func() {
		defer close(rest)

		a.server.Close()
		commands = wrapped("close the aggregates", a.aggregates.Close(ctx))
		a.stop()
		a.running.Wait()
	}()

	select {
	case <-rest:
	case <-ctx.Done():
		a.stop()
	}

	log := wrapped("close the backend", a.backend.Log.Close(context.WithoutCancel(ctx)))

	<-rest // it may write to the views

	a.result = errors.Join(commands, log, wrapped("close the views", a.read.close()))
}

// wrapped says what failed, if something did.
func wrapped(what string, err error) error {
	if err == nil {
		return nil
	}

	return fmt.Errorf("%s: %w", what, err)
}

// authenticator returns who knows who clients are.
func authenticator(ctx, background context.Context, o *Options) (*auth.Authenticator, error) {
	options := o.Auth
	options.Logger = o.Logger
	if o.Workbench {
		options = auth.Options{Everybody: &auth.Caller{Role: "admin"}, Key: o.Auth.Key, Logger: o.Logger}
	}

	if len(options.Key) == 0 {
		key, err := signingKey(ctx, o.Backend.Marks)
		if err != nil {
			return nil, err
		}

		options.Key = key
	}

	return auth.New(background, options)
}

// keyMark names the mark that holds the key which signs the IDs of anonymous
// callers.
const keyMark = "auth/key"

// keySize is the length of that key, in bytes.
const keySize = 32

// signingKey returns the key of the store, and makes it where there is none.
func signingKey(ctx context.Context, marks store.Marks) ([]byte, error) {
	for {
		mark, err := marks.Get(ctx, keyMark)
		if err == nil {
			return mark.Value, nil
		}

		if fault.Of(err) != fault.CodeNotFound {
			return nil, err
		}

		key := make([]byte, keySize)
		_, _ = rand.Read(key) // never fails since Go 1.24

		_, err = marks.Put(ctx, keyMark, key, store.Absent)
		if err != nil && fault.Of(err) != fault.CodeConflict {
			return nil, errors.Join(fault.Unavailable("the key that signs the IDs of anonymous callers cannot be kept"), err)
		}
	}
}
