package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// printer writes what is measured, as it comes: as a table for people, or as
// one JSON object a line.
type printer struct {
	out   io.Writer
	json  bool
	color bool

	appenders int // of the row before
	started   bool
}

// machine writes where it is measured.
func (p *printer) machine(m Machine, how string) error {
	if p.json {
		return json.NewEncoder(p.out).Encode(m)
	}

	text := fmt.Sprintf("%s, %s, %d CPUs, %s at %s\n%s\n", m.Go, m.Platform, m.CPUs, m.Filesystem, m.Dir, how)
	if m.InMemory {
		text += p.red("WARNING: "+m.Dir+" lies in memory ("+m.Filesystem+"). Syncing is free there and nothing is durable:\n"+
			"these figures say nothing about a disk. Choose a folder on a disk with --dir.") + "\n"
	}

	return p.write(text + "\n")
}

// row writes what was measured of appends.
func (p *printer) row(r AppendRow) error {
	if p.json {
		return json.NewEncoder(p.out).Encode(r)
	}

	head := ""
	if !p.started {
		head = fmt.Sprintf("%9s  %-38s %10s %10s %10s %7s  %s\n", "appenders", "", "appends/s", "p50", "p99", "allocs", "ratio (range)")
		p.started = true
	}

	appenders := ""
	if r.Appenders != p.appenders {
		appenders = grouped(int64(r.Appenders))
		p.appenders = r.Appenders
	}

	return p.write(head + fmt.Sprintf("%9s  %-38s %10s %10s %10s %7s  %s\n", appenders, r.Text, grouped(int64(r.PerSecond)),
		latency(r.P50), latency(r.P99), short(r.Allocs), p.ratio(&r)))
}

// ratio returns a row's ratio, what it refers to, and its bar.
func (p *printer) ratio(r *AppendRow) string {
	if r.RatioTo == "" {
		return "1"
	}

	text := fmt.Sprintf("%.2f (%.2f-%.2f)", r.Ratio, r.RatioLow, r.RatioHigh)
	if r.RatioTo != nameSegment {
		text += " of IDs made by the log"
	}

	if r.Bar == 0 {
		return text
	}

	return text + fmt.Sprintf("  bar %.2f ", r.Bar) + p.verdict(r.Met)
}

// figure writes one figure.
func (p *printer) figure(f Figure) error {
	if p.json {
		return json.NewEncoder(p.out).Encode(f)
	}

	bar := ""

	switch {
	case f.AtLeast > 0:
		bar = "  at least " + number(f.AtLeast) + " " + p.verdict(f.Met)
	case f.AtMost > 0:
		bar = "  at most " + number(f.AtMost) + " " + p.verdict(f.Met)
	}

	return p.write(strings.TrimRight(fmt.Sprintf("%-66s %12s %-9s%s", f.Text, number(f.Value), f.Unit, bar), " ") + "\n")
}

func (p *printer) verdict(met bool) string {
	switch {
	case !met:
		return p.red("missed")
	case p.color:
		return "\x1b[32mmet\x1b[0m"
	default:
		return "met"
	}
}

func (p *printer) red(text string) string {
	if !p.color {
		return text
	}

	return "\x1b[31m" + text + "\x1b[0m"
}

func (p *printer) write(text string) error {
	_, err := io.WriteString(p.out, text)

	return err
}

// latency returns microseconds as milliseconds for people.
func latency(microseconds float64) string {
	return strconv.FormatFloat(microseconds/1000, 'f', 2, 64) + " ms"
}

// number returns a value with as many digits as say something.
func number(v float64) string {
	switch {
	case v >= 1000:
		return grouped(int64(v))
	case v >= 100 || v == float64(int64(v)):
		return strconv.FormatFloat(v, 'f', 0, 64)
	default:
		return short(v)
	}
}

func short(v float64) string { return strconv.FormatFloat(v, 'f', 2, 64) }
