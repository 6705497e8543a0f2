// Package loopback finds addresses on this machine, for tests that start a
// program on the same one again and again.
package loopback

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
)

// Ports below those that systems give to who asks for any, so that nobody else
// gets one meanwhile (Linux begins at 32768, RFC 6335 at 49152).
const (
	lowest = 10_000
	ports  = 20_000
)

// FreeAddress returns an address where nobody listens.
func FreeAddress() (string, error) {
	for range ports {
		//nolint:gosec // not a secret
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", lowest+rand.IntN(ports))) //nolint:noctx // it waits for nothing
		if err != nil {
			continue // somebody has it
		}

		return listener.Addr().String(), listener.Close()
	}

	return "", errors.New("there is no free port from 10000 to 29999")
}
