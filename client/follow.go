package client

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
)

// Offset is a place between the events of a stream or of the feed: everything up
// to it lies before. Keep it as it is.
type Offset string

const (
	start Offset = "-1"
	now   Offset = "now"
)

// AfterVersion returns the offset after an event of a stream.
func AfterVersion(v event.Version) Offset {
	return Offset(event.PositionAt(uint64(v)).String())
}

// AfterPosition returns the offset after an event of the feed.
func AfterPosition(p event.Position) Offset { return Offset(p.String()) }

// Place says where to begin. The zero value means at the beginning.
type Place struct {
	// After is the Offset of an earlier page. Defaults to the beginning.
	After Offset
	// Now begins at the end instead. Defaults to false.
	Now bool
	// Since leaves out what was recorded before that time. Defaults to no
	// limit.
	Since time.Time
}

// offset returns the place as a server takes it.
func (p *Place) offset() Offset {
	switch {
	case p.Now:
		return now
	case p.After != "":
		return p.After
	default:
		return start
	}
}

// Page is a part of a stream or of the feed.
type Page struct {
	// Events come in the order in which they were recorded.
	Events []event.Event
	// Offset is the place that the page covers, also where a filter let nothing
	// through: the place to go on after.
	Offset Offset
	// Live says that this was the end when the page was made.
	Live bool
}

// Filter says which events of the feed to show. The zero value shows all. An event
// has to match every field that is set; in a field with several values, one of
// them.
type Filter struct {
	// Categories of streams. Defaults to all, which is for admins.
	Categories []string
	// Types of events. Defaults to all.
	Types []string
	// Actors of events. Defaults to all.
	Actors []string
	// Follow goes on after the end. Defaults to false.
	Follow bool
}

// Follow yields what comes in a stream after a place: history, then every event as
// it comes, until ctx ends. It never ends by itself. The first page that reaches
// the end has Live set, and may be empty. If the connection is cut it connects
// again, with longer and longer pauses, and goes on where it was; what cannot be
// mended by that is an error, and so is a first connection that fails.
func (c *Client) Follow(ctx context.Context, stream event.Stream, from Place) iter.Seq2[Page, error] {
	if err := (event.Limits{}).CheckStream(stream); err != nil {
		return func(yield func(Page, error) bool) { yield(Page{}, err) }
	}

	return c.follow(ctx, streamPath(stream), url.Values{}, from)
}

// Feed yields the events of all streams after a place, filtered, in the order in
// which they were recorded: to their end, or, with Follow, as Follow does. It is
// for admins, and for whoever may watch the categories that the filter names.
func (c *Client) Feed(ctx context.Context, from Place, f Filter) iter.Seq2[Page, error] {
	query := url.Values{}
	for name, values := range map[string][]string{"category": f.Categories, "type": f.Types, "actor": f.Actors} {
		if len(values) > 0 {
			query[name] = values
		}
	}

	if f.Follow {
		return c.follow(ctx, "/v1/feed", query, from)
	}

	return func(yield func(Page, error) bool) {
		setTime(query, "since", from.Since)
		offset := from.offset()
		for {
			query.Set("offset", string(offset))

			page, err := c.page(ctx, "/v1/feed", query)
			if !yield(page, err) || err != nil || page.Live {
				return
			}

			offset = page.Offset
		}
	}
}

// follow yields the pages of a path until ctx ends.
func (c *Client) follow(ctx context.Context, path string, query url.Values, from Place) iter.Seq2[Page, error] {
	return func(yield func(Page, error) bool) {
		setTime(query, "since", from.Since)
		query.Set("live", "sse")

		f := follower{client: c, path: path, query: query, offset: from.offset(), yield: yield}
		for failures := 0; ; failures++ {
			err := f.connect(ctx)
			switch {
			case f.left:
				return
			case ctx.Err() != nil:
				yield(Page{}, fault.Unavailable("following ended: %w", context.Cause(ctx)))

				return
			case err != nil && (!f.begun || !mayRetry(err)):
				yield(Page{}, err)

				return
			case f.moved:
				failures, f.moved = 0, false
			}

			if pause(ctx, failures) != nil {
				continue // and say so
			}
		}
	}
}

// follower is somebody who follows, over one connection after another.
type follower struct {
	client *Client
	path   string
	query  url.Values
	offset Offset
	yield  func(Page, error) bool
	begun  bool // there was a connection
	moved  bool // the last connection brought something
	left   bool // nobody listens any more
}

// silence is how long a connection may be silent: the server says something every
// 15 s.
const silence = 45 * time.Second

// connect follows over one connection. It returns nil if the server ended it.
func (f *follower) connect(ctx context.Context) error {
	ctx, cut := context.WithCancel(ctx)
	defer cut()

	watch := time.AfterFunc(silence, cut)
	defer watch.Stop()

	f.query.Set("offset", string(f.offset))
	answer, err := f.client.send(ctx, request{method: http.MethodGet, path: f.path, query: f.query, header: http.Header{"Accept": {"text/event-stream"}}})
	if err != nil {
		return err
	}
	defer answer.Body.Close()

	f.begun = true
	in := newEventReader(answer.Body, func() { watch.Reset(silence) })

	var page Page
	for {
		m, err := in.next()
		if err != nil {
			return cutOff(f.client.base, err)
		}

		switch m.name {
		case "data":
			events, err := parseEvents(m.data)
			if err != nil {
				return err
			}

			page.Events = append(page.Events, events...)
		case "control":
			if page.Offset, page.Live, err = parseControl(m.data); err != nil {
				return err
			}

			f.offset, f.moved = page.Offset, true
			if !f.yield(page, nil) {
				f.left = true

				return nil
			}

			page = Page{}
		}
	}
}
