package main

import (
	"time"

	"github.com/schollz/progressbar/v3"
)

// progress shows on a terminal how far a long work is, how fast it goes, and how
// much time is left. Elsewhere it shows nothing. One goroutine at a time may
// use it.
type progress struct {
	bar *progressbar.ProgressBar
}

// unit is what a progress counts.
type unit string

const (
	inEvents unit = "events"
	inBytes  unit = "bytes"
	inChecks unit = "checks"
)

// startProgress shows a work that has just begun.
func (s *session) startProgress(label string, counts unit) *progress {
	if !s.err.isTerminal() || s.json {
		return &progress{}
	}

	const barWidth = 24

	options := []progressbar.Option{
		progressbar.OptionSetWriter(s.err),
		progressbar.OptionSetDescription(label),
		progressbar.OptionSetWidth(min(barWidth, s.err.width/4)),
		progressbar.OptionSetTheme(progressbar.ThemeASCII),
		progressbar.OptionShowBytes(counts == inBytes),
		progressbar.OptionUseIECUnits(true),
		progressbar.OptionShowCount(),
		progressbar.OptionThrottle(100 * time.Millisecond),
		progressbar.OptionSetSpinnerChangeInterval(0), // no goroutine
		progressbar.OptionClearOnFinish(),
	}
	if counts != inBytes {
		options = append(options, progressbar.OptionShowIts(), progressbar.OptionSetItsString(string(counts)))
	}

	return &progress{bar: progressbar.NewOptions64(-1, options...)}
}

// update tells how much is done; total is 0 where nobody knows.
func (p *progress) update(done, total int64) {
	if p.bar == nil {
		return
	}

	if total > 0 && p.bar.GetMax64() != total {
		p.bar.ChangeMax64(total)
	}

	_ = p.bar.Set64(done) // what cannot be shown is not missed
}

// clear takes the bar away, so that something else can be written; the next
// update shows it again.
func (p *progress) clear() {
	if p.bar != nil {
		_ = p.bar.Clear() // what cannot be shown is not missed
	}
}
