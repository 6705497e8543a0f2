package bench

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"strconv"
	"sync"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/wire"
)

// bareLoop is what fan-out costs at least: one loop that writes each frame to
// one socket after the other. It checks nothing, and waits for a client that
// does not read. Without a log it stores nothing, either; with one, frames are
// durable before they are written.
type bareLoop struct {
	*beats

	listener net.Listener
	texts    *texts
	log      *bareLog  // nil: no disk
	sent     []uint64  // the last version of each room
	took     [][]int64 // of each version of each room, the nanoseconds until it was durable

	mu     sync.Mutex
	rooms  [][]net.Conn // fixed once all have come
	closed bool
}

// bareLatency is one round of the bare loop without a disk.
func (r *fanoutRun) bareLatency(ctx context.Context, b *beats, name string) (*latencyResult, error) {
	return r.bareRound(ctx, b, name, nil)
}

// syncedLatency is one round of the bare loop behind a log that syncs.
func (r *fanoutRun) syncedLatency(ctx context.Context, b *beats, name string) (result *latencyResult, err error) {
	log, err := openBareLog(r.folder)
	if err != nil {
		return nil, err
	}

	defer func() { err = errors.Join(err, log.close()) }()

	return r.bareRound(ctx, b, name, log)
}

// bareRound is one round of a bare loop, behind a log unless that is nil.
func (r *fanoutRun) bareRound(ctx context.Context, b *beats, name string, log *bareLog) (*latencyResult, error) {
	var listening net.ListenConfig

	listener, err := listening.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}

	l := &bareLoop{
		beats: b, listener: listener, texts: r.texts, log: log,
		rooms: make([][]net.Conn, b.rooms), sent: make([]uint64, b.rooms), took: make([][]int64, b.rooms),
	}
	defer l.cut()
	defer context.AfterFunc(ctx, l.cut)()

	accepted := make(chan error, 1)
	go func() { accepted <- l.accept(b.rooms * b.each) }()

	_, err = r.load.ask(ctx, &order{Connect: &connectOrder{
		Address: listener.Addr().String(), Rooms: roomNames(b.rooms), Each: b.each, Plain: true, Samples: true,
	}})
	if err != nil {
		l.cut()

		return nil, errors.Join(err, <-accepted)
	}

	if err := <-accepted; err != nil {
		return nil, err
	}

	runtime.GC()
	b.start = time.Now()
	before := cpuTime()

	if err := r.profiled(name, func() error { return l.run(ctx) }); err != nil {
		return nil, err
	}

	return r.collect(ctx, b, l.took, before)
}

// accept takes the sockets of n clients, each of which says its room.
func (l *bareLoop) accept(n int) error {
	for range n {
		conn, err := l.listener.Accept()
		if err != nil {
			return err
		}

		var digits [8]byte
		if _, err := io.ReadFull(conn, digits[:]); err != nil {
			conn.Close()

			return err
		}

		room, err := strconv.Atoi(string(digits[:]))
		if err != nil || room >= len(l.rooms) || !l.keep(room, conn) {
			conn.Close()

			return fault.Internal("a client came for room %q", digits)
		}
	}

	return nil
}

// keep keeps a socket until cut is called; false if it is too late.
func (l *bareLoop) keep(room int, conn net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()

	l.rooms[room] = append(l.rooms[room], conn)

	return !l.closed
}

// cut closes all sockets.
func (l *bareLoop) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()

	l.closed = true
	l.listener.Close()

	for _, room := range l.rooms {
		for _, conn := range room {
			conn.Close()
		}
	}
}

// run is the loop.
func (l *bareLoop) run(ctx context.Context) error {
	if l.log != nil {
		return l.runSynced(ctx)
	}

	var frame []byte

	for n := 0; ; n++ {
		made := l.due(n) // an event waits from then on, if the loop is late
		if time.Until(made) > 0 {
			made = time.Time{}
		}

		if on, err := l.await(ctx, n); err != nil || !on {
			return err
		}

		if made.IsZero() {
			made = time.Now()
		}

		room := n % l.beats.rooms
		frame = l.frame(frame[:0], n, made)
		l.took[room] = append(l.took[room], 0) // nothing was stored

		if err := l.write(room, frame); err != nil {
			return err
		}
	}
}

// write writes a frame to all sockets of a room.
func (l *bareLoop) write(room int, frame []byte) error {
	for _, conn := range l.rooms[room] {
		if _, err := conn.Write(frame); err != nil {
			return fmt.Errorf("write to a plain socket: %w", err)
		}
	}

	return nil
}

// frame appends the frame of the n-th event, the next of its room.
func (l *bareLoop) frame(dst []byte, n int, now time.Time) []byte {
	room := n % l.beats.rooms
	l.sent[room]++

	return appendFrame(dst, l.message(room, n, now))
}

// message returns the text that the server sends for such an event.
func (l *bareLoop) message(room, n int, now time.Time) []byte {
	e := event.Event{
		ID:          event.NewID(),
		Version:     event.Version(l.sent[room]),
		Position:    event.PositionAt(uint64(n + 1)),
		Type:        movedType,
		Time:        now,
		Recorded:    now,
		ContentType: jsonData,
		Data:        l.texts.data(n, now),
	}
	text := wire.AppendPushHead(nil, []byte(`"1"`), "room:"+strconv.Itoa(room), "events")

	return append(wire.AppendEvents(text, []event.Event{e}, l.sent[room], false), ']')
}

// appendFrame appends a text as the frame that a server sends.
func appendFrame(dst, text []byte) []byte {
	const whole = 0x81 // a text in one frame
	switch n := len(text); {
	case n < 126:
		dst = append(dst, whole, byte(n))
	case n < 1<<16:
		dst = binary.BigEndian.AppendUint16(append(dst, whole, 126), uint16(n))
	default:
		dst = binary.BigEndian.AppendUint64(append(dst, whole, 127), uint64(n))
	}

	return append(dst, text...)
}
