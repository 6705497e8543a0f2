package topic_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/recountdev/recount/topic"
)

// lobby is a topic whose presence is tested, under synctest. Its numbers of
// entries are named r1, r2 … in the order in which they were seen.
type lobby struct {
	*house

	refs map[string]string
}

func newLobby(t *testing.T, o topic.Options) *lobby {
	t.Helper()

	return &lobby{house: newHouse(t, o), refs: make(map[string]string)}
}

func (l *lobby) enter(key, body string) *topic.Subscription {
	l.Helper()

	s := l.join(topic.Request{Name: "meeting:1"})
	s.Track(key, []byte(body))

	return s
}

var phxRef = regexp.MustCompile(`"phx_ref":"([0-9a-z]+)"`)

// sees fails if the pushes that are due are not as expected. Quotes may be left
// out, "r1: {…}" stands for the entry with that number, and "presence_" for
// nothing.
func (l *lobby) sees(s *topic.Subscription, want ...string) {
	l.Helper()

	got := l.all(s)
	for i, text := range got {
		text = phxRef.ReplaceAllStringFunc(text, func(found string) string {
			if l.refs[found] == "" {
				l.refs[found] = fmt.Sprintf("r%d", len(l.refs)+1)
			}

			return l.refs[found]
		})
		text = strings.ReplaceAll(strings.ReplaceAll(text, `"`, ""), `{metas:`, "")
		got[i] = strings.ReplaceAll(strings.TrimPrefix(text, "presence_"), `]}`, "]")
	}

	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		l.Errorf("got %q, want %q", got, want)
	}
}

// gathered lets the time go by in which changes are gathered.
func gathered() { after(300 * time.Millisecond) }

func after(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func TestPresence(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLobby(t, topic.Options{})

		ann := l.enter("ann", `{"n":1}`)
		l.sees(ann, "state {}")
		after(249 * time.Millisecond)
		l.sees(ann)
		after(2 * time.Millisecond)
		l.sees(ann, "diff {joins:{ann:[{r1,n:1}]},leaves:{}}")

		bob := l.enter("bob", `{}`)
		silent := l.join(topic.Request{Name: "meeting:1"})
		elsewhere := l.join(topic.Request{Name: "meeting:2"})
		elsewhere.Track("eve", []byte(`{}`))
		l.sees(bob, "state {ann:[{r1,n:1}]}")
		gathered()
		l.sees(bob, "diff {joins:{bob:[{r2}]},leaves:{}}")
		l.sees(ann, "diff {joins:{bob:[{r2}]},leaves:{}}")

		// A change is one leave and one join, in one diff.
		ann.Track("ann", []byte(`{"n":2}`))
		ann.Track("ann", []byte(`{"n":2}`))
		cleo := l.enter("cleo", `{"x":{"y":1}}`)
		l.sees(cleo, "state {ann:[{r1,n:1}],bob:[{r2}]}")
		gathered()
		l.sees(bob, "diff {joins:{ann:[{r3,n:2}],cleo:[{r4,x:{y:1}}]},leaves:{ann:[{r1,n:1}]}}")
		l.sees(cleo, "diff {joins:{ann:[{r3,n:2}],cleo:[{r4,x:{y:1}}]},leaves:{ann:[{r1,n:1}]}}")

		// The same again, or there and back, is no change.
		ann.Track("ann", []byte(`{"n":2}`))
		gathered()
		l.sees(bob)

		bob.Leave(true)
		bob.Track("bob", []byte(`{"late":true}`))
		gathered()
		l.sees(ann,
			"diff {joins:{ann:[{r3,n:2}],cleo:[{r4,x:{y:1}}]},leaves:{ann:[{r1,n:1}]}}",
			"diff {joins:{},leaves:{bob:[{r2}]}}")
		l.sees(bob)
		l.sees(silent)
		l.sees(elsewhere, "state {eve:[{r5}]}")
	})
}

func TestPresenceOfAMoment(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLobby(t, topic.Options{})
		ann := l.enter("ann", `{}`)
		gathered()
		l.sees(ann, "state {ann:[{r1}]}")

		woken := 0
		watcher := l.join(topic.Request{Name: "meeting:1", Wake: func() { woken++ }})
		bob := l.enter("bob", `{"n":1}`)
		bob.Leave(true)
		gathered()
		l.sees(ann)

		if woken != 0 {
			t.Error("somebody was woken by nothing")
		}

		// Of what changes several times, the last is shown.
		bob = l.enter("bob", `{"n":1}`)
		bob.Track("bob", []byte(`{"n":2}`))
		ann.Track("ann", []byte(`{"n":2}`))
		ann.Track("ann", []byte(`{"n":3}`))
		gathered()
		l.sees(ann, "diff {joins:{ann:[{r2,n:3}],bob:[{r3,n:2}]},leaves:{ann:[{r1}]}}")

		// Joined, shown, and gone: a newcomer in between sees what others see.
		bob.Leave(true)
		cleo := l.enter("cleo", `{}`)
		l.sees(cleo, "state {ann:[{r2,n:3}],bob:[{r3,n:2}]}")
		gathered()
		l.sees(cleo, "diff {joins:{cleo:[{r4}]},leaves:{bob:[{r3,n:2}]}}")
		l.sees(watcher)

		if woken != 2 {
			t.Errorf("woken %d times, want 2", woken)
		}
	})
}

