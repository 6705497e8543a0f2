package bench

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func TestHistogramTellsQuantiles(t *testing.T) {
	t.Parallel()

	var (
		h      histogram
		all    []time.Duration
		random = rand.New(rand.NewPCG(3, 4))
	)

	for range 20_000 {
		d := time.Duration(random.ExpFloat64() * float64(time.Millisecond))
		h.add(d)

		all = append(all, d)
	}

	slices.Sort(all)

	for _, q := range []float64{0, 0.01, 0.5, 0.99, 0.999} {
		want := all[int(q*float64(len(all)))]
		got := h.quantile(q)

		if low, high := want-want/32-1, want+want/32+1; got < low || got > high {
			t.Errorf("quantile %v is %v, want %v within 1/32", q, got, want)
		}
	}
}

func TestHistogramMerges(t *testing.T) {
	t.Parallel()

	var one, two, empty histogram

	one.add(time.Millisecond)
	two.add(time.Second)
	two.add(time.Second)
	one.merge(&two)
	one.merge(&empty)

	if one.total != 3 {
		t.Errorf("3 durations were counted, the histogram has %d", one.total)
	}

	if got := one.quantile(0.9); got.Round(100*time.Millisecond) != time.Second {
		t.Errorf("quantile 0.9 is %v, want 1s", got)
	}

	if got := empty.quantile(0.5); got != 0 {
		t.Errorf("the median of nothing is %v, want 0", got)
	}
}

// TestBucketsLieSideBySide walks over all buckets: their middles lie in them,
// in order, and close to each other.
func TestBucketsLieSideBySide(t *testing.T) {
	t.Parallel()

	for bucket := 1; bucket < bucketCount; bucket++ {
		before, middle := middleOf(bucket-1), middleOf(bucket)
		if bucketOf(middle) != bucket {
			t.Errorf("bucket %d has the middle %v, which lies in bucket %d", bucket, middle, bucketOf(middle))
		}

		if middle <= before || middle-before > middle/32+1 {
			t.Errorf("the middles of buckets %d and %d are %v and %v", bucket-1, bucket, before, middle)
		}
	}

	for _, d := range []time.Duration{-1, 0, 1<<63 - 1} {
		if b := bucketOf(d); b < 0 || b >= bucketCount {
			t.Errorf("%v has no bucket: %d", d, b)
		}
	}
}
