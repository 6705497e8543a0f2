package bench

import (
	"math/bits"
	"time"
)

const (
	// subBits is the number of bits of a duration that are kept: a bucket is at
	// most 1/32, so 3 %, wide.
	subBits = 5
	// durationBits bounds the durations that can be told apart: 2^40 ns are 18
	// minutes.
	durationBits = 40
	bucketCount  = (durationBits - subBits + 1) << subBits
)

// histogram counts durations in buckets whose width grows with the duration. To
// add one costs a few nanoseconds and no memory; every appender has its own.
type histogram struct {
	counts [bucketCount]uint32
	total  uint64
}

// add counts a duration.
func (h *histogram) add(d time.Duration) {
	h.counts[bucketOf(d)]++
	h.total++
}

// merge adds the counts of other to h.
func (h *histogram) merge(other *histogram) {
	for i, n := range &other.counts {
		h.counts[i] += n
	}

	h.total += other.total
}

// quantile returns the duration that a share q of all counted ones does not
// exceed: the middle of its bucket. It is 0 if nothing was counted.
func (h *histogram) quantile(q float64) time.Duration {
	want := uint64(q * float64(h.total))
	seen := uint64(0)

	for i, n := range &h.counts {
		seen += uint64(n)
		if n > 0 && (seen > want || seen == h.total) {
			return middleOf(i)
		}
	}

	return 0
}

// bucketOf returns the index of a duration's bucket. Durations below 2^subBits
// ns have a bucket each; above, every power of two is cut into 2^subBits.
func bucketOf(d time.Duration) int {
	ns := uint64(max(d, 0))
	shift := max(bits.Len64(ns)-subBits-1, 0)

	return min(shift<<subBits+int(ns>>shift), bucketCount-1)
}

// middleOf returns the middle of a bucket.
func middleOf(bucket int) time.Duration {
	shift := max(bucket>>subBits-1, 0)
	low := bucket - shift<<subBits

	return time.Duration(low<<shift + (1<<shift)/2)
}
