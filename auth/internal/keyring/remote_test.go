package keyring_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/recountdev/recount/auth/internal/keyring"
	"github.com/recountdev/recount/fault"
)

// issuer answers requests without a network, so that a test can hold the time.
type issuer struct {
	mu     sync.Mutex
	set    string // "" for an issuer that is away
	takes  time.Duration
	asked  []time.Duration // when, since the start
	start  time.Time
	unread int // bodies that were not closed
}

func newIssuer(ids ...string) *issuer {
	i := &issuer{start: time.Now()}
	i.replace(ids...)

	return i
}

// replace puts new keys with these IDs in place of the old ones.
func (i *issuer) replace(ids ...string) {
	i.mu.Lock()
	defer i.mu.Unlock()

	list := make([]string, 0, len(ids))

	for _, id := range ids {
		public, _, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			panic(err)
		}

		list = append(list, fmt.Sprintf(`{"kty":"OKP","crv":"Ed25519","kid":%q,"x":%q}`, id, b64(public)))
	}

	i.set = `{"keys":[` + strings.Join(list, ",") + `]}`
}

func (i *issuer) goAway() {
	i.mu.Lock()
	defer i.mu.Unlock()

	i.set = ""
}

func (i *issuer) times() string {
	i.mu.Lock()
	defer i.mu.Unlock()

	return fmt.Sprint(i.asked)
}

func (i *issuer) RoundTrip(r *http.Request) (*http.Response, error) {
	i.mu.Lock()
	i.asked = append(i.asked, time.Since(i.start))
	set, takes := i.set, i.takes
	i.mu.Unlock()

	select {
	case <-time.After(takes):
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}

	if set == "" {
		return nil, errors.New("nobody answers")
	}

	i.mu.Lock()
	defer i.mu.Unlock()
	i.unread++

	return &http.Response{StatusCode: http.StatusOK, Body: struct {
		io.Reader
		io.Closer
	}{strings.NewReader(set), i}}, nil
}

// Close counts the bodies that were closed.
func (i *issuer) Close() error {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.unread--

	return nil
}

// start returns a Remote in a bubble of synctest, after its first fetch.
func start(t *testing.T, i *issuer) *keyring.Remote {
	t.Helper()

	ctx, cancel := context.WithCancel(t.Context())
	r := keyring.NewRemote(ctx, keyring.Options{URL: "https://login.example.com/jwks.json", Client: &http.Client{Transport: i}})

	t.Cleanup(func() {
		cancel()
		synctest.Wait()

		if i.unread != 0 {
			t.Errorf("%d answers were not closed", i.unread)
		}
	})
	synctest.Wait()

	return r
}

// pass lets the time of a bubble go by.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// has checks whether a key is found, without an error.
func has(t *testing.T, r *keyring.Remote, id string, want bool) {
	t.Helper()

	found, err := r.Find(t.Context(), id, keyring.EdDSA)
	if err != nil || (len(found) == 1) != want {
		t.Errorf("%s: got %v, %v, want %v", id, found, err, want)
	}
}

func TestRemoteFetchesByItself(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer("a")
		r := start(t, i)
		has(t, r, "a", true)

		i.replace("a", "b")
		pass(15*time.Minute - time.Second)
		has(t, r, "a", true)

		i.replace("b")
		pass(time.Second)
		has(t, r, "b", true)
		has(t, r, "a", false)

		if want := "[0s 15m0s]"; i.times() != want {
			t.Errorf("fetched at %s, want %s", i.times(), want)
		}
	})
}

func TestRemoteFetchesForAnUnknownKey(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer("a")
		r := start(t, i)
		has(t, r, "a", true)

		// Within 10 s of the first fetch none follows.
		i.replace("b")
		has(t, r, "b", false)

		// Then all who ask share one.
		pass(10 * time.Second)
		i.takes = time.Second

		var wait sync.WaitGroup
		for range 100 {
			wait.Go(func() { has(t, r, "b", true) })
		}

		wait.Wait()
		has(t, r, "a", false) // it was replaced

		// A flood of made-up IDs is one fetch in 10 s, and the next one by
		// itself is due 15 minutes after the last.
		i.takes = 0
		for n := range 600 {
			pass(100 * time.Millisecond)
			has(t, r, strconv.Itoa(n), false)
		}

		has(t, r, "b", true)
		pass(15 * time.Minute)

		if want := "[0s 10s 21s 31s 41s 51s 1m1s 1m11s 16m11s]"; i.times() != want {
			t.Errorf("fetched at %s, want %s", i.times(), want)
		}
	})
}

