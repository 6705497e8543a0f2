package server

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"time"

	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/projection/journal"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/topic"
)

// journalPart is what came to the journal after a place, the oldest first. It may
// have no entries.
type journalPart struct {
	entries []journal.Entry
	upto    event.Position // the cursor to go on after
	live    bool           // nothing comes after it now
}

// followJournal yields what comes after a place: what is there, then what comes.
// It never ends by itself.
func (s *Server) followJournal(ctx context.Context, ask *journalAsk) iter.Seq2[journalPart, error] {
	return func(yield func(journalPart, error) bool) {
		state, err := s.door.State(ctx)
		if err == nil && ask.After.Compare(state.Head) > 0 {
			err = fault.Gone("after %s lies beyond the end of the log, %s: it is of another log, or of one that was restored: begin anew, without after", ask.After, state.Head)
		}

		if err == nil {
			err = s.journal.Wait(ctx, state.Head) // what was there before is not waited for below
		}

		if err != nil {
			yield(journalPart{}, err)

			return
		}

		f := &journalFollower{server: s, query: ask.Query, yield: yield}
		if ask.now {
			f.query.After = state.Head
		}

		if !f.catchUp(ctx) {
			return
		}

		for position, err := range s.wakes(ctx, ask, state) {
			if err == nil && !position.IsZero() {
				err = s.journal.Wait(ctx, position)
			}

			if err != nil {
				yield(journalPart{}, err)

				return
			}

			if !position.IsZero() && !f.catchUp(ctx) {
				return
			}
		}
	}
}

// wakes yields the position of the last event, whenever some come that may be of
// interest, or none.
func (s *Server) wakes(ctx context.Context, ask *journalAsk, from store.State) iter.Seq2[event.Position, error] {
	filter := store.Filter{Follow: true}
	if ask.Stream != "" {
		filter.Streams = []event.Stream{ask.Stream}
	}

	if ask.Category != "" {
		filter.Categories = []string{ask.Category}
	}

	if ask.Type != "" {
		filter.Types = []string{ask.Type}
	}

	if ask.Actor != "" {
		filter.Actors = []string{ask.Actor}
	}

	return func(yield func(event.Position, error) bool) {
		for page, err := range s.door.Follow(ctx, from.Head, filter) {
			var last event.Position
			if n := len(page.Events); n > 0 {
				last = page.Events[n-1].Position
			}

			if !yield(last, err) || err != nil {
				return
			}
		}
	}
}

// journalFollower reads what is new.
type journalFollower struct {
	server *Server
	query  journal.Query // its After moves on
	yield  func(journalPart, error) bool
}

// catchUp yields all that is there, in at least one part, and reports whether to
// go on.
func (f *journalFollower) catchUp(ctx context.Context) bool {
	for {
		p, err := f.server.journal.Read(ctx, f.query)
		if err != nil {
			f.yield(journalPart{}, err)

			return false
		}

		if n := len(p.Entries); n > 0 {
			f.query.After = p.Entries[n-1].Place
		}

		if !f.yield(journalPart{p.Entries, f.query.After, !p.More}, nil) {
			return false
		}

		if !p.More {
			return true
		}
	}
}

// pollJournal answers with what comes after a place, as soon as something does.
func (s *Server) pollJournal(w http.ResponseWriter, r *http.Request, c *auth.Caller, ask *journalAsk) error {
	ctx, stop := s.patience(r.Context(), c, pollPatience)
	defer stop()

	s.metrics.connectionOpened(connectionPoll)
	defer s.metrics.connectionClosed(connectionPoll)

	header := w.Header()
	header.Set("Cache-Control", "no-store")

	upto := ask.After
	for part, err := range s.followJournal(ctx, ask) {
		if err != nil && (ctx.Err() == nil || r.Context().Err() != nil) {
			return err
		}

		if err != nil {
			break // it waited long enough
		}

		upto = part.upto
		if len(part.entries) == 0 {
			continue
		}

		body := []byte(`{"events":[`)
		for i := range part.entries {
			if i > 0 {
				body = append(body, ",\n"...)
			}

			body = appendEntry(body, &part.entries[i])
		}

		body = append(appendPlace(append(body, `],"after":"`...), upto), '"', '}', '\n')
		s.setJournalHeaders(header, ask, upto, part.live)
		writeJSON(w, body)

		return nil
	}

	s.setJournalHeaders(header, ask, upto, true)
	w.WriteHeader(http.StatusNoContent)

	return nil
}

// setJournalHeaders says where a client is that follows.
func (*Server) setJournalHeaders(header http.Header, ask *journalAsk, upto event.Position, live bool) {
	header.Set(headerNextOffset, upto.String())
	header.Set(headerCursor, nextCursor(ask.cursor, time.Now()))

	if live {
		header.Set(headerUpToDate, "true")
	}
}

// sendJournal answers with what comes after a place, for a minute, as server-sent
// events.
func (s *Server) sendJournal(w http.ResponseWriter, r *http.Request, c *auth.Caller, ask *journalAsk) error {
	ctx, stop := s.patience(r.Context(), c, around(eventsLife))
	defer stop()

	s.metrics.connectionOpened(connectionEvents)
	defer s.metrics.connectionClosed(connectionEvents)

	var part journalPart

	out := &eventWriter{to: w, cursor: nextCursor(ask.cursor, time.Now()), failed: stop, encode: func(dst []byte, i int) []byte {
		return appendEntry(dst, &part.entries[i])
	}}
	defer out.end()

	for next, err := range s.followJournal(ctx, ask) {
		switch {
		case err != nil && !out.begun:
			return err
		case err != nil && ctx.Err() == nil:
			s.logger.WarnContext(ctx, "server-sent events end early", "path", r.URL.Path, "error", err)

			return nil // the client comes again, and is told then
		case err != nil:
			return nil
		}

		part = next

		page := topic.Page{Events: make([]event.Event, len(part.entries)), Upto: part.upto.Number(), Live: part.live}
		if err := out.page(&page); err != nil {
			return nil // the client is gone
		}
	}

	return nil
}

// appendQuoted appends a text as JSON.
func appendQuoted(dst []byte, text string) []byte {
	quoted, _ := json.Marshal(text) // a text cannot fail

	return append(dst, quoted...)
}
