package websocket

import (
	"github.com/gobwas/httphead"
	"github.com/gobwas/ws/wsflate"
)

// negotiate returns the answer to the extensions that a client offers: the first
// permessage-deflate that this package can speak, or "". No side takes context
// over to its next message, so that nothing is kept between messages. We inflate
// any window, and deflate with the full one of 15 bits: an offer that wants us
// to use a smaller one is declined.
func negotiate(headers []string) string {
	for _, header := range headers {
		offers, ok := httphead.ParseOptions([]byte(header), nil)
		if !ok {
			continue
		}

		for i := range offers {
			var p wsflate.Parameters
			if string(offers[i].Name) != wsflate.ExtensionName || p.Parse(offers[i]) != nil {
				continue
			}

			switch p.ServerMaxWindowBits {
			case 0:
				return noTakeover
			case 15:
				return noTakeover + "; server_max_window_bits=15"
			default:
			}
		}
	}

	return ""
}

// noTakeover is the answer to an offer without conditions.
const noTakeover = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
