package server

import (
	"encoding/json"
	"net/http"

	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/server/internal/door"
	"github.com/recountdev/recount/server/internal/object"
)

// forkRequest is the body of a fork.
type forkRequest struct {
	To string          `json:"to"`
	At json.RawMessage `json:"at"`
}

// exampleFork is such a body.
const exampleFork = `{"to":"meeting:42-before","at":17}`

// forked is the answer to a fork.
type forked struct {
	Stream  event.Stream  `json:"stream"`
	Version event.Version `json:"version"`
}

// forkStream answers POST /v1/streams/{stream}/fork.
func (s *Server) forkStream(w http.ResponseWriter, r *http.Request, c *auth.Caller) error {
	stream, err := s.streamOf(r)
	if err != nil {
		return err
	}

	if _, err := s.door.Category(stream); err != nil {
		return err // before the body is read
	}

	if _, err := queryOf(r); err != nil {
		return err
	}

	body, err := s.readJSON(w, r)
	if err != nil {
		return err
	}

	if len(body) == 0 {
		return fault.Invalid("the body is empty: send an object, such as %s", exampleFork)
	}

	var request forkRequest
	if err := object.Decode("the body", body, &request); err != nil {
		return err
	}

	if request.To == "" {
		return fault.Invalid("the body does not say to which stream: send an object, such as %s", exampleFork)
	}

	at, err := door.ReadPoint(request.At)
	if err != nil {
		return err
	}

	to := event.Stream(request.To)

	version, err := s.door.Fork(r.Context(), c, stream, to, at)
	if err != nil {
		return err
	}

	return writeAnswer(w, http.StatusOK, forked{to, version})
}
