package server

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/category"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/server/internal/door"
	"github.com/recountdev/recount/server/internal/session"
	"github.com/recountdev/recount/server/internal/websocket"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/topic"
)

// Options say what a server shows, and to whom.
type Options struct {
	// Log of all events. Required.
	Log store.Log
	// Topics that show the log. Required.
	Topics *topic.Hub
	// Categories that are declared. Required.
	Categories *category.Set
	// Auth knows who asks. Required.
	Auth *auth.Authenticator
	// Commands decides commands; an *aggregate.Runtime does. Defaults to nobody:
	// there are no commands.
	Commands Commands
	// Journal is the journal of all events; a *journal.Reader is one. Defaults
	// to none.
	Journal Journal
	// Queries are named queries; *query.Queries are some. Defaults to none.
	Queries Queries
	// QueryGuards decide who may run which query. Those that have none are for
	// admins. Defaults to none.
	QueryGuards map[string]auth.Guard
	// Origins are those of other hosts whose pages may come here, such as
	// https://app.example.com. Defaults to none.
	Origins []string
	// Local answers only to clients who ask for localhost or an address of the
	// loopback: a page that reaches the server under another name, by DNS
	// rebinding, is refused. Pages that this machine serves may come, whatever
	// their port. Defaults to false.
	Local bool
	// Limits bound what a client may ask for.
	Limits Limits
	// Logger is told of internal errors, and of origins whose pages are refused.
	// Defaults to none.
	Logger *slog.Logger
	// Registry takes the metrics; one registry for each server. Defaults to
	// one of its own.
	Registry *prometheus.Registry
}

// Commands decides commands, and shows what aggregates are.
type Commands = door.Commands

// Limits bound what a client may ask for. The zero value is ready to use.
type Limits struct {
	// Event says how large the parts of an event may be.
	Event event.Limits
	// Frame is the largest message on a socket, in bytes. Defaults to 1.25 MiB.
	Frame int
	// Body is the largest body of a request, in bytes. Defaults to 16 MiB.
	Body int
	// Events of one append. Defaults to 1,000.
	Events int
	// Topics that a connection may have joined. Defaults to 128.
	Topics int
	// PushesPerSecond that a connection may send for long. Defaults to 100.
	PushesPerSecond int
	// PushBurst is how many it may send at once. Defaults to 200.
	PushBurst int
	// Signal is the largest signal, in bytes. Defaults to 16 KiB.
	Signal int
	// FirstFrame is how long a client may take to send its first message.
	// Defaults to 10 s.
	FirstFrame time.Duration
	// Silence is how long a socket may be silent. Defaults to 60 s.
	Silence time.Duration
	// Stall is how long a write may make no progress. Defaults to 30 s.
	Stall time.Duration
}

// Server answers requests. All methods are safe for concurrent use.
type Server struct {
	door           *door.Door
	topics         *topic.Hub
	auth           *auth.Authenticator
	journal        Journal
	queries        Queries
	queryGuards    map[string]auth.Guard
	origins        []string
	local          bool
	strangers      strangers
	limits         Limits
	logger         *slog.Logger
	metrics        *metrics
	metricsHandler http.Handler
	house          *session.House
	upgrader       *websocket.Upgrader
	senders        senders
	handler        http.Handler

	draining context.Context //nolint:containedctx // ends when the server drains, whoever asks
	drain    context.CancelFunc
	serving  context.Context //nolint:containedctx // ends when the server has closed
	stop     context.CancelFunc

	mu      sync.Mutex
	sockets map[*socket]struct{}
	idle    chan struct{} // closed when the last socket is gone; nil while nobody waits
}

// New returns a server. Close ends it.
func New(o Options) (*Server, error) { //nolint:gocritic // once in a program, and as options are everywhere
	if o.Log == nil || o.Topics == nil || o.Categories == nil || o.Auth == nil {
		return nil, fault.Invalid("server.Options needs Log, Topics, Categories and Auth: recount.New gives it all of them")
	}

	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}

	metrics, err := newMetrics(o.Registry, o.Topics.Stats)
	if err != nil {
		return nil, err
	}

	upgrader, err := websocket.New(websocket.Options{
		MaxFrame:     o.Limits.Frame,
		Compress:     true,
		FirstFrame:   o.Limits.FirstFrame,
		ReadTimeout:  o.Limits.Silence,
		WriteTimeout: o.Limits.Stall,
	})
	if err != nil {
		return nil, err
	}

	s := &Server{
		door:           door.New(door.Options{Log: o.Log, Categories: o.Categories, Limits: o.Limits.Event, Events: o.Limits.Events, Commands: o.Commands}),
		topics:         o.Topics,
		auth:           o.Auth,
		journal:        o.Journal,
		queries:        o.Queries,
		queryGuards:    o.QueryGuards,
		origins:        o.Origins,
		local:          o.Local,
		limits:         o.Limits,
		logger:         o.Logger,
		metrics:        metrics,
		metricsHandler: metrics.handler(),
		upgrader:       upgrader,
		sockets:        make(map[*socket]struct{}),
	}
	s.draining, s.drain = context.WithCancel(context.Background())
	s.serving, s.stop = context.WithCancel(context.Background())
	s.house = &session.House{
		Door:   s.door,
		Topics: o.Topics,
		Auth:   o.Auth,
		Limits: session.Limits{
			Topics:          o.Limits.Topics,
			PushesPerSecond: o.Limits.PushesPerSecond,
			PushBurst:       o.Limits.PushBurst,
			Signal:          o.Limits.Signal,
		},
		Logger:   o.Logger,
		Observer: observer{metrics},
	}
	s.handler = s.routes()

	return s, nil
}

// Handler returns the handler of the whole surface.
func (s *Server) Handler() http.Handler { return s.handler }

// observer tells the metrics what sessions do.
type observer struct{ metrics *metrics }

// Appended tells of a durable append.
func (o observer) Appended(events int, took time.Duration) { o.metrics.appended(events, took) }

// Dispatched tells of a command.
func (o observer) Dispatched(code fault.Code, took time.Duration) { o.metrics.dispatched(code, took) }

// Refused tells of an answer that was an error.
func (o observer) Refused(code fault.Code) { o.metrics.refused(code) }
