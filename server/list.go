package server

import (
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
)

// listPage is the most streams of an answer.
const listPage = 1000

// listed is a stream of the list. The version is left out if the caller may not
// read the stream.
type listed struct {
	Stream  event.Stream  `json:"stream"`
	Version event.Version `json:"version,omitempty"`
}

// listing is a page of the list of streams. Next names the stream to go on after,
// where there are more.
type listing struct {
	Streams []listed     `json:"streams"`
	Next    event.Stream `json:"next,omitempty"`
}

// listStreams answers GET /v1/streams: names in the order of their bytes.
func (s *Server) listStreams(w http.ResponseWriter, r *http.Request, c *auth.Caller) error {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return fault.Invalid("the query cannot be read: %w: percent-encode what stands in it", err)
	}

	q := reader{query: query}
	category, after, limit := q.one("category"), q.one("after"), q.limit("limit", listPage)
	if q.err != nil {
		return q.err
	}

	ctx := r.Context()
	out := listing{Streams: []listed{}}
	for stream, err := range s.door.Streams(ctx, c, category, event.Stream(after)) {
		if err != nil {
			return err
		}

		if len(out.Streams) == limit {
			out.Next = out.Streams[limit-1].Stream

			break
		}

		version, err := s.door.Head(ctx, c, stream)
		if code := fault.Of(err); err != nil && code != fault.CodeForbidden && code != fault.CodeNotFound {
			return err
		}

		out.Streams = append(out.Streams, listed{stream, version})
	}

	body, err := json.Marshal(out)
	if err != nil {
		return err
	}

	writeJSON(w, append(body, '\n'))

	return nil
}
