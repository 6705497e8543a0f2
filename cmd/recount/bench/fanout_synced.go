package bench

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// bareLogSize is the size of the file that the bare loop's log overwrites in
// circles.
const bareLogSize = 16 << 20

// bareEvent is an event on its way through the bare loop that syncs.
type bareEvent struct {
	room  int
	sent  time.Time
	frame []byte
}

// bareLog is the least that makes events durable before they are sent: a file
// that was filled with zeros, and is overwritten in circles. It keeps nothing
// for long, and nobody can read from it.
type bareLog struct {
	*segment // only its write is used: nothing else syncs the file
}

// openBareLog opens the bare log of a run.
func openBareLog(folder string) (*bareLog, error) {
	file, err := os.OpenFile(filepath.Join(folder, "bare-log"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}

	if err := fillWithZeros(file, bareLogSize); err != nil {
		file.Close()

		return nil, fmt.Errorf("prepare the bare log: %w", err)
	}

	return &bareLog{&segment{file: file, circle: bareLogSize}}, nil
}

// close closes the file; nil logs have none.
func (l *bareLog) close() error {
	if l == nil {
		return nil
	}

	return l.file.Close()
}

// runSynced is the loop behind a log. Three goroutines: one makes events at
// their pace, one makes all that wait durable with one write and one sync, and
// one writes their frames to one socket after the other. So events are synced
// while earlier ones are written. What waits is as much as a round has, at most.
func (l *bareLoop) runSynced(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)

	var (
		due     = make(chan bareEvent, l.until)
		durable = make(chan bareEvent, l.until)
		workers sync.WaitGroup
	)

	for _, work := range []func() error{
		func() error { return l.pace(ctx, due) },
		func() error { return l.sync(due, durable) },
		func() error { return l.send(durable) },
	} {
		workers.Go(func() {
			if err := work(); err != nil {
				cancel(err)
			}
		})
	}

	workers.Wait()

	return context.Cause(ctx)
}

// pace makes every event when it is due. It never waits for the log.
func (l *bareLoop) pace(ctx context.Context, due chan<- bareEvent) error {
	defer close(due)

	for n := 0; ; n++ {
		if on, err := l.await(ctx, n); err != nil || !on {
			return err
		}

		now := time.Now()
		due <- bareEvent{n % l.beats.rooms, now, l.frame(nil, n, now)}
	}
}

// sync makes events durable: all that wait with one sync.
func (l *bareLoop) sync(due <-chan bareEvent, durable chan<- bareEvent) error {
	defer close(durable)

	var (
		group []bareEvent
		bytes []byte
	)

	for first := range due {
		group = append(group[:0], first)
		for range len(due) { // nobody else takes them
			group = append(group, <-due)
		}

		bytes = bytes[:0]
		for i := range group {
			bytes = appendRecord(bytes, group[i].frame)
		}

		if err := l.log.write(bytes); err != nil {
			return err
		}

		for _, e := range group {
			l.took[e.room] = append(l.took[e.room], int64(time.Since(e.sent)))
			durable <- e
		}
	}

	return nil
}

// send writes the frames of events that are durable.
func (l *bareLoop) send(durable <-chan bareEvent) error {
	for e := range durable {
		if err := l.write(e.room, e.frame); err != nil {
			return err
		}
	}

	return nil
}
