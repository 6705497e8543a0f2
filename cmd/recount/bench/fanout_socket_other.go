//go:build !linux

package bench

import (
	"context"
	"net"
	"sync"
	"time"

	"github.com/recountdev/recount/fault"
)

// socket is a TCP connection.
type socket struct{ *net.TCPConn }

// dial connects to an address.
func dial(ctx context.Context, address string) (*socket, error) {
	var dialer net.Dialer

	dialed, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}

	conn, ok := dialed.(*net.TCPConn)
	if !ok {
		dialed.Close()

		return nil, fault.Internal("a connection to %s is no TCP connection", address)
	}

	return &socket{conn}, nil
}

// smallWindow is about the room that a socket has that is not read.
const smallWindow = 4 << 10

// dialSmall connects as dial does, with little room for what is not read.
func dialSmall(ctx context.Context, address string) (*socket, error) {
	s, err := dial(ctx, address)
	if err != nil {
		return nil, err
	}

	if err := s.SetReadBuffer(smallWindow); err != nil {
		s.Close()

		return nil, err
	}

	return s, nil
}

// Close closes the connection at once: it does not linger, because so many
// ports would wait otherwise.
func (s *socket) Close() {
	_ = s.SetLinger(0)
	s.TCPConn.Close()
}

// poller reads what comes for many clients.
type poller struct {
	crowd   *crowd
	readers sync.WaitGroup
}

// startPoller begins to read for the clients that are added.
func startPoller(c *crowd) (*poller, error) { return &poller{crowd: c}, nil }

// add reads for a client from now on.
func (p *poller) add(one *client) error {
	p.readers.Go(func() {
		for b := new(frameBuffer); ; {
			n, err := one.conn.Read(one.space(b))
			if err == nil {
				err = one.arrived(b, n)
			}

			if err != nil {
				p.crowd.ended(one, err)

				return
			}
		}
	})

	return nil
}

// halt returns when nothing is read any more.
func (p *poller) halt() {
	for _, one := range p.crowd.clients {
		if one.conn != nil {
			one.conn.Close()
		}
	}

	p.readers.Wait()
}

// cpuTime returns 0: this system is not asked how much CPU time was used.
func cpuTime() time.Duration { return 0 }