func TestRemoteKeepsKeysWhileTheIssuerIsAway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer("a")
		r := start(t, i)
		i.goAway()
		pass(15*time.Minute + 5*time.Minute)
		has(t, r, "a", true)
		has(t, r, "b", false)

		// The pauses grow from 1 s to 1 minute.
		if want := "[0s 15m0s 15m1s 15m3s 15m7s 15m15s 15m31s 16m3s 17m3s 18m3s 19m3s]"; !strings.HasPrefix(i.times(), want[:len(want)-1]) {
			t.Errorf("fetched at %s, want %s", i.times(), want)
		}

		i.replace("b")
		pass(time.Minute)
		has(t, r, "b", true)
		has(t, r, "a", false)
	})
}

func TestRemoteStartsWithoutTheIssuer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer()
		i.goAway()

		r := start(t, i)

		_, err := r.Find(t.Context(), "a", keyring.EdDSA)
		if want := "this server cannot fetch the keys that verify tokens: try again in a moment, its log says why"; fault.Of(err) != fault.CodeUnavailable || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}

		i.replace("a")
		pass(time.Second)
		has(t, r, "a", true)
	})
}

// TestRemoteDoesNotHoldCallers shows that nobody waits long for an issuer that
// does not answer, and that the fetch itself ends.
func TestRemoteDoesNotHoldCallers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer("a")
		i.takes = time.Hour
		r := start(t, i)

		before := time.Now()

		_, err := r.Find(t.Context(), "a", keyring.EdDSA)
		if took := time.Since(before); fault.Of(err) != fault.CodeUnavailable || took != 5*time.Second {
			t.Errorf("got %v after %s", err, took)
		}

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()

		if _, err := r.Find(ctx, "a", keyring.EdDSA); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}

		i.mu.Lock()
		i.takes = 0
		i.mu.Unlock()
		pass(5 * time.Second) // 10 s of fetching, 1 s of pause
		has(t, r, "a", true)

		if want := "[0s 11s]"; i.times() != want {
			t.Errorf("fetched at %s, want %s", i.times(), want)
		}
	})
}

// TestRemoteBoundsItsQueue shows that not everybody may wait.
func TestRemoteBoundsItsQueue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer("a")
		i.takes = time.Second
		r := start(t, i)

		var (
			mu      sync.Mutex
			refused int
			wait    sync.WaitGroup
		)

		for range 1100 {
			wait.Go(func() {
				_, err := r.Find(t.Context(), "a", keyring.EdDSA)
				if err == nil {
					return
				}

				if want := "too many tokens wait for their keys: try again in a moment"; fault.Of(err) != fault.CodeUnavailable || err.Error() != want {
					t.Errorf("got %v", err)
				}

				mu.Lock()
				refused++
				mu.Unlock()
			})
		}

		wait.Wait()

		if refused != 100 {
			t.Errorf("%d were sent away", refused)
		}

		has(t, r, "a", true)
	})
}

// TestRemoteEnds shows what is left when the context ended.
func TestRemoteEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer("a")
		ctx, cancel := context.WithCancel(t.Context())
		r := keyring.NewRemote(ctx, keyring.Options{URL: "https://login.example.com", Client: &http.Client{Transport: i}})

		synctest.Wait()
		has(t, r, "a", true)
		cancel()
		synctest.Wait()

		i.replace("b")
		pass(time.Hour)
		has(t, r, "a", true)
		has(t, r, "b", false)

		if want := "[0s]"; i.times() != want {
			t.Errorf("fetched at %s, want %s", i.times(), want)
		}
	})
}

