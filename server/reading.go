package server

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/internal/nearest"
)

// What the Durable Streams protocol calls its headers.
const (
	headerNextOffset = "Stream-Next-Offset"
	headerUpToDate   = "Stream-Up-To-Date"
	headerCursor     = "Stream-Cursor"
)

// The words that stand for an offset.
const (
	offsetStart = "-1"
	offsetNow   = "now"
)

// The ways to follow.
const (
	livePoll   = "long-poll"
	liveEvents = "sse"
)

// pageEvents and pageBytes are the most of an answer to a read; one larger event
// is an answer of its own.
const (
	pageEvents = 500
	pageBytes  = 1 << 20
)

// reading is what the query of a GET asks for. An offset is a place between
// events: everything up to it lies before.
type reading struct {
	after    uint64
	now      bool // from the end, whatever after says
	live     string
	cursor   string
	limit    int
	since    time.Time
	until    time.Time
	backward bool
}

// parseReading reads the query of a GET. Parameters that nobody knows are left
// to extensions, as the protocol says.
func parseReading(r *http.Request) (reading, error) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return reading{}, fault.Invalid("the query cannot be read: %w: percent-encode what stands in it", err)
	}

	q := reader{query: query}
	out := reading{
		live:     q.word("live", "", livePoll, liveEvents),
		cursor:   q.one("cursor"),
		limit:    q.limit("limit", pageEvents),
		since:    q.time("since"),
		until:    q.time("until"),
		backward: q.word("backward", "", "true", "false") == "true",
	}

	text, given := q.one("offset"), query.Has("offset")
	if id := r.Header.Get("Last-Event-ID"); id != "" && out.live == liveEvents {
		text, given = id, true
	}

	if q.err != nil {
		return reading{}, q.err
	}

	switch {
	case !given && out.live != "":
		return reading{}, fault.Invalid("live=%s needs an offset: give offset=%s for the start, offset=%s for the end, or the %s of an earlier answer", out.live, offsetStart, offsetNow, headerNextOffset)
	case !given:
		out.now = out.backward
	default:
		out.after, out.now, err = parseOffset(text)
	}

	return out, err
}

// parseOffset reads an offset, and reports whether it stands for the end.
func parseOffset(text string) (after uint64, now bool, err error) {
	switch text {
	case offsetStart:
		return 0, false, nil
	case offsetNow:
		return 0, true, nil
	}

	after, err = strconv.ParseUint(text, 10, 63)
	if err != nil || len(text) > 20 {
		return 0, false, fault.Invalid("offset %.40q is none: give %s for the start, %s for the end, or the %s of an earlier answer", text, offsetStart, offsetNow, headerNextOffset)
	}

	return after, false, nil
}

// offsetText returns an offset as the protocol wants it: it sorts as text.
func offsetText(place uint64) string { return event.PositionAt(place).String() }

// reader takes parameters out of a query and keeps the first error.
type reader struct {
	query url.Values
	err   error
}

func (q *reader) failf(format string, args ...any) {
	if q.err == nil {
		q.err = fault.Invalid(format, args...)
	}
}

// one returns the value of a parameter that stands at most once.
func (q *reader) one(name string) string {
	values := q.query[name]
	if len(values) > 1 {
		q.failf("the parameter %s stands %d times: give it once", name, len(values))
	}

	if len(values) == 0 {
		return ""
	}

	return values[0]
}

// all returns the values of a parameter that may stand several times.
func (q *reader) all(name string) []string {
	const most = 100 // every event is compared with every value

	if n := len(q.query[name]); n > most {
		q.failf("the parameter %s stands %d times: give it at most %d times", name, n, most)
	}

	for _, value := range q.query[name] {
		if value == "" {
			q.failf("the parameter %s is empty: give it a value or leave it out", name)
		}
	}

	return q.query[name]
}

// word returns the value of a parameter that has a few words to choose from.
func (q *reader) word(name string, words ...string) string {
	value := q.one(name)
	if slices.Contains(words, value) {
		return value
	}

	choice := strings.TrimPrefix(strings.Join(words, " or "), " or ")
	if near, ok := nearest.Of(value, words); ok {
		q.failf("the parameter %s cannot be %.40q: did you mean %s?", name, value, near)
	} else {
		q.failf("the parameter %s cannot be %.40q: give %s, or leave it out", name, value, choice)
	}

	return ""
}

// limit returns the value of a parameter that is a number from 1 to most.
func (q *reader) limit(name string, most int) int {
	text := q.one(name)
	if text == "" {
		return most
	}

	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil || n == 0 {
		q.failf("the parameter %s cannot be %.40q: give a number from 1 to %d", name, text, most)
	}

	return int(min(n, uint64(most)))
}

// time returns the value of a parameter that is a time.
func (q *reader) time(name string) time.Time {
	text := q.one(name)
	if text == "" {
		return time.Time{}
	}

	at, err := time.Parse(time.RFC3339, strings.ToUpper(strings.ReplaceAll(text, " ", "+")))
	if err != nil {
		q.failf("the parameter %s cannot be %.40q: give a time such as 2026-11-21T10:00:00Z", name, text)
	}

	return at
}
