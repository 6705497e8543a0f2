package bench

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"runtime"
	"sync"
)

// segment is the limit that logs are measured against: a bare file with group
// commit, and nothing else. An appender puts its event into a queue and waits;
// one committer goroutine takes the whole queue, writes every event in it
// (length, CRC-32C, bytes) with one write, syncs with one fdatasync, and
// answers all. While it does so, the next queue gathers.
//
// It has to do what no durable log can leave out, and in the same way: the
// queue is a slice under a mutex, what waits is pooled, an appender waits for
// its answer or for the end of its context, and bytes are copied once. It
// leaves out everything that makes a log out of a file: checks, versions,
// heads, indexes, readers, an envelope around the data.
type segment struct {
	file    *os.File
	circle  int64 // size of a file that is overwritten in circles; 0 if it grows
	end     int64
	pool    sync.Pool
	wake    chan struct{}
	stopped chan struct{}

	mu      sync.Mutex
	waiting []*segmentAppend
	closed  bool
}

// segmentAppend is an event that waits to be on disk.
type segmentAppend struct {
	data []byte
	done chan error
}

// errSegmentClosed answers whoever comes too late.
var errSegmentClosed = errors.New("the segment file is closed")

// openSegment opens the file for appending at its end. The file grows with
// every write, so that every fdatasync also has to make its new size durable.
// That is what a segment file does that nobody prepared, and it is the limit.
func openSegment(path string) (*segment, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}

	info, err := file.Stat()
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}

	return startSegment(file, info.Size(), 0), nil
}

// openOverwritten opens a file that was filled with zeros and synced before,
// and overwrites it in circles. So fdatasync has nothing but data to write. A
// log that keeps everything would pay for the zeros, too, which here nobody
// measures: it is faster than a segment file can be for long, and beside the
// limit only to show how much.
func openOverwritten(path string, size int64) (*segment, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}

	if err := fillWithZeros(file, size); err != nil {
		return nil, errors.Join(err, file.Close())
	}

	return startSegment(file, 0, size), nil
}

// fillWithZeros makes the file that large, unless it is already.
func fillWithZeros(file *os.File, size int64) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}

	zeros := make([]byte, 1<<20)
	for at := info.Size(); at < size; at += int64(len(zeros)) {
		if _, err := file.WriteAt(zeros, at); err != nil {
			return err
		}
	}

	return file.Sync()
}

func startSegment(file *os.File, end, circle int64) *segment {
	s := &segment{
		file:    file,
		circle:  circle,
		end:     end,
		wake:    make(chan struct{}, 1),
		stopped: make(chan struct{}),
	}
	s.pool.New = func() any { return &segmentAppend{done: make(chan error, 1)} }

	go s.commit()

	return s
}

// append returns when data is on disk.
func (s *segment) append(ctx context.Context, data []byte) error {
	a := s.pool.Get().(*segmentAppend) //nolint:errcheck,forcetypeassert // nothing else is put into the pool
	a.data = data

	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return errSegmentClosed
	}

	s.waiting = append(s.waiting, a)
	first := len(s.waiting) == 1
	s.mu.Unlock()

	if first {
		select {
		case s.wake <- struct{}{}:
		default:
		}
	}

	select {
	case err := <-a.done:
		a.data = nil
		s.pool.Put(a)

		return err
	case <-ctx.Done():
		return ctx.Err() // a is still in the queue: it must not be used again
	}
}

// commit is the one goroutine that writes. It ends after what was waiting when
// the segment was closed.
func (s *segment) commit() {
	defer close(s.stopped)

	var (
		group  []*segmentAppend
		buffer []byte
		more   = true
	)

	for more {
		<-s.wake
		group, more = s.take(group[:0])

		buffer = buffer[:0]
		for _, a := range group {
			buffer = appendRecord(buffer, a.data)
		}

		err := s.write(buffer)
		for _, a := range group {
			a.done <- err
		}

		// Those who were answered get to append again before the next group is
		// closed; without them it would be half as large, and at 16 appenders
		// the rate is then half (measured 2026-11-21: 29,000/s against 60,000/s).
		runtime.Gosched()
	}
}

// take returns the queue, leaves spare in its place, and says whether the
// segment is still open.
func (s *segment) take(spare []*segmentAppend) ([]*segmentAppend, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()

	group := s.waiting
	s.waiting = spare

	return group, !s.closed
}

// appendRecord appends an event as the file holds it.
func appendRecord(dst, data []byte) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(data)))
	dst = binary.LittleEndian.AppendUint32(dst, crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli)))

	return append(dst, data...)
}

// write makes the buffer durable: one write, one fdatasync.
func (s *segment) write(buffer []byte) error {
	if len(buffer) == 0 {
		return nil
	}

	if s.circle > 0 && s.end+int64(len(buffer)) > s.circle {
		s.end = 0
	}

	if _, err := s.file.WriteAt(buffer, s.end); err != nil {
		return fmt.Errorf("write the segment file: %w", err)
	}

	s.end += int64(len(buffer))
	if err := dataSync(s.file); err != nil {
		return fmt.Errorf("sync the segment file: %w", err)
	}

	return nil
}

// close finishes what waits, and closes the file.
func (s *segment) close() error {
	s.mu.Lock()
	again := s.closed
	s.closed = true
	s.mu.Unlock()

	if again {
		return nil
	}

	select {
	case s.wake <- struct{}{}:
	default:
	}

	<-s.stopped

	return s.file.Close()
}