// TestRemoteEndsWhileOneWaits shows that nobody waits for a fetch that will not
// be.
func TestRemoteEndsWhileOneWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer("a")
		i.takes = 4 * time.Second
		ctx, cancel := context.WithCancel(t.Context())
		r := keyring.NewRemote(ctx, keyring.Options{URL: "https://login.example.com", Client: &http.Client{Transport: i}})

		time.AfterFunc(time.Second, cancel)

		before := time.Now()
		if _, err := r.Find(t.Context(), "a", keyring.EdDSA); fault.Of(err) != fault.CodeUnavailable || time.Since(before) != time.Second {
			t.Errorf("got %v after %s", err, time.Since(before))
		}
	})
}

// TestRemoteRefusesBadAnswers talks to a real server.
func TestRemoteRefusesBadAnswers(t *testing.T) {
	t.Parallel()

	set := `{"keys":[]}`

	for path, want := range map[string]string{
		"/500":      `the answer is \"500 Internal Server Error\", not 200`,
		"/204":      `the answer is \"204 No Content\", not 200`,
		"/html":     "this is no JWKS: invalid character '<'",
		"/large":    "the JWKS has more than 1048576 bytes",
		"/redirect": "more than 3 redirections",
		"/cut":      "unexpected EOF",
	} {
		t.Run(path[1:], func(t *testing.T) {
			t.Parallel()

			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch path {
				case "/500":
					w.WriteHeader(http.StatusInternalServerError)
				case "/204":
					w.WriteHeader(http.StatusNoContent)
				case "/html":
					_, _ = io.WriteString(w, "<html>")
				case "/large":
					_, _ = io.WriteString(w, set+strings.Repeat(" ", 1<<20))
				case "/redirect":
					http.Redirect(w, r, "/redirect", http.StatusFound)
				case "/cut":
					w.Header().Set("Content-Length", "100")
					_, _ = io.WriteString(w, set)
				}
			}))
			t.Cleanup(server.Close)

			var log bytes.Buffer // the one goroutine writes it before anybody is woken

			r := keyring.NewRemote(t.Context(), keyring.Options{URL: server.URL + path, Logger: slog.New(slog.NewTextHandler(&log, nil))})
			if _, err := r.Find(t.Context(), "a", keyring.EdDSA); fault.Of(err) != fault.CodeUnavailable {
				t.Errorf("got %v", err)
			}

			if !strings.Contains(strings.ReplaceAll(log.String(), `\\\"`, `\"`), want) {
				t.Errorf("the log has no %s:\n%s", want, log.String())
			}
		})
	}
}

// TestRemoteStaysWithTLS shows that a redirection does not lead away from it.
func TestRemoteStaysWithTLS(t *testing.T) {
	t.Parallel()

	check := keyring.NewClient().CheckRedirect
	to := func(address string) *http.Request { return httptest.NewRequest(http.MethodGet, address, http.NoBody) }

	if err := check(to("https://other.example.com"), []*http.Request{to("https://login.example.com")}); err != nil {
		t.Error(err)
	}

	if err := check(to("http://login.example.com"), []*http.Request{to("https://login.example.com")}); err == nil {
		t.Error("a redirection away from https is followed")
	}
}

func TestCheckURL(t *testing.T) {
	t.Parallel()

	for address, want := range map[string]bool{
		"https://login.example.com/jwks.json": false,
		"http://localhost:8080/jwks.json":     false,
		"http://127.0.0.2/jwks.json":          false,
		"http://[::1]:80":                     false,
		"http://keycloak:8080/certs":          true,
		"http://localhost.example.com":        true,
		"http://192.0.2.1":                    true,
	} {
		if exposed, err := keyring.CheckURL(address); err != nil || exposed != want {
			t.Errorf("%s: got %v, %v", address, exposed, err)
		}
	}

	for _, address := range []string{"", "x", "file:///etc/passwd", "https://", "https:login", "ftp://x", "https://a:b@x", "http://x:y:z"} {
		if _, err := keyring.CheckURL(address); err == nil || strings.Contains(err.Error(), "a:b") {
			t.Errorf("%q: got %v", address, err)
		}
	}
}
