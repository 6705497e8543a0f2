package server

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/topic"
	"github.com/recountdev/recount/wire"
)

// How long things last in a sequence of server-sent events.
const (
	// eventsLife is after what time a sequence ends, more or less, as the
	// protocol wants it; the client goes on where it was, and who it is, and
	// what it may, is looked at again.
	eventsLife = 60 * time.Second
	// eventsSilence is after what time without an event a line says that the
	// connection lives.
	eventsSilence = 15 * time.Second
	// eventsRetry is about how long the client waits before it comes again.
	eventsRetry = time.Second
)

// keptBuffer is the largest buffer that a waiting connection keeps.
const keptBuffer = 4 << 10

// sendEvents answers with what comes after a place, for a minute, as server-sent
// events.
func (s *Server) sendEvents(w http.ResponseWriter, r *http.Request, c *auth.Caller, from source, ask *reading) error {
	whole, cancel := s.untilDrained(r.Context(), c)
	defer cancel()

	ctx, stop := context.WithTimeout(whole, around(eventsLife))
	defer stop()

	s.metrics.connectionOpened(connectionEvents)
	defer s.metrics.connectionClosed(connectionEvents)

	out := &eventWriter{to: w, cursor: nextCursor(ask.cursor, time.Now()), failed: stop}
	defer out.end()

	for got, err := range from.follow(ctx, ask.after) {
		switch {
		case err != nil && !out.begun:
			return err
		case err != nil && ctx.Err() == nil:
			s.logger.WarnContext(ctx, "server-sent events end early", "path", r.URL.Path, "error", err)

			return nil // the client comes again, and is told then
		case err != nil:
			return nil
		}

		live := out.live
		if err := out.page(&got); err != nil {
			return nil // the client is gone
		}

		if live && len(got.Events) > 0 {
			s.metrics.delivered(time.Since(got.Events[0].Recorded))
		}
	}

	return nil
}

// around returns a duration that differs by a tenth, so that those who came at
// once do not come again at once.
func around(d time.Duration) time.Duration {
	return d*9/10 + rand.N(d/5) //nolint:gosec // spreads clients, guards nothing
}

// eventWriter writes pages as server-sent events, and now and then a sign of
// life.
type eventWriter struct {
	cursor string
	failed func() // ends the sequence
	// encode appends an event of a page. Defaults to a CloudEvent.
	encode func(dst []byte, i int) []byte

	mu     sync.Mutex // two write: who has a page, and the timer
	to     http.ResponseWriter
	begun  bool
	ended  bool
	live   bool
	timer  *time.Timer
	due    time.Time // when the timer ends
	buffer []byte
	upto   uint64 // the place that the pages covered
	said   uint64 // the place that the client knows
}

// page writes the events of a page and the place up to which it goes.
func (e *eventWriter) page(p *topic.Page) error {
	e.mu.Lock()
	defer e.mu.Unlock()

	first := e.begin()
	e.upto = p.Upto
	if !first && len(p.Events) == 0 && (e.live || !p.Live) {
		e.timer.Reset(time.Until(e.due)) // it may have come in vain just now

		return nil // nothing that cannot wait for the next sign of life
	}

	e.live = p.Live
	e.appendData(p)
	e.appendControl()

	return e.send()
}

// begin writes what comes before the first event, and reports whether it had to.
func (e *eventWriter) begin() bool {
	if e.begun {
		return false
	}

	e.begun = true
	e.timer = time.AfterFunc(eventsSilence, e.signOfLife)

	header := e.to.Header()
	header.Set("Content-Type", "text/event-stream")
	header.Set("Cache-Control", "no-cache")
	header.Set("X-Accel-Buffering", "no") // asks a proxy to hand on what it has
	e.to.WriteHeader(http.StatusOK)
	e.buffer = fmt.Appendf(e.buffer, "retry: %d\n\n", around(eventsRetry).Milliseconds())

	return true
}

// appendData appends the events, one a line, as one message.
func (e *eventWriter) appendData(p *topic.Page) {
	if len(p.Events) == 0 {
		return
	}

	e.buffer = append(e.buffer, "event: data\nid: "...)
	e.buffer = append(e.buffer, offsetText(p.Upto)...)
	for i := range p.Events {
		if i == 0 {
			e.buffer = append(e.buffer, "\ndata: ["...)
		} else {
			e.buffer = append(e.buffer, ",\ndata: "...)
		}

		if e.encode != nil {
			e.buffer = e.encode(e.buffer, i)
		} else {
			e.buffer = wire.AppendCloudEvent(e.buffer, &p.Events[i])
		}
	}

	e.buffer = append(e.buffer, "]\n\n"...)
}

// appendControl appends the place where the client is then.
func (e *eventWriter) appendControl() {
	place := offsetText(e.upto)
	e.buffer = fmt.Appendf(e.buffer, "event: control\nid: %s\ndata: {\"streamNextOffset\":%q,\"streamCursor\":%q", place, place, e.cursor)
	if e.live {
		e.buffer = append(e.buffer, `,"upToDate":true`...)
	}

	e.buffer = append(e.buffer, "}\n\n"...)
	e.said = e.upto
}

// send writes what was appended.
func (e *eventWriter) send() error {
	_, err := e.to.Write(e.buffer)
	if err == nil {
		err = http.NewResponseController(e.to).Flush()
	}

	if e.buffer = e.buffer[:0]; cap(e.buffer) > keptBuffer {
		e.buffer = nil
	}

	e.due = time.Now().Add(eventsSilence)
	e.timer.Reset(eventsSilence)

	return err
}

// signOfLife is called when nothing was written for some time.
func (e *eventWriter) signOfLife() {
	if !e.mu.TryLock() {
		return // a page is on its way, and sets the timer anew
	}
	defer e.mu.Unlock()

	if e.ended {
		return
	}

	if e.said == e.upto {
		e.buffer = append(e.buffer, ": still here\n\n"...)
	} else {
		e.appendControl()
	}

	if e.send() != nil {
		e.failed()
	}
}

// end leaves the answer to net/http.
func (e *eventWriter) end() {
	e.mu.Lock()
	defer e.mu.Unlock()

	e.ended = true
	if e.timer != nil {
		e.timer.Stop()
	}
}
