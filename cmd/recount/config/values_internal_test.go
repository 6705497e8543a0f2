package config

import (
	"testing"
	"time"
)

func TestSizes(t *testing.T) {
	t.Parallel()

	parse := asSize(1, 1<<30)
	for text, want := range map[string]int{
		"1": 1, "255": 255, "300B": 300, "300 B": 300, "1KiB": 1024, "1.5KiB": 1536, "1.25MiB": 1310720, " 2 MiB ": 2 << 20,
		"1GiB": 1 << 30, "1kB": 1000, "1KB": 1000, "2.5MB": 2_500_000, "1GB": 1_000_000_000, "007": 7, ".5KiB": 512, "1_000": 1000,
	} {
		if got, err := parse(text); got != want || err != nil {
			t.Errorf("%q: got %d, %v, want %d", text, got, err, want)
		}
	}

	for _, text := range []string{"", "KiB", "x", "1k", "1 Ki", "1e3", "0x10", "Inf", "NaN", "-1", "0", "1.5", "0.0001KiB", "2GiB", "1e400MiB", "+5", "9999999999999999999999"} {
		if got, err := parse(text); err == nil {
			t.Errorf("%q: got %d", text, got)
		}
	}
}

func TestSizeText(t *testing.T) {
	t.Parallel()

	for n, want := range map[int]string{1: "1", 255: "255", 1024: "1KiB", 1536: "1.5KiB", 1310720: "1.25MiB", 1 << 30: "1024MiB", 1025: "1025", 20_000_000: "20000000"} {
		if got := sizeText(n); got != want {
			t.Errorf("%d: got %s, want %s", n, got, want)
		}

		if back, err := asSize(1, 1<<31)(sizeText(n)); back != n || err != nil {
			t.Errorf("%d: read as %d, %v", n, back, err)
		}
	}
}

func TestSpanText(t *testing.T) {
	t.Parallel()

	for d, want := range map[time.Duration]string{0: "0s", time.Second: "1s", 90 * time.Second: "1m30s", time.Minute: "1m", time.Hour: "1h", 90 * time.Minute: "1h30m", 10 * time.Minute: "10m", time.Millisecond: "1ms"} {
		if got := spanText(d); got != want {
			t.Errorf("%s: got %s, want %s", d, got, want)
		}
	}
}

func TestLimitsOfLimits(t *testing.T) {
	t.Parallel()

	var l Limits
	for _, row := range l.numbers() {
		if row.otherwise < row.least || row.otherwise > row.top {
			t.Errorf("%s: the default %d is out of range", row.name, row.otherwise)
		}
	}

	for _, row := range l.times() {
		if row.otherwise < row.least || row.otherwise > row.top {
			t.Errorf("%s: the default %s is out of range", row.name, row.otherwise)
		}
	}

	loader := newLoader("", func(string) string { return "" })
	if loader.check(); len(loader.problems) > 0 {
		t.Errorf("the defaults do not fit together: %v", loader.problems)
	}
}
