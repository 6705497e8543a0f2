package server_test

import (
	"encoding/binary"
	"net/http"
	"testing"

	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/server"
)

// TestSocketsOfNobody sees that a page is told why it is not let in: by the code
// of a socket, because it cannot see the status of a handshake.
func TestSocketsOfNobody(t *testing.T) {
	t.Parallel()

	for code, why := range map[uint16]error{3000: fault.Unauthenticated("who is it?"), 3003: fault.Forbidden("not you")} {
		identity, err := auth.New(t.Context(), auth.Options{Func: func(*http.Request) (auth.Caller, error) { return auth.Caller{}, why }})
		must(t, err)

		h := newHouse(t, func(o *server.Options) { o.Auth = identity })

		const closing = 8

		opcode, payload, err := h.dial().welcomed(http.StatusSwitchingProtocols).read()
		if err != nil || opcode != closing || len(payload) < 2 || binary.BigEndian.Uint16(payload) != code {
			t.Errorf("%v: got %d %q (%v), want it closed with %d", why, opcode, payload, err, code)
		}
	}
}