func TestGrace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLobby(t, topic.Options{})
		ann := l.enter("ann", `{}`)
		bob := l.enter("bob", `{"n":1}`)
		gathered()
		l.sees(ann, "state {ann:[{r1}],bob:[{r2,n:1}]}")

		for range 3 { // cut and back in time, again and again
			bob.Leave(false)
			after(4900 * time.Millisecond)
			bob = l.enter("bob", `{"n":1}`)
			l.sees(bob, "state {ann:[{r1}],bob:[{r2,n:1}]}")
			after(200 * time.Millisecond)
		}

		after(time.Minute)
		l.sees(ann)
		l.sees(bob)

		// Back with something else.
		bob.Leave(false)
		after(time.Second)
		bob = l.enter("bob", `{"n":2}`)
		gathered()
		l.sees(ann, "diff {joins:{bob:[{r3,n:2}]},leaves:{bob:[{r2,n:1}]}}")

		// Not back, or too late.
		bob.Leave(false)
		after(5200 * time.Millisecond)
		l.sees(ann)
		after(100 * time.Millisecond)
		l.sees(ann, "diff {joins:{},leaves:{bob:[{r3,n:2}]}}")

		bob = l.enter("bob", `{"n":2}`)
		gathered()
		l.sees(ann, "diff {joins:{bob:[{r4,n:2}]},leaves:{}}")

		// Gone for the others, but back before they were told.
		bob.Leave(false)
		after(5100 * time.Millisecond)
		bob = l.enter("bob", `{"n":2}`)
		gathered()
		l.sees(ann, "diff {joins:{bob:[{r5,n:2}]},leaves:{bob:[{r4,n:2}]}}")

		// Cut before it was shown, and back.
		bob.Leave(true)
		gathered()
		bob = l.enter("bob", `{}`)
		bob.Leave(false)
		bob = l.enter("bob", `{}`)
		gathered()
		l.sees(ann, "diff {joins:{},leaves:{bob:[{r5,n:2}]}}", "diff {joins:{bob:[{r6}]},leaves:{}}")

		bob.Leave(true)
		ann.Leave(false)

		if got := l.hub.Stats(); got.Topics != 1 || got.Subscriptions != 0 {
			t.Errorf("within the grace: %+v", got)
		}

		after(5 * time.Second)

		if got := l.hub.Stats(); got != (topic.Stats{}) {
			t.Errorf("after the grace: %+v", got)
		}
	})
}

func TestTabs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLobby(t, topic.Options{})
		one, two := l.enter("ann", `{"tab":1}`), l.enter("ann", `{"tab":2}`)
		bob := l.enter("bob", `{}`)
		gathered()
		l.sees(bob, "state {ann:[{r1,tab:1},{r2,tab:2}],bob:[{r3}]}")

		// Both are cut off, and come back the other way round.
		one.Leave(false)
		two.Leave(false)
		after(time.Second)
		two = l.enter("ann", `{"tab":2}`)
		one = l.enter("ann", `{"tab":1}`)
		l.sees(one, "state {ann:[{r1,tab:1},{r2,tab:2}],bob:[{r3}]}")
		after(10 * time.Second)
		l.sees(bob)

		one.Leave(true)
		three := l.enter("ann", `{"tab":3}`)
		gathered()
		l.sees(bob, "diff {joins:{ann:[{r4,tab:3}]},leaves:{ann:[{r1,tab:1}]}}")

		// One is cut off, and a new one comes in its place.
		two.Leave(false)
		four := l.enter("ann", `{"tab":4}`)
		gathered()
		l.sees(bob, "diff {joins:{ann:[{r5,tab:4}]},leaves:{ann:[{r2,tab:2}]}}")
		after(10 * time.Second)
		l.sees(bob)

		three.Leave(true)
		four.Leave(true)
		gathered()
		l.sees(bob, "diff {joins:{},leaves:{ann:[{r4,tab:3},{r5,tab:4}]}}")
	})
}

