package server

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"

	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/server/internal/door"
)

// shownState is the answer to a question for a state.
type shownState struct {
	State   json.RawMessage `json:"state"`
	Version event.Version   `json:"version"`
}

// showState answers GET /v1/state/{stream}. The state at a version never changes,
// as long as the program that folds it is the same; that of now, and of a time
// that may not be over, is asked for again.
func (s *Server) showState(w http.ResponseWriter, r *http.Request, c *auth.Caller) error {
	stream, err := s.streamOf(r)
	if err != nil {
		return err
	}

	q, err := queryOf(r, "at")
	if err != nil {
		return err
	}

	text := q.one("at")
	if q.err != nil {
		return q.err
	}

	at, err := door.ParsePoint(text)
	if err != nil {
		return err
	}

	view, err := s.door.View(r.Context(), c, stream, at)
	if err != nil {
		return err
	}

	body, err := json.Marshal(shownState{orNull(view.State), view.Version})
	if err != nil {
		return err
	}

	header := w.Header()
	tag := tagOf(body)
	header.Set("ETag", tag)
	if at.Version > 0 && at.Version == view.Version {
		header.Set("Cache-Control", cacheFull)
	} else {
		header.Set("Cache-Control", cacheTail)
	}

	if matches(r.Header.Values("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)

		return nil
	}

	writeJSON(w, append(body, '\n'))

	return nil
}

// tagOf returns the ETag of a body that may change without a new version, because
// the program does.
func tagOf(body []byte) string {
	const enough = 12

	sum := sha256.Sum256(body)

	return `"` + base64.RawURLEncoding.EncodeToString(sum[:enough]) + `"`
}
