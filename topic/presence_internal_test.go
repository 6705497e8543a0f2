package topic

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// TestBackWhenTheTimerFires shows that somebody who comes back while the end of
// the grace waits for the lock has not left, and that the topic is given back
// once.
func TestBackWhenTheTimerFires(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFeeder(t, Options{Grace: time.Second})
		watcher, s := f.join(t, "meeting:1"), f.join(t, "meeting:1")
		s.Track("ann", []byte(`{}`))
		<-time.After(time.Second) // nothing but the grace shall want the lock
		s.Leave(false)

		presence := &watcher.topic.presence
		presence.mu.Lock()
		<-time.After(time.Second) // the timer has fired, now or in a moment

		var refs atomic.Uint64

		m, returned := presence.track(nil, "ann", []byte(`{}`), &refs)
		presence.mu.Unlock()
		synctest.Wait()

		if returned && watcher.topic.refs != 2 || !returned && watcher.topic.refs != 1 || m.ref == 0 || refs.Load() != 0 {
			t.Errorf("the topic is used %d times after %+v, returned %t", watcher.topic.refs, m, returned)
		}

		if presence.size != 1 || len(presence.members["ann"]) != 1 || len(presence.left) != 0 {
			t.Errorf("%d are there, %d have left", presence.size, len(presence.left))
		}
	})
}

// TestClosedTopicKeepsNothing shows that a topic which the hub remembers only
// for its place among the frames holds no memory.
func TestClosedTopicKeepsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFeeder(t, Options{})
		f.join(t, "meeting:2") // keeps the house from being idle

		s := f.join(t, "meeting:1")
		s.Track("ann", []byte(`{}`))
		f.publish(100, "meeting:1")
		<-time.After(time.Second)
		s.presenceDue(nil)
		s.Track("ann", []byte(`{"n":1}`))
		s.Leave(true)

		if f.hub.recent[0] != s.topic {
			t.Error("the topic is not remembered")
		}

		if p := &s.topic.presence; s.topic.frames != nil || len(p.members)+len(p.left)+len(p.changes) > 0 || p.state.Payload != nil {
			t.Errorf("it keeps %+v", s.topic.presence.changes)
		}

		<-time.After(time.Minute) // changes that were gathered are shown to nobody
	})
}
