package bench

import (
	"context"
	"path/filepath"
	"slices"
	"time"

	"github.com/recountdev/recount/store"
)

// settle measures the disk that the filled log takes: right after the closing,
// and after it was open until its files did not change any more.
func (r *readRun) settle(ctx context.Context) error {
	closed, err := diskUsage(ctx, filepath.Dir(r.filled()))
	if err != nil {
		return err
	}

	log, err := r.openFilled(ctx)
	if err != nil {
		return err
	}

	r.Status("waiting for the files to settle")

	err = awaitSettled(ctx, filepath.Dir(r.filled()), r.Settle)
	if err := closeAfter(ctx, log, err); err != nil {
		return err
	}

	settled, err := diskUsage(ctx, filepath.Dir(r.filled()))
	if err != nil {
		return err
	}

	perEvent := func(bytes int64) float64 { return float64(bytes) / float64(r.Events) }

	return r.figures(
		Figure{Name: "disk_after_close", Text: "disk for a 250 B event, right after filling and closing", Value: perEvent(closed), Unit: "B"},
		Figure{Name: "disk_settled", Text: "disk for a 250 B event, after settling", Value: perEvent(settled), Unit: "B", AtMost: 200})
}

// maxSettles bounds the waiting for files to settle, in times of the quiet that
// is waited for.
const maxSettles = 100

// awaitSettled returns when the disk usage of a folder has stayed the same for
// a time, or has not done so for very long.
func awaitSettled(ctx context.Context, folder string, quiet time.Duration) error {
	const looks = 10

	last, same := int64(-1), 0
	for range maxSettles * looks {
		usage, err := diskUsage(ctx, folder)
		if err != nil {
			return err
		}

		if same++; usage != last {
			last, same = usage, 0
		}

		if same == looks {
			return nil
		}

		if err := wait(ctx, quiet/looks); err != nil {
			return err
		}
	}

	return nil
}

// opening measures how long it takes to open the log that was filled and
// closed. Its files are in the page cache.
func (r *readRun) opening(ctx context.Context) error {
	for range r.Rounds {
		var log store.Log

		log, err := r.openFilled(ctx)
		if err != nil {
			return err
		}

		if err := closeAfter(ctx, log, nil); err != nil {
			return err
		}
	}

	text := "opening a log of " + grouped(int64(r.Events)) + " events"

	return r.figures(
		Figure{Name: "open_median", Text: text + ", median", Value: medianOf(r.opened, millis), Unit: "ms"},
		Figure{Name: "open_slowest", Text: text + ", slowest", Value: millis(slices.Max(r.opened)), Unit: "ms", AtMost: 1000})
}
