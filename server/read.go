package server

import (
	"hash/fnv"
	"net/http"
	"strconv"
	"strings"

	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

// How long caches may keep an answer. A full page never changes, but who may read
// it does; what goes up to the end is asked for again every time, which costs
// little because of its ETag.
const (
	cacheFull = "private, max-age=60, stale-while-revalidate=300"
	cacheTail = "private, no-cache"
)

// readStream answers GET /v1/streams/{stream}.
func (s *Server) readStream(w http.ResponseWriter, r *http.Request, c *auth.Caller) error {
	stream, err := s.streamOf(r)
	if err != nil {
		return err
	}

	ask, err := parseReading(r)
	if err != nil {
		return err
	}

	from := &streamSource{server: s, caller: c, stream: stream, ask: &ask}

	switch {
	case ask.live != "" && (ask.backward || !ask.until.IsZero()):
		return fault.Invalid("live=%s goes forward without end: leave out backward and until", ask.live)
	case ask.backward && !ask.since.IsZero():
		return fault.Invalid("since goes forward: leave it out, or leave out backward")
	case ask.backward:
		return readBackward(w, r, from)
	case !ask.since.IsZero() && !ask.now:
		if ask.after, err = from.firstSince(r.Context(), ask.after, ask.since); err != nil {
			return err
		}
	}

	return s.answerReading(w, r, c, from, &ask)
}

// readFeed answers GET /v1/feed.
func (s *Server) readFeed(w http.ResponseWriter, r *http.Request, c *auth.Caller) error {
	from, err := s.feed(r, c)
	if err != nil {
		return err
	}

	return s.answerReading(w, r, c, from, from.ask)
}

// feed returns the part of the feed that the query asks for.
func (s *Server) feed(r *http.Request, c *auth.Caller) (*feedSource, error) {
	ask, err := parseReading(r)
	if err != nil {
		return nil, err
	}

	if ask.backward || !ask.until.IsZero() {
		return nil, fault.Invalid("the feed goes forward to its end: leave out backward and until")
	}

	q := reader{query: r.URL.Query()}
	filter := store.Filter{
		Categories: q.all("category"),
		Types:      q.all("type"),
		Actors:     q.all("actor"),
		Since:      ask.since,
	}

	return &feedSource{server: s, caller: c, filter: filter, ask: &ask}, q.err
}

// answerReading answers a read in the way that it asks for.
func (s *Server) answerReading(w http.ResponseWriter, r *http.Request, c *auth.Caller, from source, ask *reading) error {
	if ask.now {
		head, err := from.head(r.Context())
		if err != nil {
			return err
		}

		ask.after = head
	}

	if ask.live != "" && s.draining.Err() != nil {
		return fault.Unavailable("the server goes away: connect again")
	}

	switch ask.live {
	case livePoll:
		return s.poll(w, r, c, from, ask)
	case liveEvents:
		return s.sendEvents(w, r, c, from, ask)
	default:
		return s.catchUp(w, r, from, ask)
	}
}

// catchUp answers with what is there.
func (s *Server) catchUp(w http.ResponseWriter, r *http.Request, from source, ask *reading) error {
	if ask.now {
		header := w.Header()
		header.Set(headerNextOffset, offsetText(ask.after))
		header.Set(headerUpToDate, "true")
		writeJSON(w, new(page).json())

		return nil
	}

	var p page
	if err := from.read(r.Context(), ask.after, &p); err != nil {
		return err
	}

	return s.answerPage(w, r, &p)
}

// readBackward answers with what comes before an offset, the latest first.
func readBackward(w http.ResponseWriter, r *http.Request, from *streamSource) error {
	before := from.ask.after
	if from.ask.now {
		head, err := from.head(r.Context())
		if err != nil {
			return err
		}

		before = head
	}

	var p page
	if err := from.readBackward(r.Context(), before, &p); err != nil {
		return err
	}

	header := w.Header()
	header.Set(headerNextOffset, offsetText(p.upto))
	if p.live {
		header.Set(headerUpToDate, "true")
	}

	writeJSON(w, p.json())

	return nil
}

// answerPage writes a page, unless the client has it already.
func (s *Server) answerPage(w http.ResponseWriter, r *http.Request, p *page) error {
	tag, err := s.tag(r, p.upto)
	if err != nil {
		return err
	}

	header := w.Header()
	header.Set("ETag", tag)
	header.Set(headerNextOffset, offsetText(p.upto))
	if p.live {
		header.Set(headerUpToDate, "true")
		header.Set("Cache-Control", cacheTail)
	} else {
		header.Set("Cache-Control", cacheFull)
	}

	if matches(r.Header.Values("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)

		return nil
	}

	writeJSON(w, p.json())

	return nil
}

// headStream answers HEAD /v1/streams/{stream}.
func (s *Server) headStream(w http.ResponseWriter, r *http.Request, c *auth.Caller) error {
	stream, err := s.streamOf(r)
	if err != nil {
		return err
	}

	return s.answerHead(w, r, &streamSource{server: s, caller: c, stream: stream})
}

// headFeed answers HEAD /v1/feed.
func (s *Server) headFeed(w http.ResponseWriter, r *http.Request, c *auth.Caller) error {
	from, err := s.feed(r, c)
	if err != nil {
		return err
	}

	return s.answerHead(w, r, from)
}

// answerHead says where a source ends.
func (s *Server) answerHead(w http.ResponseWriter, r *http.Request, from source) error {
	head, err := from.head(r.Context())
	if err != nil {
		return err
	}

	tag, err := s.tag(r, head)
	if err != nil {
		return err
	}

	header := w.Header()
	header.Set("ETag", tag)
	header.Set(headerNextOffset, offsetText(head))
	writeJSON(w, nil)

	return nil
}

// tag returns the ETag of what goes up to a place: the place, and a mark of the
// log, because another log has other events there.
func (s *Server) tag(r *http.Request, upto uint64) (string, error) {
	state, err := s.door.State(r.Context())
	if err != nil {
		return "", err
	}

	return `"` + strconv.FormatUint(upto, 10) + "." + markOf(state.Epoch) + `"`, nil
}

// markOf returns a few letters that stand for an epoch.
func markOf(epoch string) string {
	h := fnv.New64a()
	_, _ = h.Write([]byte(epoch)) // never fails

	return strconv.FormatUint(h.Sum64(), 36)
}

// matches reports whether a list of ETags names this one, weakly or not.
func matches(lists []string, tag string) bool {
	for _, list := range lists {
		for candidate := range strings.SplitSeq(list, ",") {
			candidate = strings.TrimSpace(candidate)
			if candidate == "*" || strings.TrimPrefix(candidate, "W/") == tag {
				return true
			}
		}
	}

	return false
}
