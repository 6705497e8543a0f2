package bench

import (
	"context"
	"errors"
	"io"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/recountdev/recount/fault"
)

// socket is a TCP connection that the runtime knows nothing of: what comes on
// it wakes one goroutine for all sockets, not one each. The load shares its
// cores with the server that is measured, so it has to be cheap.
type socket struct{ fd int }

// dial connects to an address on this machine, which takes no time.
func dial(_ context.Context, address string) (*socket, error) { return dialWith(address) }

// The small window of a socket, and the segments that it asks for: those of an
// Ethernet, because a sender over the loopback keeps megabytes otherwise before
// it notices that nobody reads.
const (
	smallWindow  = 4 << 10
	smallSegment = 1460
)

// dialSmall connects as dial does, with little room for what is not read.
func dialSmall(_ context.Context, address string) (*socket, error) {
	return dialWith(address,
		socketOption{syscall.SOL_SOCKET, syscall.SO_RCVBUF, smallWindow},
		socketOption{syscall.IPPROTO_TCP, syscall.TCP_MAXSEG, smallSegment})
}

// socketOption is a number that is set before a socket connects.
type socketOption struct{ level, name, value int }

// dialWith connects with options.
func dialWith(address string, options ...socketOption) (*socket, error) {
	at, err := netip.ParseAddrPort(address)
	if err != nil || !at.Addr().Is4() {
		return nil, fault.Invalid("address %q: give one such as 127.0.0.1:4000 (%w)", address, err)
	}

	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}

	s := &socket{fd}

	for _, o := range options {
		if err := syscall.SetsockoptInt(fd, o.level, o.name, o.value); err != nil {
			s.Close()

			return nil, os.NewSyscallError("setsockopt", err)
		}
	}

	if err := syscall.Connect(fd, &syscall.SockaddrInet4{Addr: at.Addr().As4(), Port: int(at.Port())}); err != nil {
		s.Close()

		return nil, os.NewSyscallError("connect", err)
	}

	// It does not linger when it is closed: so many ports would wait otherwise.
	err = errors.Join(
		syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1),
		syscall.SetsockoptLinger(fd, syscall.SOL_SOCKET, syscall.SO_LINGER, &syscall.Linger{Onoff: 1}))
	if err != nil {
		s.Close()

		return nil, os.NewSyscallError("setsockopt", err)
	}

	return s, nil
}

// Read waits for some bytes.
func (s *socket) Read(p []byte) (int, error) {
	for {
		n, err := syscall.Read(s.fd, p)

		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case err != nil:
			return 0, os.NewSyscallError("read", err)
		case n == 0:
			return 0, io.EOF
		default:
			return n, nil
		}
	}
}

// Write waits until all bytes are out.
func (s *socket) Write(p []byte) (n int, err error) {
	for n < len(p) {
		out, err := syscall.Write(s.fd, p[n:])

		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case err != nil:
			return n, os.NewSyscallError("write", err)
		}

		n += out
	}

	return n, nil
}

// Close closes the connection at once.
func (s *socket) Close() { syscall.Close(s.fd) }

// poller reads what comes for many clients.
type poller struct {
	fd   int
	done chan struct{}
	stop [2]int // a pipe; what is written into it ends the reading

	added sync.Mutex // what was done before a client was added is seen by who reads
}

// pollStop stands for the pipe where clients have their index.
const pollStop = -1

// startPoller begins to read for the clients that are added.
func startPoller(c *crowd) (*poller, error) {
	p := &poller{done: make(chan struct{})}

	var err error
	if p.fd, err = syscall.EpollCreate1(syscall.EPOLL_CLOEXEC); err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}

	if err := syscall.Pipe2(p.stop[:], syscall.O_CLOEXEC); err != nil {
		syscall.Close(p.fd)

		return nil, os.NewSyscallError("pipe2", err)
	}

	if err := p.watch(p.stop[0], pollStop); err != nil {
		p.close()

		return nil, err
	}

	go func() {
		defer close(p.done)

		if err := p.run(c); err != nil {
			c.fail(err)
		}
	}()

	return p, nil
}

func (p *poller) watch(fd, index int) error {
	event := syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(index)}

	return os.NewSyscallError("epoll_ctl", syscall.EpollCtl(p.fd, syscall.EPOLL_CTL_ADD, fd, &event))
}

// add reads for a client from now on.
func (p *poller) add(one *client) error {
	p.added.Lock()
	defer p.added.Unlock()

	return p.watch(one.conn.fd, one.index)
}

// halt returns when nothing is read any more.
func (p *poller) halt() {
	_, _ = syscall.Write(p.stop[1], []byte{0}) // there is room

	<-p.done
	p.close()
}

func (p *poller) close() {
	for _, fd := range []int{p.fd, p.stop[0], p.stop[1]} {
		syscall.Close(fd)
	}
}

// run reads for all clients, as much as is there from each, until it is halted.
func (p *poller) run(c *crowd) error {
	var (
		b      = new(frameBuffer)
		events [256]syscall.EpollEvent
	)

	for {
		n, err := p.wait(events[:])
		if err != nil {
			return err
		}

		for i := range n {
			if events[i].Fd == pollStop {
				return nil
			}

			if err := p.read(c, c.clients[events[i].Fd], b); err != nil {
				return err
			}
		}
	}
}

// wait waits until something came, and returns for how many.
func (p *poller) wait(events []syscall.EpollEvent) (int, error) {
	n, err := syscall.EpollWait(p.fd, events, -1)

	p.added.Lock()
	defer p.added.Unlock()

	switch {
	case errors.Is(err, syscall.EINTR):
		return 0, nil
	case err != nil:
		return 0, os.NewSyscallError("epoll_wait", err)
	default:
		return n, nil
	}
}

// read reads for one client, and no more if that fails.
func (p *poller) read(c *crowd, one *client, b *frameBuffer) error {
	n, err := one.conn.Read(one.space(b))
	if err == nil {
		err = one.arrived(b, n)
	}

	if err == nil {
		return nil
	}

	if err := syscall.EpollCtl(p.fd, syscall.EPOLL_CTL_DEL, one.conn.fd, nil); err != nil {
		return os.NewSyscallError("epoll_ctl", err)
	}

	c.ended(one, err)

	return nil
}

// cpuTime returns how much CPU time this process has used, in the system as
// well; 0 if that cannot be told.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}

	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
