package server

import (
	"context"
	"net/http"
	"time"

	"github.com/recountdev/recount/auth"
)

// pollPatience is how long a long-poll waits for events.
const pollPatience = 25 * time.Second

// poll answers with what comes after a place, as soon as something does.
func (s *Server) poll(w http.ResponseWriter, r *http.Request, c *auth.Caller, from source, ask *reading) error {
	whole, cancel := s.untilDrained(r.Context(), c)
	defer cancel()

	ctx, stop := context.WithTimeout(whole, pollPatience)
	defer stop()

	s.metrics.connectionOpened(connectionPoll)
	defer s.metrics.connectionClosed(connectionPoll)

	header := w.Header()
	upto, live := ask.after, false
	for got, err := range from.follow(ctx, ask.after) {
		if err != nil && (ctx.Err() == nil || r.Context().Err() != nil) {
			return err
		}

		if err != nil {
			break // it waited long enough
		}

		if len(got.Events) == 0 {
			upto, live = got.Upto, got.Live

			continue
		}

		p := page{upto: got.Upto, live: got.Live}
		for i := range got.Events {
			if !p.add(&got.Events[i], ask.limit) {
				p.upto, p.live = from.place(&got.Events[i-1]), false

				break
			}
		}

		header.Set(headerCursor, nextCursor(ask.cursor, time.Now()))

		return s.answerPage(w, r, &p)
	}

	header.Set(headerNextOffset, offsetText(upto))
	header.Set(headerCursor, nextCursor(ask.cursor, time.Now()))
	header.Set("Cache-Control", "no-store")
	if live {
		header.Set(headerUpToDate, "true")
	}

	w.WriteHeader(http.StatusNoContent)

	return nil
}
