package storetest

import (
	"context"
	"fmt"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
)

func followStepByStep(tr *trial) {
	const history, size = 25, 10

	for n := range history {
		tr.record(to("meeting:1", fact(n)))
	}

	var (
		events []event.Event
		wait   = history
	)

	for p, err := range tr.watch(tr.soon(), event.Position{}, store.Filter{PageSize: size, Follow: true}) {
		if err != nil {
			tr.Fatalf("feed: %v", err)
		}

		events = append(events, p.Events...)
		if atEnd := len(events) == wait; p.Live != atEnd {
			tr.Fatalf("after %d of %d events: Live is %t", len(events), wait, p.Live)
		}

		if !p.Live {
			continue
		}

		if wait == history+15 {
			break
		}

		// More than a page at once, then a single event.
		count := 14
		if wait > history {
			count = 1
		}

		tr.record(to("meeting:1", facts(count)...))
		wait += count
	}

	tr.wantEvents("the follower", events, tr.feed(event.Position{}, store.Filter{}))
}

func followFromEnd(tr *trial) {
	for n := range 3 {
		end := tr.state().Head
		pages := 0

		for p, err := range tr.watch(tr.soon(), end, store.Filter{Follow: true}) {
			if err != nil {
				tr.Fatalf("feed: %v", err)
			}

			if pages++; pages == 1 {
				if len(p.Events) > 0 || !p.Live || p.Upto != end {
					tr.Fatalf("the first page after the end %s is %+v, want an empty one that is live", end, p)
				}

				tr.record(to("meeting:1", fact(n)))

				continue
			}

			if d := fact(n); len(p.Events) != 1 || !p.Live || departure(&p.Events[0], &d) != "" {
				tr.Fatalf("the next page is %+v, want the one new event", p)
			}

			break
		}
	}
}

func followerComesBack(tr *trial) {
	tr.fill(30)
	tr.record(to("end:1", event.Draft{Type: lastWord}))

	var (
		got   []event.Event
		after event.Position
	)

	for end := tr.state().Head; after != end; {
		pages := 0
		for p, err := range tr.watch(tr.soon(), after, store.Filter{Follow: true, PageSize: 4}) {
			if err != nil {
				tr.Fatalf("feed: %v", err)
			}

			got, after = append(got, p.Events...), p.Upto
			if pages++; pages == 3 || p.Live {
				break
			}
		}
	}

	tr.wantEvents("a follower that left and came back", got, tr.feed(event.Position{}, store.Filter{}))
}

func followNothing(tr *trial) {
	tr.fill(3)

	rest := 10
	end := tr.state().Head

	for p, err := range tr.watch(tr.soon(), event.Position{}, store.Filter{Follow: true, Types: []string{"none"}, PageSize: 4}) {
		if err != nil {
			tr.Fatalf("feed: %v", err)
		}

		if len(p.Events) > 0 || p.Upto.Compare(end) > 0 {
			tr.Fatalf("got page %+v, want nothing up to %s", p, end)
		}

		if p.Upto != end {
			continue
		}

		if !p.Live {
			tr.Fatalf("the page that ends at %s, the end, is not live", end)
		}

		if rest--; rest == 0 {
			break
		}

		end = tr.record(to("meeting:1", fact(rest))).Position
	}
}

// followersComeToRest appends whenever all followers have just seen the end of
// the log: the moment at which an event, the call that wakes, or the end itself
// is easily overlooked.
func followersComeToRest(tr *trial) {
	tr.appendAtRest(4, 50)
	tr.appendAtRest(1, 80)
}

// appendAtRest makes appends at once, waits until every follower has seen that
// there are no more, and does so again and again.
func (tr *trial) appendAtRest(writers, rounds int) {
	tr.Helper()

	const followers = 6

	var (
		after = tr.state().Head
		live  [followers]chan event.Position
		seen  [followers]followed
		waits []func()
	)

	for i := range followers {
		live[i] = make(chan event.Position, writers*rounds+2)
		waits = append(waits, tr.beside(func(ctx context.Context) {
			seen[i] = tr.follow(ctx, after, store.Filter{}, func(upto event.Position) { live[i] <- upto })
		}))
	}

	for round := range rounds {
		tr.wantAtRest(live[:])

		for _, o := range tr.race(writers, func(w int) []store.Batch {
			return []store.Batch{to(event.Stream(fmt.Sprintf("meeting:%d", w)), fact(round))}
		}) {
			if o.err != nil {
				tr.Fatalf("round %d: append: %v", round+1, o.err)
			}
		}
	}

	tr.wantAtRest(live[:])
	tr.record(to("end:1", event.Draft{Type: lastWord}))

	for i, wait := range waits {
		wait()
		tr.wantFollowed(fmt.Sprintf("follower %d", i+1), seen[i], after, store.Filter{})
	}
}

// wantAtRest waits until every follower has got a page that is live and ends
// where the log does.
func (tr *trial) wantAtRest(live []chan event.Position) {
	tr.Helper()

	ctx, end := tr.soon(), tr.state().Head
	for i := range live {
		for upto, isFirst := (event.Position{}), true; isFirst || upto != end; isFirst = false {
			select {
			case upto = <-live[i]:
			case <-ctx.Done():
				tr.Fatalf("follower %d got no page that is live and ends at %s, where the log ends; the last one ended at %s", i+1, end, upto)
			}
		}
	}
}
