package loopback_test

import (
	"net"
	"net/netip"
	"testing"

	"github.com/recountdev/recount/internal/loopback"
)

// TestFreeAddress listens on what is free, below the ports that systems give.
func TestFreeAddress(t *testing.T) {
	t.Parallel()

	address, err := loopback.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}

	at, err := netip.ParseAddrPort(address)
	if err != nil || !at.Addr().IsLoopback() || at.Port() < 10_000 || at.Port() >= 30_000 {
		t.Errorf("got %s, %v", address, err)
	}

	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}

	if err := listener.Close(); err != nil {
		t.Error(err)
	}
}
