package topic

// Stats say what a hub does.
type Stats struct {
	// Topics that somebody watches, and their subscriptions.
	Topics, Subscriptions int
	// Slowest is how many places the slowest subscription is behind.
	Slowest uint64
	// Dropped counts the signals that were dropped since the start.
	Dropped uint64
	// Memory is about how many bytes the recent frames take.
	Memory int
}

// Stats returns what the hub does now. It looks at every subscription.
func (h *Hub) Stats() Stats {
	topics, stats := h.all()
	for _, t := range topics {
		stats.Slowest = max(stats.Slowest, t.slowest())
	}

	return stats
}

// all returns the topics, and the stats but for the slowest subscription.
func (h *Hub) all() ([]*topic, Stats) {
	h.mu.Lock()
	defer h.mu.Unlock()

	topics := make([]*topic, 0, len(h.streams)+len(h.categories))
	for _, t := range h.streams {
		topics = append(topics, t)
	}

	for _, t := range h.categories {
		topics = append(topics, t)
	}

	return topics, Stats{
		Topics:        len(topics),
		Subscriptions: int(h.subscriptions.Load()),
		Dropped:       h.dropped.Load(),
		Memory:        h.bytes,
	}
}

// slowest returns how far the slowest subscription is behind.
func (t *topic) slowest() uint64 {
	tail := t.end(0)

	t.watchers.mu.Lock()
	defer t.watchers.mu.Unlock()

	var behind uint64
	for _, s := range t.watchers.list {
		if place, end := s.place.Load(), max(tail, s.history); place < end {
			behind = max(behind, end-place)
		}
	}

	return behind
}
