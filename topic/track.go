package topic

import "time"

// Track shows the client to all who watch the topic, and them to the client; or
// changes what is shown of it. body is a JSON object without white space around
// it and without a phx_ref; key is the caller's ID. Somebody with that key who
// was cut off within the grace has come back.
func (s *Subscription) Track(key string, body []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()

	if s.left {
		return
	}

	t := s.topic

	m, returned := t.track(s.hub, s.present, key, body)
	if returned {
		s.hub.leave(t) // which the entry kept
	}

	s.present = m
	s.seen.CompareAndSwap(untracked, 0)
	s.wake()
}

// track returns the entry for a client, which others are shown soon.
func (t *topic) track(h *Hub, old *member, key string, body []byte) (m *member, returned bool) {
	t.presence.mu.Lock()
	defer t.presence.mu.Unlock()

	m, returned = t.presence.track(old, key, body, &h.refs)
	if !m.shown {
		t.gather(h)
	}

	return m, returned
}

// untrack ends the client's presence: at once if it is gone, else after the
// grace, unless the caller comes back.
func (s *Subscription) untrack(gone bool) {
	s.mu.Lock()
	m := s.present
	s.present = nil
	s.seen.Store(untracked)
	s.mu.Unlock()

	switch {
	case m == nil:
	case gone:
		s.topic.gone(s.hub, m)
	default:
		s.topic.cutOff(s.hub, m)
	}
}

// cutOff takes an entry away after the grace, and keeps the topic until then.
func (t *topic) cutOff(h *Hub, m *member) {
	h.keep(t)

	t.presence.mu.Lock()
	defer t.presence.mu.Unlock()

	m.away = time.AfterFunc(h.options.Grace, func() {
		t.gone(h, m)
		h.leave(t)
	})
}

// gone takes an entry away, unless its client came back.
func (t *topic) gone(h *Hub, m *member) {
	t.presence.mu.Lock()
	defer t.presence.mu.Unlock()

	if m.back {
		return
	}

	t.presence.remove(m)
	t.gather(h)
}

// gather sees to it that changes are shown soon. The presence's lock is held.
func (t *topic) gather(h *Hub) {
	if t.presence.gathering {
		return
	}

	t.presence.gathering = true
	time.AfterFunc(h.options.Gather, func() {
		if t.show(h.options.Crowd) {
			t.watchers.wake()
		}
	})
}

// show shows the changes that were gathered; false if there are none.
func (t *topic) show(crowd int) bool {
	t.presence.mu.Lock()
	defer t.presence.mu.Unlock()

	return t.presence.show(crowd)
}

// presenceDue appends the changes of presence that are due.
func (s *Subscription) presenceDue(pushes []Push) []Push {
	presence := &s.topic.presence
	if !presence.due(s.seen.Load()) {
		return pushes
	}

	s.mu.Lock()
	defer s.mu.Unlock()

	if s.present == nil {
		return pushes
	}

	pushes, seen := presence.since(s.seen.Load(), pushes)
	s.seen.Store(seen)

	return pushes
}
