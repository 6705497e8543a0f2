package server

import (
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/wire"
)

// page is the body of an answer to a read: a JSON array of CloudEvents.
type page struct {
	body   []byte
	events int
	upto   uint64 // the place up to which it goes
	live   bool   // nothing comes after it now
}

// add takes one more event, and reports whether there was room for it. There is
// always room for the first.
func (p *page) add(e *event.Event, limit int) bool {
	if p.events >= limit {
		return false
	}

	before := len(p.body)
	if p.events == 0 {
		p.body = append(p.body, '[')
	} else {
		p.body = append(p.body, ',', '\n')
	}

	p.body = wire.AppendCloudEvent(p.body, e)
	if p.events > 0 && len(p.body) > pageBytes {
		p.body = p.body[:before]

		return false
	}

	p.events++

	return true
}

// json returns the body.
func (p *page) json() []byte {
	if p.events == 0 {
		return []byte("[]\n")
	}

	return append(p.body, ']', '\n')
}
