package client

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
)

// Options say how to talk to a server. The zero value is ready to use.
type Options struct {
	// Token says who asks. Defaults to an anonymous caller.
	Token string
	// HTTP sends the requests. It must not have a Timeout, which would end
	// those who follow. Defaults to a client of its own, with a jar for cookies,
	// so that an anonymous caller stays the same one.
	HTTP *http.Client
}

// Client talks to a server. All methods are safe for concurrent use.
type Client struct {
	base  string // without a slash at its end
	token string
	http  *http.Client
}

// New returns a client of the server at a URL, such as http://127.0.0.1:4000; it
// may have a path where the server is mounted. It does not connect yet.
func New(server string, o Options) (*Client, error) {
	u, err := url.Parse(server)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return nil, fault.Invalid("%q is not the URL of a server: give one such as http://127.0.0.1:4000", server)
	}

	if o.HTTP == nil {
		transport := http.DefaultTransport
		if t, ok := transport.(*http.Transport); ok {
			transport = t.Clone() // so that Close closes the connections of this client only
		}

		jar, _ := cookiejar.New(nil) // never fails; it keeps an anonymous caller the same one
		o.HTTP = &http.Client{Transport: transport, Jar: jar}
	}

	return &Client{base: strings.TrimSuffix(u.String(), "/"), token: o.Token, http: o.HTTP}, nil
}

// Close lets go of connections that wait for requests. Requests that are under way
// go on.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// streamPath returns the path of a stream.
func streamPath(stream event.Stream) string { return "/v1/streams/" + url.PathEscape(string(stream)) }

// request is what to ask the server.
type request struct {
	method, path string
	query        url.Values
	header       http.Header
	body         string
}

// send asks, and returns an answer whose status is 200; the caller closes its
// body. Anything else is an error.
func (c *Client) send(ctx context.Context, r request) (*http.Response, error) {
	address := c.base + r.path
	if len(r.query) > 0 {
		address += "?" + r.query.Encode()
	}

	asked, err := http.NewRequestWithContext(ctx, r.method, address, strings.NewReader(r.body))
	if err != nil {
		return nil, fault.Invalid("the request cannot be made: %w", err)
	}

	if r.header != nil {
		asked.Header = r.header.Clone()
	}

	if c.token != "" {
		asked.Header.Set("Authorization", "Bearer "+c.token)
	}

	answer, err := c.http.Do(asked)
	if err != nil {
		return nil, noAnswer(c.base, err)
	}

	if answer.StatusCode == http.StatusOK {
		return answer, nil
	}

	defer answer.Body.Close()

	return nil, readError(answer)
}

// mostAnswer is more than any answer has.
const mostAnswer = 64 << 20

// readAll asks and returns the whole answer.
func (c *Client) readAll(ctx context.Context, r request) (http.Header, []byte, error) {
	answer, err := c.send(ctx, r)
	if err != nil {
		return nil, nil, err
	}
	defer answer.Body.Close()

	body, err := io.ReadAll(io.LimitReader(answer.Body, mostAnswer))
	if err != nil {
		return nil, nil, noAnswer(c.base, err)
	}

	return answer.Header, body, nil
}
