package bench

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// diskSocket takes frames only if the bare log has them already.
type diskSocket struct {
	net.Conn

	t      *testing.T
	path   string
	frames [][]byte
}

func (s *diskSocket) Write(p []byte) (int, error) {
	text, err := os.ReadFile(s.path)
	if err != nil {
		return 0, err
	}

	if !bytes.Contains(text, appendRecord(nil, p)) {
		s.t.Errorf("a frame was written before the log had it: %s", p)
	}

	s.frames = append(s.frames, bytes.Clone(p))

	return len(p), nil
}

// newSyncedLoop returns a loop over two rooms with one socket each.
func newSyncedLoop(t *testing.T, folder string) (*bareLoop, []*diskSocket) {
	t.Helper()

	log, err := openBareLog(folder)
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(func() { log.close() })

	l := &bareLoop{
		beats: &beats{rooms: 2, each: 1, every: 100 * time.Microsecond, until: 50, start: time.Now()},
		texts: newTexts(), log: log, sent: make([]uint64, 2), took: make([][]int64, 2), rooms: make([][]net.Conn, 2),
	}

	sockets := make([]*diskSocket, 0, 2)
	for room := range l.rooms {
		s := &diskSocket{t: t, path: filepath.Join(folder, "bare-log")}
		sockets = append(sockets, s)
		l.rooms[room] = []net.Conn{s}
	}

	return l, sockets
}

func TestSyncedLoopSendsWhatIsOnDisk(t *testing.T) {
	t.Parallel()

	l, sockets := newSyncedLoop(t, t.TempDir())
	if err := l.run(t.Context()); err != nil {
		t.Fatal(err)
	}

	for room, s := range sockets {
		if len(s.frames) != 25 || l.sent[room] != 25 || len(l.took[room]) != 25 {
			t.Fatalf("room %d got %d frames of %d, %d are durable; want 25", room, len(s.frames), l.sent[room], len(l.took[room]))
		}

		for i, frame := range s.frames {
			if _, payload, _ := cutFrame(frame); !bytes.HasSuffix(payload, []byte(`"upto":`+number(float64(i+1))+`}]`)) {
				t.Errorf("room %d: frame %d is %s", room, i+1, payload)
			}

			if l.took[room][i] <= 0 {
				t.Errorf("room %d: event %d was durable after %d ns", room, i+1, l.took[room][i])
			}
		}
	}
}

// TestSyncedLoopSyncsOnceForAll has everything due before anything is synced.
func TestSyncedLoopSyncsOnceForAll(t *testing.T) {
	t.Parallel()

	folder := t.TempDir()
	l, _ := newSyncedLoop(t, folder)
	l.log.file.Close() // the first write fails, and tells how much it was to write

	due, durable := make(chan bareEvent, 3), make(chan bareEvent, 3)
	for range 3 {
		due <- bareEvent{frame: []byte("frame")}
	}
	close(due)

	if err := l.sync(due, durable); err == nil || !strings.Contains(err.Error(), "write the segment file") {
		t.Errorf("a write to a closed file: %v", err)
	}

	if _, more := <-durable; more || len(due) > 0 {
		t.Errorf("an event was durable: %t; %d still waited for another sync", more, len(due))
	}

	l, _ = newSyncedLoop(t, folder)
	l.log.file.Close()

	if err := l.run(t.Context()); err == nil || !strings.Contains(err.Error(), "write the segment file") {
		t.Errorf("the loop with a closed file ended with %v", err)
	}
}

func TestBareLogIsAsLargeAsItGets(t *testing.T) {
	t.Parallel()

	folder := t.TempDir()
	l, _ := newSyncedLoop(t, folder)
	record := bytes.Repeat([]byte{'x'}, bareLogSize/3)

	for range 4 {
		if err := l.log.write(record); err != nil {
			t.Fatal(err)
		}
	}

	if info, err := os.Stat(filepath.Join(folder, "bare-log")); err != nil || info.Size() != bareLogSize {
		t.Errorf("the file has %v, want %d bytes: %v", info, bareLogSize, err)
	}
}
