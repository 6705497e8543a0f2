package server

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/projection/query"
)

// Queries are named queries over the views. They are safe for concurrent use.
type Queries interface {
	// Find fails with fault.CodeNotFound if there is no query of a name.
	Find(name string) error
	// AddDefaults adds to values the defaults of the parameters that they lack,
	// if there is such a query.
	AddDefaults(name string, values url.Values)
	// Run runs a query with the values of its parameters.
	Run(ctx context.Context, name string, values url.Values) (query.Result, error)
	// Wait waits until all that a query reads has the events up to a position.
	// It fails with fault.CodeUnavailable when ctx ends, or when there is no use
	// in waiting.
	Wait(ctx context.Context, name string, p event.Position) error
}

// queryWait is how long a query waits for the position that it must have seen.
const queryWait = 5 * time.Second

// runQuery answers GET /v1/queries/{name}.
func (s *Server) runQuery(w http.ResponseWriter, r *http.Request, c *auth.Caller) error {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return fault.Invalid("the query cannot be read: %w: percent-encode what stands in it", err)
	}

	values.Del("token") // of the caller

	name := r.PathValue("name")
	if s.queries != nil {
		s.queries.AddDefaults(name, values) // the guard decides on what the query runs with
	}

	if err := s.door.MayQuery(r.Context(), c, s.queryGuards[name], name, paramsJSON(values)); err != nil {
		return err
	}

	if s.queries == nil {
		return fault.NotFound("there are no queries here: the server was started without views")
	}

	if err := s.queries.Find(name); err != nil {
		return err
	}

	if values.Has("after") {
		q := reader{query: values}

		after := q.place("after", true)
		if q.err != nil {
			return fault.Invalid("the parameter after cannot be %.40q: give a position as an append or a command answered it", values.Get("after"))
		}

		if err := s.awaitQuery(r.Context(), name, after); err != nil {
			return err
		}
	}

	result, err := s.queries.Run(r.Context(), name, values)
	if err != nil {
		return err
	}

	writeJSON(w, append(result.AppendJSON(nil), '\n'))

	return nil
}

// awaitQuery waits until a query sees a position.
func (s *Server) awaitQuery(ctx context.Context, name string, p event.Position) error {
	within, cancel := context.WithTimeout(ctx, queryWait)
	defer cancel()

	err := s.queries.Wait(within, name, p)
	if err != nil && within.Err() != nil && ctx.Err() == nil {
		return fault.Unavailable("query %s: its views have not come to position %s within %v: ask again later, or without after", name, p, queryWait)
	}

	return err
}

// paramsJSON returns the parameters of a query as its guard sees them: a JSON
// object of texts.
func paramsJSON(values url.Values) []byte {
	object := make(map[string]string, len(values))
	for name := range values {
		object[name] = values.Get(name)
	}

	text, _ := json.Marshal(object) // texts cannot fail

	return text
}
