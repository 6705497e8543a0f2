package topic_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/recountdev/recount/topic"
)

// phoenix is what the Presence of phoenix.js makes of what it gets: the same
// steps, in the same order.
type phoenix struct {
	state   phoenixState
	pending []phoenixDiff
	synced  bool // since the last join
	count   int  // -1: all are shown
}

type phoenixState map[string]phoenixEntry

type phoenixEntry struct {
	Metas []phoenixMeta `json:"metas"`
}

type phoenixMeta struct {
	Ref string `json:"phx_ref"`
	N   int    `json:"n"`
}

type phoenixDiff struct {
	Joins  phoenixState `json:"joins"`
	Leaves phoenixState `json:"leaves"`
}

// rejoined is what a new join_ref does.
func (p *phoenix) rejoined() { p.synced = false }

func (p *phoenix) receive(t *testing.T, push *topic.Push) {
	t.Helper()

	var (
		state phoenixState
		diff  phoenixDiff
		count struct {
			Count *int `json:"count"`
		}
	)

	read := func(into any) {
		if err := json.Unmarshal(push.Payload.Bytes(), into); err != nil {
			t.Fatalf("%s: %v", push.Payload.Bytes(), err)
		}
	}

	switch push.Event {
	case "presence_state":
		read(&state)
		p.synced, p.count = true, -1
		p.syncState(state)

		for _, diff := range p.pending {
			p.syncDiff(diff)
		}

		p.pending = nil
	case "presence_diff":
		read(&diff)
		if p.count >= 0 {
			t.Errorf("a diff after a count: %s", push.Payload.Bytes())
		}

		if p.synced {
			p.syncDiff(diff)
		} else {
			p.pending = append(p.pending, diff)
		}
	case "presence_count":
		read(&count)
		p.count = *count.Count
	default:
		t.Errorf("got %s", push.Event)
	}
}

func (p *phoenix) syncState(now phoenixState) {
	diff := phoenixDiff{Joins: make(phoenixState), Leaves: make(phoenixState)}

	for key, entry := range p.state {
		if _, there := now[key]; !there {
			diff.Leaves[key] = entry
		}
	}

	for key, entry := range now {
		current, there := p.state[key]
		if !there {
			diff.Joins[key] = entry

			continue
		}

		if joined := without(entry.Metas, current.Metas); len(joined) > 0 {
			diff.Joins[key] = phoenixEntry{joined}
		}

		if left := without(current.Metas, entry.Metas); len(left) > 0 {
			diff.Leaves[key] = phoenixEntry{left}
		}
	}

	p.syncDiff(diff)
}

func (p *phoenix) syncDiff(diff phoenixDiff) {
	if p.state == nil {
		p.state = make(phoenixState)
	}

	for key, entry := range diff.Joins {
		kept := without(p.state[key].Metas, entry.Metas)
		p.state[key] = phoenixEntry{append(kept, entry.Metas...)}
	}

	for key, entry := range diff.Leaves {
		current, there := p.state[key]
		if !there {
			continue
		}

		p.state[key] = phoenixEntry{without(current.Metas, entry.Metas)}
		if len(p.state[key].Metas) == 0 {
			delete(p.state, key)
		}
	}
}

// without returns the metas whose refs are not among others.
func without(metas, others []phoenixMeta) []phoenixMeta {
	var rest []phoenixMeta

	for _, meta := range metas {
		if !slices.ContainsFunc(others, func(other phoenixMeta) bool { return other.Ref == meta.Ref }) {
			rest = append(rest, meta)
		}
	}

	return rest
}

// String returns who is there: "ann[1 2] bob[7]", or how many.
func (p *phoenix) String() string {
	if p.count >= 0 {
		return fmt.Sprintf("%d are there", p.count)
	}

	there := make(map[string][]int)
	for key, entry := range p.state {
		for _, meta := range entry.Metas {
			there[key] = append(there[key], meta.N)
		}
	}

	return shown(there)
}

