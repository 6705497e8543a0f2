package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"time"

	"github.com/recountdev/recount/fault"
)

// AppendConfig says how to measure appends. Only Open is required.
type AppendConfig struct {
	// Open opens the log to measure.
	Open Opener
	// Dir is the folder on the disk to measure; a folder within it is used and
	// removed. Defaults to the working directory.
	Dir string
	// Appenders are the numbers of appenders to measure with. With 256 the hot
	// stream and the readers that never finish are measured, too. Defaults to
	// 1, 16, 256 and 1,000.
	Appenders []int
	// Time is how long a round measures. Defaults to 2 s.
	Time time.Duration
	// WarmUp is how long a round runs before it measures. Defaults to an
	// eighth of Time.
	WarmUp time.Duration
	// Rounds is how often every candidate has its turn. Defaults to 3.
	Rounds int
	// Overwritten is the size of a segment file that is overwritten in circles,
	// in bytes. Defaults to 0: none is measured.
	Overwritten int64
	// Status is told in a few words what is being done, for a person who
	// waits. Defaults to nobody.
	Status func(text string)
}

// hotAppenders is the number of appenders of the hot stream, and of the appends
// beside readers.
const hotAppenders = 256

// poolSize is the number of different events of a run: so many that no block
// of a log's files holds one twice.
const poolSize = 8192

func (c AppendConfig) withDefaults() (AppendConfig, error) {
	if c.Open == nil {
		return c, fault.Invalid("no log to measure: set Open")
	}

	if len(c.Appenders) == 0 {
		c.Appenders = []int{1, 16, hotAppenders, 1000}
	}

	if least := slices.Min(c.Appenders); least < 1 {
		return c, fault.Invalid("%d appenders cannot append: give 1 or more", least)
	}

	if c.Time == 0 {
		c.Time = 2 * time.Second
	}

	if c.WarmUp == 0 {
		c.WarmUp = c.Time / 8
	}

	if c.Rounds == 0 {
		c.Rounds = 3
	}

	if c.Time < 0 || c.WarmUp < 0 || c.Rounds < 0 || c.Overwritten < 0 {
		return c, fault.Invalid("times, rounds and sizes cannot be negative")
	}

	if c.Status == nil {
		c.Status = func(string) {}
	}

	return c, nil
}

// AppendRow is what was measured of one candidate with one number of appenders.
type AppendRow struct {
	Appenders int    `json:"appenders"`
	Name      string `json:"name"`
	// Text names the candidate for people.
	Text string `json:"text"`
	// PerSecond, P50 and P99 (in microseconds) are medians of the rounds.
	PerSecond float64 `json:"appends_per_second"`
	P50       float64 `json:"p50_us"`
	P99       float64 `json:"p99_us"`
	// Allocs is how often the whole process allocates memory for an append.
	Allocs float64 `json:"allocs_per_append"`
	// RatioTo names the candidate that PerSecond is compared with; "" if this
	// is the limit itself.
	RatioTo string `json:"ratio_to,omitempty"`
	// Ratio is the median of the rounds' ratios; they lie between RatioLow
	// and RatioHigh.
	Ratio     float64 `json:"ratio,omitempty"`
	RatioLow  float64 `json:"ratio_low,omitempty"`
	RatioHigh float64 `json:"ratio_high,omitempty"`
	// Bar is the least that Ratio should be; 0 if nobody asks for any.
	Bar float64 `json:"bar,omitempty"`
	Met bool    `json:"met"`
}

