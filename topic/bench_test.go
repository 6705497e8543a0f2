package topic_test

import (
	"bytes"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/memory"
	"github.com/recountdev/recount/topic"
)

// rooms are topics with watchers, all of them at the end.
type rooms struct {
	hub      *topic.Hub
	streams  []event.Stream
	versions []event.Version
	watchers []*topic.Subscription
	data     []byte
	position uint64
	next     int
}

// newRooms returns n topics with so many watchers each; wake returns what the
// watcher with a number is woken by.
func newRooms(b *testing.B, n, each int, wake func(watcher int) func()) *rooms {
	b.Helper()

	hub, err := topic.New(b.Context(), memory.New().Log, topic.Options{})
	if err != nil {
		b.Fatal(err)
	}

	r := &rooms{hub: hub, versions: make([]event.Version, n), data: append(bytes.Repeat([]byte("x"), 250), '"')}
	r.data[0] = '"'

	for i := range n {
		r.streams = append(r.streams, event.Stream(fmt.Sprintf("meeting:%d", i)))

		for range each {
			s, _, err := hub.Join(b.Context(), topic.Request{Name: topic.Name(r.streams[i]), Now: true, Wake: wake(len(r.watchers))})
			if err != nil {
				b.Fatal(err)
			}

			r.watchers = append(r.watchers, s)
		}
	}

	return r
}

// page returns the next events of the feed, each of the next topic in turn.
func (r *rooms) page(size int) store.Page {
	now := time.Now().UTC()

	events := make([]event.Event, size)
	for i := range events {
		at := r.next % len(r.streams)
		r.next++
		r.versions[at]++
		r.position++
		events[i] = event.Event{
			ID: "0198c0de-0000-7000-8000-000000000000", Stream: r.streams[at], Version: r.versions[at], Position: event.PositionAt(r.position),
			Type: "card_added", Time: now, Recorded: now, Actor: "ann", Data: r.data,
		}
	}

	return store.Page{Events: events, Upto: event.PositionAt(r.position), Live: true}
}

// sizes are the houses that are measured: topics, watchers of each, and events
// of a commit.
var sizes = []struct{ topics, watchers, events int }{{1, 1000, 1}, {1, 1000, 64}, {100, 100, 1}, {100, 100, 64}}

// BenchmarkPublish measures what the pump does for a page.
func BenchmarkPublish(b *testing.B) {
	for _, size := range sizes {
		b.Run(fmt.Sprintf("topics=%d/watchers=%d/events=%d", size.topics, size.watchers, size.events), func(b *testing.B) {
			r := newRooms(b, size.topics, size.watchers, func(int) func() { return func() {} })
			b.ReportAllocs()

			for b.Loop() {
				b.StopTimer()
				page := r.page(size.events)
				b.StartTimer()
				r.hub.Publish(page)
			}
		})
	}
}

// BenchmarkNext measures what all who were woken by a page do: each takes a push.
func BenchmarkNext(b *testing.B) {
	for _, size := range sizes {
		b.Run(fmt.Sprintf("topics=%d/watchers=%d/events=%d", size.topics, size.watchers, size.events), func(b *testing.B) {
			var woken []int

			r := newRooms(b, size.topics, size.watchers, func(watcher int) func() { return func() { woken = append(woken, watcher) } })
			pushes, given := make([]topic.Push, 0, 4), 0
			b.ReportAllocs()

			for b.Loop() {
				b.StopTimer()
				r.hub.Publish(r.page(size.events))
				b.StartTimer()

				for _, watcher := range woken {
					var err error
					if pushes, _, err = r.watchers[watcher].Next(b.Context(), pushes[:0], 64<<10); err != nil {
						b.Fatal(err)
					}
				}

				given += len(woken)
				woken = woken[:0]
			}

			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(max(given, 1)), "ns/push")
		})
	}
}

// BenchmarkDeliver measures the way from the pump to all watchers, each of which
// has a goroutine as long as there is something to send.
func BenchmarkDeliver(b *testing.B) {
	for _, size := range sizes {
		b.Run(fmt.Sprintf("topics=%d/watchers=%d/events=%d", size.topics, size.watchers, size.events), func(b *testing.B) {
			var (
				r       *rooms
				running sync.WaitGroup
			)

			r = newRooms(b, size.topics, size.watchers, func(watcher int) func() {
				return func() {
					running.Go(func() {
						if _, _, err := r.watchers[watcher].Next(b.Context(), make([]topic.Push, 0, 4), 64<<10); err != nil {
							b.Error(err)
						}
					})
				}
			})
			b.ReportAllocs()

			for b.Loop() {
				r.hub.Publish(r.page(size.events))
				running.Wait()
			}
		})
	}
}
