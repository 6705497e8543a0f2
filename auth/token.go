package auth

import (
	"encoding/base64"
	"net/http"
	"strings"
)

// protocolPrefix stands before the token in the WebSocket subprotocol that
// phoenix.js asks for when it was given an authToken.
const protocolPrefix = "base64url.bearer.phx."

// TokenOf returns the token of a request, "" if it has none. It looks at
//
//   - the header Authorization: Bearer TOKEN,
//   - the header Sec-WebSocket-Protocol: phoenix, base64url.bearer.phx.TOKEN
//     with the token in base64url, as phoenix.js sends it,
//   - the parameter token of the address,
//
// and the first of them counts. What it returns is not checked. A subprotocol
// that cannot be decoded is returned as it is, so that it is refused later: who
// means to show a token is never taken for somebody without one.
func TokenOf(r *http.Request) string {
	if token := bearer(r.Header.Values("Authorization")); token != "" {
		return token
	}

	if token := subprotocol(r.Header.Values("Sec-Websocket-Protocol")); token != "" {
		return token
	}

	if r.URL == nil || !strings.Contains(r.URL.RawQuery, "token=") {
		return ""
	}

	return r.URL.Query().Get("token")
}

func bearer(headers []string) string {
	for _, header := range headers {
		scheme, token, _ := strings.Cut(strings.TrimSpace(header), " ")
		if token = strings.TrimSpace(token); token != "" && strings.EqualFold(scheme, "Bearer") {
			return token
		}
	}

	return ""
}

func subprotocol(headers []string) string {
	for _, header := range headers {
		for offered := range strings.SplitSeq(header, ",") {
			encoded, is := strings.CutPrefix(strings.TrimSpace(offered), protocolPrefix)
			if !is || encoded == "" {
				continue
			}

			// phoenix.js encodes with btoa, which has the other alphabet, and
			// takes the padding off.
			plain := strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(encoded, "="))

			token, err := base64.RawURLEncoding.DecodeString(plain)
			if err != nil || len(token) == 0 {
				return encoded
			}

			return string(token)
		}
	}

	return ""
}