// RunAppend measures, and reports the rows of every number of appenders as soon
// as they are complete. When it returns, also because ctx ended, nothing is
// left on the disk.
func RunAppend(ctx context.Context, c AppendConfig, report func(AppendRow) error) (err error) {
	c, err = c.withDefaults()
	if err != nil {
		return err
	}

	folder, remove, err := workspace(c.Dir)
	if err != nil {
		return err
	}

	defer func() { err = errors.Join(err, remove()) }()

	events := newGenerator(1).pool(poolSize)
	all := make([]*turns, 0, len(c.Appenders))
	total := 0

	for _, n := range c.Appenders {
		t := &turns{folder: filepath.Join(folder, strconv.Itoa(n)), candidates: c.candidates(n, events), config: &c, appenders: n}
		all = append(all, t)
		total += len(t.candidates) * c.Rounds
	}

	progress, done, status := newPace(int64(total)), int64(-1), c.Status
	c.Status = func(text string) {
		done++
		status(text + " (" + progress.left(done) + ")")
	}

	return runTurns(ctx, all, report)
}

// runTurns reports the rows of every turns as soon as they are complete.
func runTurns(ctx context.Context, all []*turns, report func(AppendRow) error) error {
	for _, t := range all {
		if err := t.run(ctx); err != nil {
			return err
		}

		rows := t.rows()
		for i := range rows {
			if err := report(rows[i]); err != nil {
				return err
			}
		}
	}

	return nil
}

// turns lets candidates take turns with one number of appenders.
type turns struct {
	folder     string
	candidates []candidate
	config     *AppendConfig
	appenders  int
	// results of every candidate, by name, round by round.
	results map[string][]*result
}

func (t *turns) run(ctx context.Context) (err error) {
	t.results = make(map[string][]*result)
	order := slices.Clone(t.candidates)

	defer func() { err = errors.Join(err, os.RemoveAll(t.folder)) }()

	for round := range t.config.Rounds {
		for i := range order {
			t.config.Status(fmt.Sprintf("%s, round %d of %d: %s", appendersText(t.appenders), round+1, t.config.Rounds, order[i].text))

			r, err := t.turn(ctx, &order[i])
			if err != nil {
				return fmt.Errorf("%s, %s: %w", order[i].text, appendersText(t.appenders), err)
			}

			t.results[order[i].name] = append(t.results[order[i].name], r)
		}

		slices.Reverse(order)
	}

	return nil
}

// turn is one candidate's turn: open, warm up, measure, close. Nothing of it
// runs on when the next has its turn.
func (t *turns) turn(ctx context.Context, c *candidate) (r *result, err error) {
	folder := filepath.Join(t.folder, c.name)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}

	opened, err := c.open(ctx, folder)
	if err != nil {
		return nil, err
	}

	defer func() { err = errors.Join(err, opened.close(ctx)) }()

	l := load{warmUp: t.config.WarmUp, time: t.config.Time}
	for i := range t.appenders {
		l.appenders = append(l.appenders, opened.appender(i))
	}

	runtime.GC() // whatever the one before left is not this one's to clean up

	return l.run(ctx)
}

// appendersText says how many appenders there are.
func appendersText(n int) string {
	if n == 1 {
		return "1 appender"
	}

	return grouped(int64(n)) + " appenders"
}

// rows returns the medians of all candidates.
func (t *turns) rows() []AppendRow {
	rows := make([]AppendRow, 0, len(t.candidates))
	for i := range t.candidates {
		c := &t.candidates[i]
		of := t.results[c.name]
		row := AppendRow{
			Appenders: t.appenders,
			Name:      c.name,
			Text:      c.text,
			PerSecond: medianOf(of, (*result).perSecond),
			P50:       medianOf(of, func(r *result) float64 { return micros(r.latencies.quantile(0.5)) }),
			P99:       medianOf(of, func(r *result) float64 { return micros(r.latencies.quantile(0.99)) }),
			Allocs:    medianOf(of, (*result).allocs),
			RatioTo:   c.ratioTo,
			Bar:       barOf(c.name, t.appenders),
		}

		if c.ratioTo != "" {
			low, middle, high := ratios(of, t.results[c.ratioTo])
			row.RatioLow, row.Ratio, row.RatioHigh = low, middle, high
		}

		row.Met = row.Ratio >= row.Bar
		rows = append(rows, row)
	}

	return rows
}
