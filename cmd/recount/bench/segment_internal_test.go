package bench

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// readSegment returns the events of a segment file, by their text.
func readSegment(t *testing.T, path string) map[string]int {
	t.Helper()

	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}

	events := make(map[string]int)

	for len(data) > 0 {
		length, sum := binary.LittleEndian.Uint32(data), binary.LittleEndian.Uint32(data[4:])
		event := data[8 : 8+length]

		if got := crc32.Checksum(event, crc32.MakeTable(crc32.Castagnoli)); got != sum {
			t.Fatalf("%q has the checksum %x, the file says %x", event, got, sum)
		}

		events[string(event)]++
		data = data[8+length:]
	}

	return events
}

func TestSegmentKeepsEveryEventOnce(t *testing.T) {
	t.Parallel()

	const appenders, each = 32, 20

	path := filepath.Join(t.TempDir(), "segment")

	for round := range 2 { // the second goes on where the first ended
		s, err := openSegment(path)
		if err != nil {
			t.Fatal(err)
		}

		var group sync.WaitGroup

		for a := range appenders {
			group.Go(func() {
				for i := range each {
					if err := s.append(t.Context(), fmt.Appendf(nil, "%d/%d/%d", round, a, i)); err != nil {
						t.Error(err)
					}
				}
			})
		}

		group.Wait()

		if err := s.close(); err != nil {
			t.Fatal(err)
		}
	}

	events := readSegment(t, path)
	if len(events) != 2*appenders*each {
		t.Errorf("appended %d events, the file has %d", 2*appenders*each, len(events))
	}

	for event, times := range events {
		if times != 1 {
			t.Errorf("%q stands %d times in the file", event, times)
		}
	}
}

func TestOverwrittenSegmentGoesInCircles(t *testing.T) {
	t.Parallel()

	const size = 1 << 20

	path := filepath.Join(t.TempDir(), "segment")

	s, err := openOverwritten(path, size)
	if err != nil {
		t.Fatal(err)
	}

	event := bytes.Repeat([]byte("x"), 100_000)
	for range 12 { // 10 fit
		if err := s.append(t.Context(), event); err != nil {
			t.Fatal(err)
		}
	}

	if err := s.close(); err != nil {
		t.Fatal(err)
	}

	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}

	if info.Size() != size || s.end != 2*(100_000+8) {
		t.Errorf("the file has %d bytes and ends at %d, want %d and %d", info.Size(), s.end, size, 2*(100_000+8))
	}
}

func TestSegmentAnswersAfterItsEnd(t *testing.T) {
	t.Parallel()

	s, err := openSegment(filepath.Join(t.TempDir(), "segment"))
	if err != nil {
		t.Fatal(err)
	}

	for range 2 {
		if err := s.close(); err != nil {
			t.Fatal(err)
		}
	}

	if err := s.append(t.Context(), []byte("late")); !errors.Is(err, errSegmentClosed) {
		t.Errorf("an append to a closed segment returned %v", err)
	}
}

func TestSegmentTellsThatItCouldNotWrite(t *testing.T) {
	t.Parallel()

	path := filepath.Join(t.TempDir(), "segment")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}

	file, err := os.Open(path) // not for writing
	if err != nil {
		t.Fatal(err)
	}

	s := startSegment(file, 0, 0)
	if err := s.append(t.Context(), []byte("lost")); err == nil {
		t.Error("an append that could not be written returned nil")
	}

	if err := s.close(); err != nil {
		t.Fatal(err)
	}
}

func TestSegmentLetsGoOfAnAppenderWhoseContextEnds(t *testing.T) {
	t.Parallel()

	s, err := openSegment(filepath.Join(t.TempDir(), "segment"))
	if err != nil {
		t.Fatal(err)
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()

	for range 100 { // an answer may be there as soon as the end of the context
		if err := s.append(ctx, []byte("x")); err != nil && !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}

	if err := s.close(); err != nil {
		t.Fatal(err)
	}
}
