package server

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/projection/journal"
	"github.com/recountdev/recount/wire"
)

// Journal is the journal of all events. It is safe for concurrent use.
type Journal interface {
	// Read returns a page.
	Read(ctx context.Context, q journal.Query) (journal.Page, error)
	// Wait waits until the journal has all events up to a position. It fails
	// with fault.CodeUnavailable when ctx ends, or when there is no use in
	// waiting.
	Wait(ctx context.Context, p event.Position) error
}

// journalPage is how many entries an answer has where nobody says how many.
const journalPage = 10

// journalParams are the parameters of the journal.
func journalParams() []string {
	return []string{"stream", "category", "type", "actor", "subject", "before", "after", "limit", "all", "live", "cursor"}
}

// journalAsk is what somebody wants to see of the journal.
type journalAsk struct {
	journal.Query

	live   string
	cursor string
	now    bool // follow from the end
}

// readJournal answers GET /v1/journal.
func (s *Server) readJournal(w http.ResponseWriter, r *http.Request, c *auth.Caller) error {
	ask, err := parseJournal(r)
	if err != nil {
		return err
	}

	if err := s.door.MayReadJournal(r.Context(), c, ask.Stream, ask.Category); err != nil {
		return err
	}

	if s.journal == nil {
		return fault.NotFound("there is no journal here: the server was started without views")
	}

	if ask.live != "" && s.draining.Err() != nil {
		return fault.Unavailable("the server goes away: connect again")
	}

	switch ask.live {
	case livePoll:
		return s.pollJournal(w, r, c, ask)
	case liveEvents:
		return s.sendJournal(w, r, c, ask)
	default:
		return s.showJournal(w, r, ask)
	}
}

// parseJournal reads the query of a GET.
func parseJournal(r *http.Request) (*journalAsk, error) {
	q, err := queryOf(r, journalParams()...)
	if err != nil {
		return nil, err
	}

	ask := &journalAsk{
		Query: journal.Query{
			Stream:   event.Stream(q.one("stream")),
			Category: q.one("category"),
			Type:     q.one("type"),
			Actor:    q.one("actor"),
			Subject:  q.one("subject"),
			All:      q.word("all", "", "true", "false") == "true",
			Limit:    journalPage,
		},
		live:   q.word("live", "", livePoll, liveEvents),
		cursor: q.one("cursor"),
	}

	if q.query.Has("limit") {
		ask.Limit = q.limit("limit", journal.MaxLimit)
	}

	ask.Before = q.place("before", false)

	after, given := q.one("after"), q.query.Has("after")
	if id := r.Header.Get("Last-Event-ID"); id != "" && ask.live == liveEvents {
		q.query.Set("after", id)

		after, given = id, true
	}

	switch {
	case q.err != nil:
	case ask.live == "" && given:
		q.failf("after is where following begins: give live=%s or live=%s, or go back with before", liveEvents, livePoll)
	case ask.live != "" && q.query.Has("before"):
		q.failf("live=%s goes forward: leave out before, and give after", ask.live)
	case ask.live != "" && !given:
		q.failf("live=%s needs after: give after=%s for what comes from now on, or the after of an earlier answer", ask.live, offsetNow)
	case after == offsetNow:
		ask.Forward, ask.now = true, true
	case given:
		ask.Forward = true
		ask.After = q.place("after", true)
	}

	return ask, q.err
}

// place returns the value of a parameter that is a cursor of the journal.
func (q *reader) place(name string, zero bool) event.Position {
	text := q.one(name)
	if text == "" && !q.query.Has(name) {
		return event.Position{}
	}

	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil || n == 0 && !zero {
		q.failf("the parameter %s cannot be %.40q: give the next or the after of an earlier answer", name, text)
	}

	return event.PositionAt(n)
}

// showJournal answers with a page, the newest first.
func (s *Server) showJournal(w http.ResponseWriter, r *http.Request, ask *journalAsk) error {
	p, err := s.journal.Read(r.Context(), ask.Query)
	if err != nil {
		return err
	}

	body := []byte(`{"events":[`)
	n := 0

	for i := range p.Entries {
		if n > 0 {
			if len(body) > pageBytes {
				p.More = true

				break
			}

			body = append(body, ",\n"...)
		}

		body = appendEntry(body, &p.Entries[i])
		n++
	}

	body = append(body, ']')
	if p.More {
		body = append(appendPlace(append(body, `,"next":"`...), p.Entries[n-1].Place), '"')
	}

	if ask.Before.IsZero() { // the end of the journal, as this caller sees it
		var after event.Position
		if n > 0 {
			after = p.Entries[0].Place
		}

		body = append(appendPlace(append(body, `,"after":"`...), after), '"')
	}

	body = append(body, '}')

	header, tag := w.Header(), tagOf(body)
	header.Set("ETag", tag)
	header.Set("Cache-Control", cacheTail)

	if matches(r.Header.Values("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)

		return nil
	}

	writeJSON(w, append(body, '\n'))

	return nil
}

func appendPlace(dst []byte, p event.Position) []byte { return p.AppendTo(dst) }

// appendEntry appends an entry as a CloudEvent, with what the journal knows in
// extensions.
func appendEntry(dst []byte, e *journal.Entry) []byte {
	dst = wire.AppendCloudEvent(dst, &e.Event)
	dst = append(dst[:len(dst)-1], `,"cursor":"`...)
	dst = append(appendPlace(dst, e.Place), '"')

	if !e.RepeatOf.IsZero() {
		dst = append(appendPlace(append(dst, `,"repeatof":"`...), e.RepeatOf), '"')
	}

	if e.Times > 1 {
		dst = strconv.AppendInt(append(dst, `,"repeats":`...), int64(e.Times-1), 10)
		dst = append(appendPlace(append(dst, `,"latestposition":"`...), e.Latest), '"')
		dst = append(dst, `,"latesttime":"`...)
		dst = append(e.LatestTime.UTC().AppendFormat(dst, "2006-01-02T15:04:05.000Z07:00"), '"')
	}

	if e.Command != "" {
		dst = append(dst, `,"command":`...)
		dst = appendQuoted(dst, e.Command)
	}

	return append(dst, '}')
}

// patience returns the time that an answer which follows may take.
func (s *Server) patience(ctx context.Context, c *auth.Caller, most time.Duration) (context.Context, context.CancelFunc) {
	whole, cancel := s.untilDrained(ctx, c)
	timed, stop := context.WithTimeout(whole, most)

	return timed, func() { stop(); cancel() }
}
