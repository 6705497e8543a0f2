package client

import (
	"bytes"
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/wire"
)

// Range says which part of a stream to read. The zero value reads all of it.
type Range struct {
	// From is the first version to yield. Defaults to the first event, or, if
	// Backward, to the last.
	From event.Version
	// Since leaves out what was recorded before that time; not with Backward.
	// Defaults to no limit.
	Since time.Time
	// Until leaves out what was recorded after that time. Defaults to no limit.
	Until time.Time
	// Limit is the most events to yield. Defaults to no limit.
	Limit int
	// Backward yields the latest first. Defaults to false.
	Backward bool
}

// query returns what the range asks of a server.
func (r Range) query() url.Values {
	q := url.Values{}

	switch {
	case r.Backward && r.From == 0:
		q.Set("offset", string(now))
	case r.Backward:
		q.Set("offset", string(AfterVersion(r.From)))
	case r.From > 0:
		q.Set("offset", string(AfterVersion(r.From-1)))
	default:
		q.Set("offset", string(start))
	}

	if r.Backward {
		q.Set("backward", "true")
	}

	setTime(q, "since", r.Since)
	setTime(q, "until", r.Until)

	return q
}

func setTime(q url.Values, name string, at time.Time) {
	if !at.IsZero() {
		q.Set(name, at.UTC().Format(time.RFC3339Nano))
	}
}

// Read yields the events of a stream, page by page as they are needed. A stream
// without events yields nothing.
func (c *Client) Read(ctx context.Context, stream event.Stream, r Range) iter.Seq2[event.Event, error] {
	return func(yield func(event.Event, error) bool) {
		if err := (event.Limits{}).CheckStream(stream); err != nil {
			yield(event.Event{}, err)

			return
		}

		if r.From > 0 && !r.Backward {
			head, err := c.Head(ctx, stream)
			if err != nil || r.From > head {
				if err != nil {
					yield(event.Event{}, err)
				}

				return // beyond the end there is nothing
			}
		}

		left, query := r.Limit, r.query()
		for {
			if r.Limit > 0 {
				query.Set("limit", strconv.Itoa(left))
			}

			page, err := c.page(ctx, streamPath(stream), query)
			if err != nil {
				yield(event.Event{}, err)

				return
			}

			for i := range page.Events {
				if !yield(page.Events[i], nil) {
					return
				}
			}

			if left -= len(page.Events); page.Live || r.Limit > 0 && left <= 0 {
				return
			}

			query.Set("offset", string(page.Offset))
		}
	}
}

// page reads one page.
func (c *Client) page(ctx context.Context, path string, query url.Values) (Page, error) {
	header, body, err := c.readAll(ctx, request{method: http.MethodGet, path: path, query: query})
	if err != nil {
		return Page{}, err
	}

	events, err := parseEvents(body)
	if err != nil {
		return Page{}, err
	}

	page := Page{Events: events, Offset: Offset(header.Get("Stream-Next-Offset")), Live: header.Get("Stream-Up-To-Date") == "true"}
	if page.Offset == "" || !page.Live && string(page.Offset) == query.Get("offset") {
		return Page{}, fault.Unavailable("the server's answer does not say where to go on: is there a Recount at %s?", c.base)
	}

	return page, nil
}

// parseEvents reads an array of events.
func parseEvents(body []byte) ([]event.Event, error) {
	in := json.NewDecoder(bytes.NewReader(body))
	if bracket, err := in.Token(); err != nil || bracket != json.Delim('[') {
		return nil, fault.Unavailable("the server's answer is no array of events: is it a Recount? It begins with %.40q", body)
	}

	var events []event.Event
	for in.More() {
		var line json.RawMessage
		if err := in.Decode(&line); err != nil {
			return nil, fault.Unavailable("the server's answer cannot be read: %w", err)
		}

		e, err := wire.ParseRecorded(line)
		if err != nil {
			return nil, fault.Unavailable("the server's answer cannot be read: %w", err)
		}

		events = append(events, e)
	}

	return events, nil
}

// Head returns the version of a stream; 0 if there is no such stream.
func (c *Client) Head(ctx context.Context, stream event.Stream) (event.Version, error) {
	if err := (event.Limits{}).CheckStream(stream); err != nil {
		return 0, err
	}

	// A GET of nothing rather than a HEAD: its errors have a body.
	header, _, err := c.readAll(ctx, request{method: http.MethodGet, path: streamPath(stream), query: url.Values{"offset": {string(now)}}})
	if err != nil {
		return 0, err
	}

	head, err := strconv.ParseUint(header.Get("Stream-Next-Offset"), 10, 64)
	if err != nil {
		return 0, fault.Unavailable("the server's answer does not say where the stream ends: is there a Recount at %s?", c.base)
	}

	return event.Version(head), nil
}

// Listed is a stream of the list.
type Listed struct {
	Stream event.Stream `json:"stream"`
	// Version of its last event; 0 if the caller may not read it.
	Version event.Version `json:"version"`
}

// Streams yields the streams of a category ("" means all) that sort after a name,
// in the order of their bytes. It is for admins.
func (c *Client) Streams(ctx context.Context, category string, after event.Stream) iter.Seq2[Listed, error] {
	return func(yield func(Listed, error) bool) {
		query := url.Values{}
		if category != "" {
			query.Set("category", category)
		}

		for {
			if after != "" {
				query.Set("after", string(after))
			}

			_, body, err := c.readAll(ctx, request{method: http.MethodGet, path: "/v1/streams", query: query})
			if err != nil {
				yield(Listed{}, err)

				return
			}

			var page struct {
				Streams []Listed     `json:"streams"`
				Next    event.Stream `json:"next"`
			}
			if err := json.Unmarshal(body, &page); err != nil || page.Streams == nil {
				yield(Listed{}, fault.Unavailable("the server's answer is no list of streams: is there a Recount at %s?", c.base))

				return
			}

			for _, l := range page.Streams {
				if !yield(l, nil) {
					return
				}
			}

			if after = page.Next; after == "" {
				return
			}
		}
	}
}
