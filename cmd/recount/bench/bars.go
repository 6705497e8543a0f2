package bench

import (
	"slices"
	"time"
)

// barOf returns the least ratio that a candidate should reach, or 0. The bars
// are those of the issue that asked for the log. They follow from measuring
// what an index costs: a log whose every event has one index key reached 0.67,
// 0.85, 0.46 and 0.34 of a segment file at 1, 16, 256 and 1,000 appenders; one
// with an indexed ID beside it 0.68, 0.67, 0.27 and 0.18 (measured 2026-11-21).
// That appends do not wait for readers has no number in the issue; at 0.8 noise
// is told from waiting.
func barOf(name string, appenders int) float64 {
	switch name {
	case nameLogIDs:
		return map[int]float64{1: 0.6, 16: 0.7, 256: 0.4, 1000: 0.3}[appenders]
	case nameCallerIDs:
		return map[int]float64{1: 0.5, 16: 0.5, 256: 0.2, 1000: 0.13}[appenders]
	case nameHotStream:
		return 0.5
	case nameStalled:
		return 0.8
	default:
		return 0
	}
}

// medianOf returns the median of a quantity of several rounds.
func medianOf[T any](rounds []T, quantity func(T) float64) float64 {
	values := make([]float64, 0, len(rounds))
	for _, r := range rounds {
		values = append(values, quantity(r))
	}

	return median(values)
}

// median returns the middle of some values; of an even number, the mean of the
// two in the middle; of none, 0.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}

	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2

	if len(sorted)%2 == 1 {
		return sorted[middle]
	}

	return (sorted[middle-1] + sorted[middle]) / 2
}

// ratios compares the rates of two candidates round by round, and returns the
// lowest, the median and the highest ratio. Comparing within a round takes out
// what changes from round to round, such as the neighbours' use of the disk.
func ratios(of, to []*result) (low, middle, high float64) {
	all := make([]float64, 0, len(of))
	for i := range min(len(of), len(to)) {
		all = append(all, of[i].perSecond()/to[i].perSecond())
	}

	if len(all) == 0 {
		return 0, 0, 0
	}

	return slices.Min(all), median(all), slices.Max(all)
}

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }
