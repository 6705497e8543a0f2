package server

import (
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"github.com/recountdev/recount/aggregate"
	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
)

// decided is the answer to a command. The stream stands there if the command
// created it.
type decided struct {
	Stream   event.Stream    `json:"stream,omitempty"`
	Result   json.RawMessage `json:"result"`
	Version  event.Version   `json:"version"`
	Position event.Position  `json:"position"`
	Repeated bool            `json:"repeated,omitempty"`
}

// dispatch answers POST /v1/commands/{stream}/{command}.
func (s *Server) dispatch(w http.ResponseWriter, r *http.Request, c *auth.Caller) error {
	began := time.Now()

	request, err := s.commandOf(w, r)
	if err != nil {
		return err
	}

	answer, err := s.door.Dispatch(r.Context(), c, request)
	s.metrics.dispatched(fault.Of(err), time.Since(began))
	if err != nil {
		return err
	}

	out := decided{Result: orNull(answer.Result), Version: answer.Version, Position: answer.Position, Repeated: answer.Repeated}

	status := http.StatusOK
	if created := answer.Stream; request.Stream.ID() == aggregate.Next && created != "" && created != request.Stream {
		status, out.Stream = http.StatusCreated, created
		w.Header().Set("Location", "/v1/streams/"+url.PathEscape(string(created)))
	}

	return writeAnswer(w, status, out)
}

// commandOf returns the command that a request has.
func (s *Server) commandOf(w http.ResponseWriter, r *http.Request) (aggregate.Request, error) {
	out := aggregate.Request{Stream: event.Stream(r.PathValue("stream")), Command: r.PathValue("command")}
	if err := s.door.CheckCommand(out.Stream, out.Command); err != nil {
		return out, err // before the body is read
	}

	if _, err := queryOf(r); err != nil {
		return out, err
	}

	for _, name := range []string{"If-Match", "If-None-Match"} {
		if r.Header.Get(name) != "" {
			return out, fault.Invalid("%s is not possible here: a command is decided on what the stream is then; put what must hold into its input", name)
		}
	}

	var err error
	if out.ID, err = idempotencyKey(r.Header); err != nil {
		return out, err
	}

	out.Data, err = s.readJSON(w, r)

	return out, err
}

// writeAnswer writes an answer that nobody may keep.
func writeAnswer(w http.ResponseWriter, status int, answer any) error {
	body, err := json.Marshal(answer)
	if err != nil {
		return err
	}

	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // nobody is left to tell

	return nil
}

// orNull returns a JSON text, or null if there is none.
func orNull(text json.RawMessage) json.RawMessage {
	if len(text) == 0 {
		return json.RawMessage("null")
	}

	return text
}
