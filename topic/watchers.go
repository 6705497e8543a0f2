package topic

import "sync"

// watchers are the subscriptions to a topic. Safe for concurrent use.
type watchers struct {
	mu    sync.Mutex // comes before the locks of whoever is woken
	list  []*Subscription
	pages int // how many of them take pages, not pushes
}

// add adds a subscription.
func (w *watchers) add(s *Subscription) {
	w.mu.Lock()
	defer w.mu.Unlock()

	s.index = len(w.list)
	w.list = append(w.list, s)
	if s.pages {
		w.pages++
	}
}

// remove takes a subscription away: it is not woken any more.
func (w *watchers) remove(s *Subscription) {
	w.mu.Lock()
	defer w.mu.Unlock()

	last := len(w.list) - 1
	w.list[s.index] = w.list[last]
	w.list[s.index].index = s.index
	w.list[last] = nil
	w.list = w.list[:last]
	if s.pages {
		w.pages--
	}
}

// pushed reports whether there is one who takes pushes.
func (w *watchers) pushed() bool {
	w.mu.Lock()
	defer w.mu.Unlock()

	return len(w.list) > w.pages
}

// wake wakes all.
func (w *watchers) wake() {
	w.mu.Lock()
	defer w.mu.Unlock()

	for _, s := range w.list {
		s.wake()
	}
}

// others calls do for all but one.
func (w *watchers) others(than *Subscription, do func(*Subscription)) {
	w.mu.Lock()
	defer w.mu.Unlock()

	for _, s := range w.list {
		if s != than {
			do(s)
		}
	}
}
