package fault

// HTTPStatus returns the status of an HTTP answer to a request that failed with
// this code; 500 for a code that is none of ours.
func (c Code) HTTPStatus() int {
	status, _ := c.numbers()
	return status
}

// RPC returns the code of a JSON-RPC 2.0 error for a request that failed with
// this code: -32603, internal error, for a code that is none of ours.
func (c Code) RPC() int {
	_, rpc := c.numbers()
	return rpc
}

// Retry reports whether the same request may succeed later by itself, without
// anybody doing something else first.
func (c Code) Retry() bool { return c == CodeUnavailable || c == CodeRateLimited }

// numbers returns what the code is called elsewhere. JSON-RPC has names of its
// own for invalid and internal; the others are in the range that it leaves to
// servers.
func (c Code) numbers() (status, rpc int) {
	switch c {
	case CodeInvalid:
		return 400, -32602
	case CodeUnauthenticated:
		return 401, -32001
	case CodeForbidden:
		return 403, -32003
	case CodeNotFound:
		return 404, -32004
	case CodeConflict:
		return 409, -32009
	case CodeGone:
		return 410, -32010
	case CodeTooLarge:
		return 413, -32013
	case CodeRejected:
		return 422, -32022
	case CodeRateLimited:
		return 429, -32029
	case CodeUnavailable:
		return 503, -32053
	default:
		return 500, -32603
	}
}
