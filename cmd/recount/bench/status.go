package bench

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// pace says how fast long work goes, and how long it still takes.
type pace struct {
	start time.Time
	total int64
}

func newPace(total int64) pace { return pace{start: time.Now(), total: total} }

// left says how much of the work is done, and how long the rest takes if it
// goes on like that.
func (p pace) left(done int64) string {
	text := fmt.Sprintf("%s of %s", grouped(done), grouped(p.total))
	if done == 0 {
		return text
	}

	rest := time.Duration(float64(time.Since(p.start)) / float64(done) * float64(p.total-done))

	return text + ", " + rest.Round(time.Second).String() + " left"
}

// rate returns how much was done in a second so far.
func (p pace) rate(done int64) float64 { return float64(done) / time.Since(p.start).Seconds() }

// statusLine shows on one line of a terminal what is being done.
type statusLine struct {
	mu    sync.Mutex
	out   io.Writer
	shown bool
}

// show replaces the line.
func (s *statusLine) show(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()

	s.shown = true
	_, _ = io.WriteString(s.out, "\r\x1b[K"+text)
}

// clear takes the line away.
func (s *statusLine) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()

	if s.shown {
		s.shown = false
		_, _ = io.WriteString(s.out, "\r\x1b[K")
	}
}
