package auth_test

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/recountdev/recount/auth"
)

func TestTokenOf(t *testing.T) {
	t.Parallel()

	// What btoa("a.b.c?~>") without padding is: it has + and / in it.
	const phoenix = "phoenix, base64url.bearer.phx.YS5iLmM/fj4"

	for name, c := range map[string]struct {
		target string
		header http.Header
		want   string
	}{
		"none":                 {"/", nil, ""},
		"bearer":               {"/", http.Header{"Authorization": {"Bearer a.b.c"}}, "a.b.c"},
		"bearer in lower case": {"/", http.Header{"Authorization": {" bearer   a.b.c "}}, "a.b.c"},
		"bearer without token": {"/", http.Header{"Authorization": {"Bearer "}}, ""},
		"bearer with more":     {"/", http.Header{"Authorization": {"Bearer a.b.c d"}}, "a.b.c d"},
		"basic":                {"/", http.Header{"Authorization": {"Basic YTpi"}}, ""},
		"basic, then bearer":   {"/", http.Header{"Authorization": {"Basic YTpi", "Bearer a.b.c"}}, "a.b.c"},
		"phoenix":              {"/", http.Header{"Sec-Websocket-Protocol": {phoenix}}, "a.b.c?~>"},
		"phoenix, base64url":   {"/", http.Header{"Sec-Websocket-Protocol": {"base64url.bearer.phx.YS5iLmM_fj4=, phoenix"}}, "a.b.c?~>"},
		"phoenix in two lines": {"/", http.Header{"Sec-Websocket-Protocol": {"phoenix", "base64url.bearer.phx.YS5iLmM"}}, "a.b.c"},
		"phoenix alone":        {"/", http.Header{"Sec-Websocket-Protocol": {"phoenix"}}, ""},
		"phoenix, empty":       {"/", http.Header{"Sec-Websocket-Protocol": {"phoenix, base64url.bearer.phx."}}, ""},
		"phoenix, broken":      {"/", http.Header{"Sec-Websocket-Protocol": {"phoenix, base64url.bearer.phx.%%%"}}, "%%%"},
		"phoenix, padding":     {"/", http.Header{"Sec-Websocket-Protocol": {"phoenix, base64url.bearer.phx.==="}}, "==="},
		"parameter":            {"/?vsn=2.0.0&token=a.b.c", nil, "a.b.c"},
		"parameter, encoded":   {"/?token=a.b%2Ec", nil, "a.b.c"},
		"parameter, empty":     {"/?token=&token=a.b.c", nil, ""},
		"another parameter":    {"/?xtoken=a.b.c", nil, ""},
		"broken query":         {"/?token=%zz", nil, ""},
		"bearer first":         {"/?token=x", http.Header{"Authorization": {"Bearer a.b.c"}, "Sec-Websocket-Protocol": {phoenix}}, "a.b.c"},
		"phoenix second":       {"/?token=x", http.Header{"Sec-Websocket-Protocol": {phoenix}}, "a.b.c?~>"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			r := httptest.NewRequest(http.MethodGet, c.target, http.NoBody)
			if c.header != nil {
				r.Header = c.header
			}

			if got := auth.TokenOf(r); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func FuzzTokenOf(f *testing.F) {
	f.Add("Bearer a.b.c", "phoenix, base64url.bearer.phx.YS5iLmM", "token=a.b.c")
	f.Add("", "base64url.bearer.phx.", "token=%zz;&token")
	f.Add("Basic x", "base64url.bearer.phx.=,,", "")

	f.Fuzz(func(t *testing.T, authorization, protocols, query string) {
		r := &http.Request{
			Header: http.Header{"Authorization": {authorization}, "Sec-Websocket-Protocol": {protocols}},
			URL:    &url.URL{RawQuery: query},
		}
		_ = auth.TokenOf(r)

		// Whatever a client gives to phoenix.js as authToken arrives.
		if authorization == "" {
			return
		}

		r = &http.Request{Header: http.Header{"Sec-Websocket-Protocol": {"phoenix, base64url.bearer.phx." + base64.RawStdEncoding.EncodeToString([]byte(authorization))}}}
		if got := auth.TokenOf(r); got != authorization {
			t.Fatalf("got %q, want %q", got, authorization)
		}
	})
}
