package server

import (
	"context"
	"log/slog"
	"sync"
)

const (
	// mostStrangers is how many origins are remembered, which bounds the lines in the
	// log.
	mostStrangers = 100
	// longOrigin is how much of an origin is remembered and logged.
	longOrigin = 256
)

// strangers are the origins whose pages were refused. A page cannot see why its
// socket was, so whoever runs the server is told, once for each origin. The zero
// value is ready to use; methods are safe for concurrent use.
type strangers struct {
	mu  sync.Mutex
	met map[string]struct{}
}

// meet writes to the log that pages of an origin are refused, unless it did so
// before.
func (s *strangers) meet(ctx context.Context, logger *slog.Logger, origin string) {
	origin = origin[:min(len(origin), longOrigin)]
	if s.remember(origin) {
		logger.WarnContext(ctx, "pages of another origin are refused: list it in auth.origins if they are yours", "origin", origin)
	}
}

// remember reports whether an origin is new and there is room to remember it.
func (s *strangers) remember(origin string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()

	if _, again := s.met[origin]; again || len(s.met) >= mostStrangers {
		return false
	}

	if s.met == nil {
		s.met = make(map[string]struct{})
	}

	s.met[origin] = struct{}{}

	return true
}
