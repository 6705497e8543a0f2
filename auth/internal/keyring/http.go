package keyring

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// CheckURL says what is wrong with the address of a JWKS, if anything is, and
// whether others could change the keys on their way.
func CheckURL(address string) (exposed bool, err error) {
	u, err := url.Parse(address)
	if err != nil {
		return false, errors.New("it is not a URL") // the error would repeat a password
	}

	switch {
	case u.Scheme != "https" && u.Scheme != "http" || u.Host == "":
		return false, errors.New("it is not an address such as https://login.example.com/.well-known/jwks.json")
	case u.User != nil:
		return false, errors.New("it has a user name in it: a JWKS is public")
	}

	return u.Scheme == "http" && !isLoopback(u.Hostname()), nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// NewClient returns a client with connections of its own.
func NewClient() *http.Client {
	transport := &http.Transport{
		Proxy:             http.ProxyFromEnvironment,
		ForceAttemptHTTP2: true,
		MaxIdleConns:      1,
		IdleConnTimeout:   time.Minute,
	}

	return &http.Client{Transport: transport, CheckRedirect: checkRedirect}
}

func checkRedirect(request *http.Request, via []*http.Request) error {
	switch {
	case len(via) > 3:
		return errors.New("more than 3 redirections")
	case via[0].URL.Scheme == "https" && request.URL.Scheme != "https":
		return errors.New("a redirection away from https")
	}

	return nil
}

// limits of a fetch: how long it may take, and how many bytes a JWKS may have.
const (
	maxFetch = 10 * time.Second
	maxSet   = 1 << 20
)

func get(ctx context.Context, client *http.Client, address string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, maxFetch)
	defer cancel()

	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return "", err
	}

	request.Header.Set("Accept", "application/jwk-set+json, application/json")

	answer, err := client.Do(request)
	if err != nil {
		return "", err
	}
	defer func() { _ = answer.Body.Close() }()

	if answer.StatusCode != http.StatusOK {
		return "", fmt.Errorf("the answer is %q, not 200", answer.Status)
	}

	text, err := io.ReadAll(io.LimitReader(answer.Body, maxSet+1))

	switch {
	case err != nil:
		return "", err
	case len(text) > maxSet:
		return "", fmt.Errorf("the JWKS has more than %d bytes", maxSet)
	}

	return string(text), nil
}