func shown(there map[string][]int) string {
	var text strings.Builder

	for _, key := range slices.Sorted(maps.Keys(there)) {
		slices.Sort(there[key])
		fmt.Fprintf(&text, "%s%d ", key, there[key])
	}

	return text.String()
}

// visitor is a client who comes and goes.
type visitor struct {
	phoenix

	key   string
	n     int // what is shown of it
	s     *topic.Subscription
	woken atomic.Bool
}

// crowded is a topic with visitors.
type crowded struct {
	*testing.T

	house    *house
	random   *rand.Rand
	crowd    int
	visitors []*visitor
}

// TestPhoenixConverges lets clients come, go, fall silent and be cut off at
// random. Whenever it is quiet, each sees exactly who is there.
func TestPhoenixConverges(t *testing.T) {
	t.Parallel()

	for seed := range uint64(60) {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(3, seed))
			c := &crowded{T: t, random: random, crowd: []int{3, 6, 200}[seed%3]}
			c.house = newHouse(t, topic.Options{Crowd: c.crowd})

			for i := range 2 + random.IntN(9) {
				c.visitors = append(c.visitors, &visitor{phoenix: phoenix{count: -1}, key: []string{"ann", "bob", "cleo", "dan"}[i%4]})
			}

			for range 4 {
				for range 60 {
					c.step()
				}

				c.compare(seed)
			}

			for _, v := range c.visitors {
				if v.s != nil {
					v.s.Leave(true)
				}
			}

			if stats := c.house.hub.Stats(); stats != (topic.Stats{}) {
				t.Errorf("something is left: %+v", stats)
			}
		})
	}
}

// step lets a visitor do something, and time go by.
func (c *crowded) step() {
	v := c.visitors[c.random.IntN(len(c.visitors))]

	switch n := c.random.IntN(10); {
	case v.s == nil:
		c.enter(v)
	case n < 2:
		v.s.Leave(n == 0)
		v.s = nil
	case n == 2:
		v.n = c.random.IntN(3)
		v.s.Track(v.key, fmt.Appendf(nil, `{"n":%d}`, v.n))
	case n == 3: // all are cut off, and most come back at once
		for _, other := range c.visitors {
			if other.s != nil {
				other.s.Leave(false)
				other.s = nil
			}
		}

		for _, other := range c.visitors {
			if c.random.IntN(4) > 0 {
				c.enter(other)
			}
		}
	default:
		c.read(v)
	}

	if pause := []int{0, 0, 0, 50, 200, 260, 700, 5100}[c.random.IntN(8)]; pause > 0 {
		after(time.Duration(pause) * time.Millisecond)
	}
}

func (c *crowded) enter(v *visitor) {
	if c.random.IntN(3) == 0 {
		v.n = c.random.IntN(3)
	}

	v.rejoined()
	v.s = c.house.join(topic.Request{Name: "meeting:1", Wake: func() { v.woken.Store(true) }})
	v.s.Track(v.key, fmt.Appendf(nil, `{"n":%d}`, v.n))
}

// read lets a visitor take what is due.
func (c *crowded) read(v *visitor) {
	awake := v.woken.Swap(false)

	pushes := c.house.pushes(v.s)
	if len(pushes) > 0 && !awake {
		c.Errorf("%s was not woken", v.key)
	}

	for i := range pushes {
		v.receive(c.T, &pushes[i])
	}
}

// compare waits until it is quiet, and compares what all see with what is.
func (c *crowded) compare(seed uint64) {
	after(10 * time.Second)

	there, n := make(map[string][]int), 0

	for _, v := range c.visitors {
		if v.s != nil {
			c.read(v)

			there[v.key] = append(there[v.key], v.n)
			n++
		}
	}

	want := shown(there)
	if n > c.crowd {
		want = fmt.Sprintf("%d are there", n)
	}

	for i, v := range c.visitors {
		if v.s != nil && v.String() != want {
			c.Errorf("seed %d: visitor %d sees %q, want %q", seed, i, v.String(), want)
		}
	}
}
