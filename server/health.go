package server

import (
	"context"
	"net/http"
	"time"

	"github.com/recountdev/recount/fault"
)

// readyPatience is how long the log may take to say that it is there.
const readyPatience = 5 * time.Second

// showHealth says that the process runs.
func (*Server) showHealth(w http.ResponseWriter, _ *http.Request) error {
	writeJSON(w, []byte(`{"status":"ok"}`))

	return nil
}

// showReadiness says whether requests should come here.
func (s *Server) showReadiness(w http.ResponseWriter, r *http.Request) error {
	if s.draining.Err() != nil {
		return fault.Unavailable("the server is draining: go to another one")
	}

	ctx, cancel := context.WithTimeout(r.Context(), readyPatience)
	defer cancel()

	if _, err := s.door.State(ctx); err != nil {
		s.logger.ErrorContext(ctx, "the log does not answer", "error", err)

		return fault.Unavailable("the log does not answer: its server's log has the reason")
	}

	writeJSON(w, []byte(`{"status":"ready"}`))

	return nil
}

// showMetrics shows what was counted.
func (s *Server) showMetrics(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Cache-Control", "no-store")
	s.metricsHandler.ServeHTTP(w, r)

	return nil
}

// writeJSON writes an answer that is JSON and changes with time.
func writeJSON(w http.ResponseWriter, body []byte) {
	header := w.Header()
	header.Set("Content-Type", "application/json")
	if header.Get("Cache-Control") == "" {
		header.Set("Cache-Control", "no-store")
	}

	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(body) //nolint:gosec // it says that it is JSON; nobody is left to tell of an error
}