func TestCrowd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLobby(t, topic.Options{Crowd: 2})
		ann, bob := l.enter("ann", `{}`), l.enter("bob", `{}`)
		gathered()
		l.sees(ann, "state {ann:[{r1}],bob:[{r2}]}")
		l.all(bob)

		cleo := l.enter("cleo", `{}`)
		l.sees(cleo, "state {ann:[{r1}],bob:[{r2}]}")
		gathered()
		l.sees(ann, "count {count:3}")
		l.sees(cleo, "count {count:3}")

		dan := l.enter("dan", `{}`)
		l.sees(dan, "count {count:3}")
		gathered()
		l.sees(ann, "count {count:4}")
		l.sees(dan, "count {count:4}")

		// One comes, one leaves, one changes: there are as many.
		dan.Leave(true)
		dan = l.enter("dan", `{"n":2}`)
		cleo.Track("cleo", []byte(`{"n":2}`))
		gathered()
		l.sees(ann)
		l.sees(dan, "count {count:4}")

		bob.Leave(true)
		dan.Leave(false)
		gathered()
		l.sees(ann, "count {count:3}")
		after(5 * time.Second)
		l.sees(ann, "state {ann:[{r1}],cleo:[{r3,n:2}]}")
		l.sees(cleo, "count {count:4}", "count {count:3}", "state {ann:[{r1}],cleo:[{r3,n:2}]}")

		cleo.Leave(true)
		gathered()
		l.sees(ann, "diff {joins:{},leaves:{cleo:[{r3,n:2}]}}")
	})
}

func TestDefaultCrowd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLobby(t, topic.Options{})
		first := l.enter("p0", `{}`)

		for i := 1; i < 200; i++ {
			l.enter(fmt.Sprintf("p%d", i), `{}`)
		}

		gathered()

		if got := l.all(first); len(got) != 1 || strings.Count(got[0], "phx_ref") != 200 {
			t.Errorf("200 are shown as %.200q", got)
		}

		l.enter("p200", `{}`)
		gathered()
		l.sees(first, "count {count:201}")
	})
}

func TestMissedChanges(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLobby(t, topic.Options{})
		ann, slow := l.enter("ann", `{}`), l.enter("slow", `{}`)
		gathered()
		l.all(ann)
		l.all(slow)

		var want []string

		for i := range 9 {
			ann.Track("ann", fmt.Appendf(nil, `{"n":%d}`, i))
			gathered()

			pushes := l.all(ann)
			if len(pushes) != 1 {
				t.Fatalf("got %q", pushes)
			}

			if want = append(want, pushes...); i == 7 {
				if got := l.all(slow); strings.Join(got, "\n") != strings.Join(want, "\n") {
					t.Errorf("eight changes: got %q, want %q", got, want)
				}

				slow.Leave(true)
				slow = l.enter("slow", `{}`)
				l.all(slow)
				gathered()
				l.all(ann)
				l.all(slow)
			}
		}

		l.all(slow)

		for i := range 9 {
			ann.Track("ann", fmt.Appendf(nil, `{"m":%d}`, i))
			gathered()
		}

		got := l.all(slow)
		if len(got) != 1 || !strings.HasPrefix(got[0], "presence_state ") || !strings.Contains(got[0], `"m":8`) {
			t.Errorf("nine changes: got %q", got)
		}

		if got := l.all(ann); len(got) != 1 || !strings.HasPrefix(got[0], "presence_state ") {
			t.Errorf("nine changes: got %q", got)
		}
	})
}

// TestNumbersNeverComeAgain shows why: a phoenix.js client that was away takes
// an entry with a number that it knows for the one that it knows.
func TestNumbersNeverComeAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		seen := make(map[string]bool)

		for range 3 { // as after a restart
			l := newLobby(t, topic.Options{})
			for range 3 { // the topic is left, and made anew
				s := l.enter("ann", `{}`)
				gathered()

				for _, ref := range phxRef.FindAllString(l.all(s)[0], -1) {
					if seen[ref] {
						t.Errorf("%s comes again", ref)
					}

					seen[ref] = true
				}

				s.Leave(true)
			}
		}
	})
}

func TestPresenceIsWritten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLobby(t, topic.Options{})
		s := l.enter(`a"b<c>\é`, `{ }`)
		l.enter("b", "{ \"x\" : 1 }")
		gathered()

		got := phxRef.ReplaceAllString(l.all(s)[0], "REF")
		want := `presence_state {"a\"b\u003cc\u003e\\é":{"metas":[{REF}]},"b":{"metas":[{REF,"x" : 1 }]}}`
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}
