package fault_test

import (
	"testing"

	"github.com/recountdev/recount/fault"
)

// TestCodes holds the table of the errors, from disk to browser.
func TestCodes(t *testing.T) {
	t.Parallel()

	for _, c := range []struct {
		code   fault.Code
		status int
		rpc    int
		retry  bool
	}{
		{"invalid", 400, -32602, false},
		{"unauthenticated", 401, -32001, false},
		{"forbidden", 403, -32003, false},
		{"not_found", 404, -32004, false},
		{"conflict", 409, -32009, false},
		{"gone", 410, -32010, false},
		{"too_large", 413, -32013, false},
		{"rejected", 422, -32022, false},
		{"rate_limited", 429, -32029, true},
		{"unavailable", 503, -32053, true},
		{"internal", 500, -32603, false},
		{"of somebody else", 500, -32603, false},
		{"", 500, -32603, false},
	} {
		if got := c.code.HTTPStatus(); got != c.status {
			t.Errorf("HTTP status of %q: got %d, want %d", c.code, got, c.status)
		}

		if got := c.code.RPC(); got != c.rpc {
			t.Errorf("JSON-RPC code of %q: got %d, want %d", c.code, got, c.rpc)
		}

		if got := c.code.Retry(); got != c.retry {
			t.Errorf("retry of %q: got %t, want %t", c.code, got, c.retry)
		}
	}
}
