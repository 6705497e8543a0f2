package session

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/internal/wake"
	"github.com/recountdev/recount/server/internal/door"
	"github.com/recountdev/recount/topic"
	"github.com/recountdev/recount/wire"
)

// Limits say how much a client may ask for. The zero value is ready to use.
type Limits struct {
	// Topics that a connection may have joined. Defaults to 128.
	Topics int
	// PushesPerSecond that a connection may send for long. Defaults to 100.
	PushesPerSecond int
	// PushBurst is how many it may send at once. Defaults to 200.
	PushBurst int
	// Signal is the largest signal, in bytes. Defaults to 16 KiB.
	Signal int
}

// withDefaults returns the limits with what is not set filled in.
func (l Limits) withDefaults() Limits {
	for _, limit := range []struct {
		value     *int
		otherwise int
	}{{&l.Topics, 128}, {&l.PushesPerSecond, 100}, {&l.PushBurst, 200}, {&l.Signal, 16 << 10}} {
		if *limit.value <= 0 {
			*limit.value = limit.otherwise
		}
	}

	return l
}

// Observer is told what sessions do. Its methods must return at once and be safe
// for concurrent use.
type Observer interface {
	// Appended tells of a durable append and how long it took.
	Appended(events int, took time.Duration)
	// Dispatched tells of a command and how long its answer took. The code is
	// that of its error, or "".
	Dispatched(code fault.Code, took time.Duration)
	// Refused tells of an answer that was an error.
	Refused(code fault.Code)
}

// House is what all sessions of a server share.
type House struct {
	Door   *door.Door
	Topics *topic.Hub
	Auth   *auth.Authenticator
	Limits Limits
	Logger *slog.Logger
	// Observer is told what sessions do.
	Observer Observer

	scratches sync.Pool // of *scratch
}

// New returns a session of a caller. schedule is called, from any goroutine and
// with locks held, when Gather has something to do; it must return at once.
func (h *House) New(caller auth.Caller, schedule func()) *Session {
	limits := h.Limits.withDefaults()
	s := &Session{
		house:    h,
		limits:   limits,
		schedule: schedule,
		caller:   caller,
		pushes:   rate.NewLimiter(rate.Limit(limits.PushesPerSecond), limits.PushBurst),
		beats:    rate.NewLimiter(1, beatBurst),
	}
	s.expireAt(caller.Expires)

	return s
}

// Session is one client's conversation.
type Session struct {
	house    *House
	limits   Limits
	schedule func()
	pushes   *rate.Limiter
	beats    *rate.Limiter // heartbeats, so that a busy client stays alive

	refused int // pushes that were over the rate, since it calmed down; Receive's own
	failed  int // joins in a row that failed; Receive's own

	sent wake.Signal // answers were gathered

	mu       sync.Mutex // the topics' locks come before it
	caller   auth.Caller
	channels []*channel
	due      []*channel
	answers  [][]byte // to be sent before all else
	waiting  int      // bytes of answers
	closed   bool
	expiry   *time.Timer
}

// beatBurst is how many heartbeats may come at once, beside one a second.
const beatBurst = 10

// mostWaiting is how many bytes of answers wait before the next frame is taken.
const mostWaiting = 64 << 10

// Caller returns who the client is.
func (s *Session) Caller() auth.Caller {
	s.mu.Lock()
	defer s.mu.Unlock()

	return s.caller
}

// Receive takes a frame. What it answers is gathered later. It fails with a
// *CloseError if the connection should be closed, and waits while too many
// answers wait to be sent. The frame's memory is the caller's again afterwards.
func (s *Session) Receive(ctx context.Context, frame []byte) error {
	if err := s.waitForRoom(ctx); err != nil {
		return err
	}

	m, err := wire.ParseMessage(frame)
	if err != nil {
		nobody := wire.Message{Topic: "phoenix"}
		if !s.pushes.Allow() {
			return s.tooFast(&nobody)
		}

		s.refuse(&nobody, err)

		return nil
	}

	if m.Topic == "phoenix" && m.Event == "heartbeat" && s.beats.Allow() {
		s.reply(&m, emptyObject)

		return nil
	}

	if !s.pushes.Allow() {
		return s.tooFast(&m)
	}

	if s.pushes.Tokens() >= float64(s.limits.PushBurst)/2 { // it has calmed down
		s.refused = 0
	}

	s.handle(ctx, &m)

	return nil
}

// tooFast answers a push that is over the rate; a client that goes on and on is
// sent away.
func (s *Session) tooFast(m *wire.Message) error {
	s.refused++
	if s.refused > s.limits.PushBurst {
		return &CloseError{Code: CloseRateLimited, Reason: "too many pushes"}
	}

	seconds := 1 / float64(s.pushes.Limit())
	s.refuse(m, fault.RateLimited("more than %d pushes a second, in bursts of %d: wait %.2f s and push again", s.limits.PushesPerSecond, s.limits.PushBurst, seconds))

	return nil
}

// waitForRoom waits until the client has taken enough of the answers.
func (s *Session) waitForRoom(ctx context.Context) error {
	for {
		sent := s.sent.Changed()
		s.mu.Lock()
		full, closed := s.waiting > mostWaiting, s.closed
		s.mu.Unlock()

		if closed {
			return fault.Unavailable("the connection is closed")
		}

		if !full {
			return nil
		}

		select {
		case <-sent:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// handle does what a message asks for.
func (s *Session) handle(ctx context.Context, m *wire.Message) {
	if m.Topic == "phoenix" && m.Event == "heartbeat" {
		s.reply(m, emptyObject)

		return
	}

	switch m.Event {
	case "phx_join":
		s.join(ctx, m)

		return
	case "phx_leave":
		s.leave(m)

		return
	}

	ch := s.find(m.Topic)
	if ch == nil {
		s.refuse(m, fault.NotFound("topic %q is not joined: join it first", m.Topic))

		return
	}

	response, err := s.push(ctx, ch, m)
	if err != nil {
		s.refuse(m, err)

		return
	}

	s.reply(m, response)
	if m.Event == authenticateEvent { // the answer goes before what may end now
		s.Recheck(ctx)
	}
}

// Close ends the session: all its subscriptions, whose presence lasts for the
// grace. A second Close does nothing.
func (s *Session) Close() {
	s.mu.Lock()
	channels := s.channels
	s.closed, s.channels, s.due, s.answers = true, nil, nil, nil
	if s.expiry != nil {
		s.expiry.Stop()
	}
	s.mu.Unlock()
	s.sent.Wake()

	for _, ch := range channels {
		ch.subscription.Leave(false)
	}
}

// find returns the channel of a topic, nil if it is not joined.
func (s *Session) find(name string) *channel {
	s.mu.Lock()
	defer s.mu.Unlock()

	return s.findLocked(name)
}

func (s *Session) findLocked(name string) *channel {
	i := slices.IndexFunc(s.channels, func(ch *channel) bool { return string(ch.name) == name })
	if i < 0 {
		return nil
	}

	return s.channels[i]
}
