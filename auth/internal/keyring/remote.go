package keyring

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/recountdev/recount/fault"
)

// Options says where a Remote's keys are, and how to get them.
type Options struct {
	// URL is where the JWKS is.
	URL string
	// Client fetches it. Defaults to a client that gives up after 10 s and
	// does not follow a redirection from https to http.
	Client *http.Client
	// Logger gets what goes wrong. Defaults to none.
	Logger *slog.Logger
	// Every is how often the set is fetched while all goes well. Defaults to
	// 15 minutes.
	Every time.Duration
	// Gap is how long after a fetch a key that is not in the set may cause
	// another one. Defaults to 10 s.
	Gap time.Duration
	// Patience is how long a caller waits for a fetch. Defaults to 5 s.
	Patience time.Duration
}

// maxWaiting is how many callers may wait for a fetch; others are sent away.
const maxWaiting = 1000

// The pauses after failed fetches grow from the first to the second.
const (
	firstPause   = time.Second
	longestPause = time.Minute
)

// Remote is the key set of a JWKS that is fetched over HTTP. Safe for
// concurrent use.
//
// One goroutine fetches: at once, then every 15 minutes, and when somebody asks
// for a key that is not in the set, but not within 10 s of the last time, so
// that made-up key IDs do not become requests. All who ask meanwhile wait for
// the same fetch. A fetch that fails keeps the keys that are known, and is
// repeated after a pause that grows from 1 s to 1 minute.
type Remote struct {
	o       Options
	current atomic.Pointer[ring]
	wake    chan struct{} // has room for one: somebody wants a fetch

	mu      sync.Mutex
	running chan struct{} // closed when the fetch that is wanted or under way ends; nil when there is none
	waiting int
	last    time.Time // when a fetch last ended
	over    bool
}

// ring is the keys of one fetch.
type ring struct {
	keys []Key
	text string // the set as it was fetched
}

// NewRemote returns a Remote that fetches until ctx ends.
func NewRemote(ctx context.Context, o Options) *Remote {
	r := &Remote{o: o, wake: make(chan struct{}, 1), running: make(chan struct{})}

	own := o.Client == nil
	if own {
		r.o.Client = NewClient()
	}

	if o.Logger == nil {
		r.o.Logger = slog.New(slog.DiscardHandler)
	}

	r.o.Every = defaultTo(o.Every, 15*time.Minute)
	r.o.Gap = defaultTo(o.Gap, 10*time.Second)
	r.o.Patience = defaultTo(o.Patience, 5*time.Second)

	go func() {
		r.run(ctx)

		if own {
			r.o.Client.CloseIdleConnections()
		}
	}()

	return r
}

func defaultTo(d, otherwise time.Duration) time.Duration {
	if d > 0 {
		return d
	}

	return otherwise
}

// Find returns the keys that may have signed a token with this key ID and
// algorithm. With an ID they all have it, but need not be for the algorithm.
// Without one they are all keys for the algorithm. Where there is none, it
// waits for the next fetch, if one is due. No key is not an error; that no set
// could be fetched yet, or that too many wait, is one (CodeUnavailable).
func (r *Remote) Find(ctx context.Context, id, algorithm string) ([]Key, error) {
	found := r.find(id, algorithm)
	if len(found) > 0 {
		return found, nil
	}

	if err := r.Refresh(ctx); err != nil {
		return nil, err
	}

	return r.find(id, algorithm), nil
}

func (r *Remote) find(id, algorithm string) []Key {
	current := r.current.Load()
	if current == nil {
		return nil
	}

	var found []Key

	for _, k := range current.keys {
		if id != "" && k.ID == id || id == "" && k.Algorithm == algorithm {
			found = append(found, k)
		}
	}

	return found
}

// Refresh waits for the fetch that is under way, or for a new one if the last
// is long enough ago. It fails only if there are no keys at all afterwards, or
// too many wait (CodeUnavailable).
func (r *Remote) Refresh(ctx context.Context) error {
	done, err := r.request()
	if err != nil {
		return err
	}

	if done != nil {
		defer r.leave()

		timer := time.NewTimer(r.o.Patience)
		defer timer.Stop()

		select {
		case <-done:
		case <-timer.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}

	if r.current.Load() == nil {
		return fault.Unavailable("this server cannot fetch the keys that verify tokens: try again in a moment, its log says why")
	}

	return nil
}

// request returns a channel that is closed when the fetch ends that is under
// way or due, or nil if none is.
func (r *Remote) request() (<-chan struct{}, error) {
	r.mu.Lock()
	defer r.mu.Unlock()

	if r.running == nil {
		if r.over || time.Since(r.last) < r.o.Gap {
			return nil, nil
		}

		r.running = make(chan struct{})
		r.wake <- struct{}{} // there is room: the goroutine takes it before it ends running
	}

	if r.waiting >= maxWaiting {
		return nil, fault.Unavailable("too many tokens wait for their keys: try again in a moment")
	}

	r.waiting++

	return r.running, nil
}

func (r *Remote) leave() {
	r.mu.Lock()
	defer r.mu.Unlock()

	r.waiting--
}

// run fetches until ctx ends.
func (r *Remote) run(ctx context.Context) {
	defer r.finish(true)

	pause := firstPause
	for {
		next := r.o.Every

		err := r.fetch(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			r.o.Logger.ErrorContext(ctx, "the keys that verify tokens could not be fetched",
				slog.String("url", r.o.URL), slog.Any("error", err), slog.Bool("old_keys_kept", r.current.Load() != nil), slog.Duration("retry_in", pause))

			next, pause = pause, min(2*pause, longestPause)
		default:
			pause = firstPause
		}

		r.finish(false)

		timer := time.NewTimer(next)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
			r.begin()
		case <-r.wake:
			timer.Stop()
		}
	}
}

// begin notes that a fetch is under way that nobody asked for, unless somebody
// just did.
func (r *Remote) begin() {
	r.mu.Lock()
	defer r.mu.Unlock()

	if r.running == nil {
		r.running = make(chan struct{})
		return
	}

	<-r.wake
}

// finish wakes those who wait.
func (r *Remote) finish(over bool) {
	r.mu.Lock()
	defer r.mu.Unlock()

	r.last, r.over = time.Now(), over
	if r.running != nil {
		close(r.running)
		r.running = nil
	}
}

func (r *Remote) fetch(ctx context.Context) error {
	text, err := get(ctx, r.o.Client, r.o.URL)
	if err != nil {
		return err
	}

	if current := r.current.Load(); current != nil && current.text == text {
		return nil
	}

	found, leftOut, err := ParseSet([]byte(text))
	if err != nil {
		return err
	}

	for _, sentence := range leftOut {
		r.o.Logger.InfoContext(ctx, "a key of the JWKS is left out", slog.String("url", r.o.URL), slog.String("reason", sentence))
	}

	if len(found) == 0 {
		r.o.Logger.WarnContext(ctx, "the JWKS has no key that verifies tokens: none is accepted", slog.String("url", r.o.URL))
	} else {
		r.o.Logger.InfoContext(ctx, "the keys that verify tokens were fetched", slog.String("url", r.o.URL), slog.Int("keys", len(found)))
	}

	r.current.Store(&ring{keys: found, text: text})

	return nil
}
