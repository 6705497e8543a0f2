package websocket_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"testing"

	"github.com/recountdev/recount/server/internal/websocket"
)

// maxIdle is what an idle connection may cost this layer, in bytes of RssAnon.
const maxIdle = 4608

// BenchmarkIdle measures what idle connections cost, after each has sent and
// got a message. The clients are in a process of their own. The time is of no
// interest:
//
//	go test -run '^$' -bench Idle -benchtime 1x ./server/internal/websocket
func BenchmarkIdle(b *testing.B) {
	const connections = 5000

	h := newHost(b, websocket.Options{Compress: true}, echo)
	h.conns, h.ends = make(chan *websocket.Conn, connections), make(chan error, connections)
	h.Start()

	for b.Loop() {
		before := measureProcess(b)
		crowd := startCrowd(b, h.Listener.Addr().String(), connections)
		per := measureProcess(b).since(before, connections)

		b.ReportMetric(per.rss, "RSS-B/conn")
		b.ReportMetric(per.anon, "anon-B/conn")
		b.ReportMetric(per.stack, "stack-B/conn")
		b.ReportMetric(per.heap, "heap-B/conn")

		if per.anon > maxIdle {
			b.Errorf("an idle connection costs %.0f bytes, the limit is %d", per.anon, maxIdle)
		}

		crowd.leave()

		for range connections {
			<-h.conns
			_ = h.end()
		}
	}
}

// TestIdleHoldsNoBuffer holds the same against a looser bar, that the race
// detector cannot reach either: no connection may hold a buffer, or the stack
// that its last message needed.
func TestIdleHoldsNoBuffer(t *testing.T) {
	const connections = 500

	h := newHost(t, websocket.Options{Compress: true}, echo)
	h.conns, h.ends = make(chan *websocket.Conn, connections), make(chan error, connections)
	h.Start()

	before := measure()
	crowd := startCrowd(t, h.Listener.Addr().String(), connections)
	per := measure().since(before, connections)
	crowd.leave()

	for range connections {
		<-h.conns
		_ = h.end()
	}

	t.Logf("stack %.0f, heap %.0f bytes a connection", per.stack, per.heap)

	if per.stack > 7<<10 {
		t.Errorf("an idle connection has a stack of %.0f bytes", per.stack)
	}

	if per.heap > 2<<10 {
		t.Errorf("an idle connection has %.0f bytes on the heap", per.heap)
	}
}

// memory is what this process uses, in bytes.
type memory struct{ rss, anon, stack, heap float64 }

// measure collects garbage until nothing more goes, and looks.
func measure() memory {
	for range 4 { // pools and stacks need more than one round
		runtime.GC()
	}

	debug.FreeOSMemory()

	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)

	return memory{stack: float64(stats.StackInuse), heap: float64(stats.HeapAlloc)}
}

// measureProcess looks as Linux sees the process, too.
func measureProcess(tb testing.TB) memory {
	tb.Helper()

	m := measure()

	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		tb.Fatal(err)
	}

	for line := range bytes.Lines(status) {
		var name string

		var kilobytes float64
		if n, _ := fmt.Sscan(string(line), &name, &kilobytes); n < 2 {
			continue
		}

		switch name {
		case "VmRSS:":
			m.rss = kilobytes * 1024
		case "RssAnon:":
			m.anon = kilobytes * 1024
		default:
		}
	}

	return m
}

// since returns what one of n has added.
func (m memory) since(before memory, n float64) memory {
	return memory{(m.rss - before.rss) / n, (m.anon - before.anon) / n, (m.stack - before.stack) / n, (m.heap - before.heap) / n}
}

// crowd is a process full of clients.
type crowd struct {
	testing.TB
	*exec.Cmd

	stdin io.Closer
}

// startCrowd starts a process with n clients, of which each has sent and got a
// message.
func startCrowd(tb testing.TB, address string, n int) *crowd {
	tb.Helper()

	program, err := os.Executable()
	if err != nil {
		tb.Fatal(err)
	}

	cmd := exec.CommandContext(tb.Context(), program)
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s %d", crowdEnv, address, n))
	cmd.Stderr = os.Stderr

	stdin, err := cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}

	stdout, err := cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}

	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}

	if line, err := bufio.NewReader(stdout).ReadString('\n'); err != nil {
		tb.Fatalf("the crowd says %q: %v", line, err)
	}

	return &crowd{TB: tb, Cmd: cmd, stdin: stdin}
}

// leave ends the process.
func (c *crowd) leave() {
	c.Helper()
	c.stdin.Close()

	if err := c.Wait(); err != nil {
		c.Fatal(err)
	}
}

// joinCrowd is the process: it connects, says so, and stays until its standard
// input ends.
func joinCrowd(what string) error {
	var (
		address string
		n       int
	)

	if _, err := fmt.Sscan(what, &address, &n); err != nil {
		return err
	}

	message := words(600)
	in := bufio.NewReaderSize(nil, 8<<10)

	conns := make([]net.Conn, n)
	for i := range conns {
		conn, err := (&net.Dialer{}).Dial("tcp", address)
		if err != nil {
			return err
		}

		conns[i] = conn // the end of the process closes it
		if _, err := io.WriteString(conn, handshake("Sec-WebSocket-Extensions: permessage-deflate\r\n")+frame(fin|text, message)); err != nil {
			return err
		}

		in.Reset(conn)

		for line := ""; line != "\r\n"; {
			if line, err = in.ReadString('\n'); err != nil {
				return err
			}
		}

		if _, err := in.Discard(4 + len(message)); err != nil {
			return err
		}
	}

	if _, err := fmt.Fprintln(os.Stdout, "here"); err != nil {
		return err
	}

	_, err := io.Copy(io.Discard, os.Stdin)
	runtime.KeepAlive(conns)

	return err
}
