package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"

	"github.com/gobwas/ws"

	"github.com/recountdev/recount"
	"github.com/recountdev/recount/aggregate"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
)

// service answers requests.
type service struct {
	app      *recount.App
	accounts accounts
	hub      *hub
}

func (s *service) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "Healthy") })
	mux.HandleFunc("POST /accounts", answer(s.register))
	mux.HandleFunc("GET /ws/{account_id}", answer(s.connect))
	mux.HandleFunc("/", answer(func(http.ResponseWriter, *http.Request) error { return fault.NotFound("there is nothing here") }))

	return mux
}

// register answers POST /accounts. Sent again with the same Idempotency-Key, it
// gives the same answer.
func (s *service) register(w http.ResponseWriter, r *http.Request) error {
	const mostBody = 4 << 10

	var body struct {
		Email string `json:"email"`
	}

	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, mostBody)).Decode(&body); err != nil {
		if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			return fault.Rejected(`%s cannot be a %s: send {"email": "ada@example.com"}`, wrong.Field, wrong.Value)
		}

		return fault.Invalid(`the body is not understood: %w: send {"email": "ada@example.com"}`, err)
	}

	var once []aggregate.Extra
	if key := r.Header.Get("Idempotency-Key"); key != "" {
		once = append(once, aggregate.WithID(key))
	}

	account, err := s.accounts.register.Do(r.Context(), s.app, body.Email, once...)
	if err != nil {
		return err
	}

	writeJSON(w, http.StatusCreated, map[string]int{"account_id": account.Value})

	return nil
}

// connect answers GET /ws/{account_id}.
func (s *service) connect(w http.ResponseWriter, r *http.Request) error {
	stream, id, err := streamOf(r.PathValue("account_id"))
	if err != nil {
		return err
	}

	after, err := s.since(r.Context(), stream, r.FormValue("since"))
	if err != nil {
		return err
	}

	conn, buffered, _, err := ws.UpgradeHTTP(r, w)
	if err != nil { // which it has answered
		if conn != nil {
			_ = conn.Close()
		}

		return nil
	}

	poke := func(ctx context.Context, recipient string) error {
		to, _, err := streamOf(recipient)
		if err == nil {
			_, err = s.accounts.poke.Do(ctx, s.app, to, id, aggregate.WithActor(string(stream)))
		}

		return err
	}

	socket := &socket{conn: conn, log: s.app.Log(), stream: stream, poke: poke, news: make(chan struct{}, 1), leaving: make(chan struct{})}
	if !s.hub.enter(socket) {
		socket.end(errLeaving)
		_ = conn.Close()

		return nil
	}
	defer s.hub.leave(socket)

	socket.run(r.Context(), buffered.Reader, after)

	return nil
}

// since returns the version that a client has already.
func (s *service) since(ctx context.Context, stream event.Stream, place string) (event.Version, error) {
	head, err := s.app.Log().Head(ctx, stream)

	switch {
	case err != nil:
		return 0, err
	case head == 0:
		return 0, fault.NotFound("there is no account %s", stream.ID())
	case place == "":
		return 0, nil
	}

	version, err := strconv.ParseUint(place, 10, 63)
	if err == nil {
		if event.Version(version) > head {
			return 0, fault.Gone("account %s has %d events, not %d: begin anew, without since", stream.ID(), head, version)
		}

		return event.Version(version), nil
	}

	at, err := s.app.Log().Find(ctx, event.ID(place))
	if code := fault.Of(err); code == fault.CodeUnavailable || code == fault.CodeInternal {
		return 0, err
	}

	if at.Stream != stream {
		return 0, fault.Rejected("since is %.40q: give the version or the ID of an event of account %s", place, stream.ID())
	}

	return at.Version, nil
}

// failure is an error as clients get it, over HTTP as in a frame.
type failure struct {
	Error   fault.Code `json:"error"`
	Message string     `json:"message"`
}

func failureOf(err error) failure {
	if code := fault.Of(err); code != fault.CodeInternal {
		return failure{code, err.Error()}
	}

	return failure{fault.CodeInternal, "something went wrong here"}
}

// answer turns errors into answers.
func answer(handle func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := handle(w, r); err != nil {
			writeJSON(w, fault.Of(err).HTTPStatus(), failureOf(err))
		}
	}
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value) // nobody is left to tell
}
