package auth_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/fault"
)

// request returns a request with cookies, each given as NAME=VALUE.
func request(target string, cookies ...string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, target, http.NoBody)
	for _, cookie := range cookies {
		r.Header.Add("Cookie", cookie)
	}

	return r
}

// fixedKey is a key for anonymous callers.
func fixedKey() []byte { return []byte("0123456789abcdef0123456789abcdef") }

// session is a Func that knows who is signed in from the cookie "session".
func session(r *http.Request) (auth.Caller, error) {
	cookie, err := r.Cookie("session")

	switch {
	case err != nil:
		return auth.Caller{}, nil //nolint:nilerr // no cookie is nobody
	case cookie.Value == "banned":
		return auth.Caller{}, fault.Forbidden("you are banned: write to support")
	case cookie.Value == "broken":
		return auth.Caller{}, io.ErrUnexpectedEOF
	case cookie.Value == "old":
		return auth.Caller{ID: "anna", Expires: now()}, nil
	case cookie.Value == "strange":
		return auth.Caller{ID: "a\x00b"}, nil
	default:
		return auth.Caller{ID: cookie.Value, Role: "editor"}, nil
	}
}

func TestAnonymousCaller(t *testing.T) {
	t.Parallel()

	a := newAuthenticator(t, auth.Options{Anonymous: true})

	first, err := a.Request(request("/"), "")
	if err != nil {
		t.Fatal(err)
	}

	if !regexp.MustCompile(`^anon-[a-z2-7]{26}$`).MatchString(first.ID) || !first.Anonymous || first.Role != "" || first.IsAdmin() || !first.Expires.IsZero() {
		t.Errorf("got %+v", first)
	}

	second, err := a.Request(request("/"), "")
	if err != nil || second.ID == first.ID {
		t.Errorf("the next one is %+v, %v", second, err)
	}

	token, err := a.CallerToken(&first)
	if err != nil {
		t.Fatal(err)
	}

	if again, err := a.CallerToken(&first); err != nil || again != token {
		t.Errorf("the token changes: %s, %s, %v", token, again, err)
	}

	cookie, err := a.Cookie(&first, true)
	if err != nil {
		t.Fatal(err)
	}

	for name, back := range map[string]func() (auth.Caller, error){
		"with the token":     func() (auth.Caller, error) { return a.Request(request("/"), token) },
		"with $authenticate": func() (auth.Caller, error) { return a.Token(t.Context(), token) },
		"with the cookie":    func() (auth.Caller, error) { return a.Request(request("/", cookie.Name+"="+cookie.Value), "") },
		"with a cookie too many": func() (auth.Caller, error) {
			return a.Request(request("/", "recount_caller=x", cookie.Name+"="+cookie.Value), "")
		},
	} {
		if got, err := back(); err != nil || got.ID != first.ID || !got.Anonymous || got.Role != "" {
			t.Errorf("%s: got %+v, %v, want %s", name, got, err, first.ID)
		}
	}
}

func TestCookie(t *testing.T) {
	t.Parallel()

	a := newAuthenticator(t, auth.Options{Anonymous: true})

	guest, err := a.Request(request("/"), "")
	if err != nil {
		t.Fatal(err)
	}

	for _, secure := range []bool{true, false} {
		cookie, err := a.Cookie(&guest, secure)
		if err != nil {
			t.Fatal(err)
		}

		token, err := a.CallerToken(&guest)
		if err != nil {
			t.Fatal(err)
		}

		want := "recount_caller=" + token + "; Path=/; Max-Age=34560000; HttpOnly; "
		if secure {
			want += "Secure; "
		}

		if want += "SameSite=Lax"; cookie.String() != want || cookie.Valid() != nil {
			t.Errorf("the cookie is %s, want %s", cookie, want)
		}
	}
}

// TestOnlyAnonymousCallersHaveTokens shows that nobody gets a token for an ID
// that is not ours.
func TestOnlyAnonymousCallersHaveTokens(t *testing.T) {
	t.Parallel()

	a := newAuthenticator(t, auth.Options{Anonymous: true})
	id := "anon-" + strings.Repeat("a", 26)

	for _, c := range []auth.Caller{
		{},
		{ID: "anna"},
		{ID: id},
		{ID: "anna", Anonymous: true},
		{ID: "anon-" + strings.Repeat("a", 25), Anonymous: true},
		{ID: "anon-" + strings.Repeat("A", 26), Anonymous: true},
		{ID: "anon-" + strings.Repeat("a", 25) + "1", Anonymous: true},
		{ID: "x" + id, Anonymous: true},
	} {
		if token, err := a.CallerToken(&c); fault.Of(err) != fault.CodeInvalid || token != "" {
			t.Errorf("%+v has the token %s, %v", c, token, err)
		}

		if cookie, err := a.Cookie(&c, false); fault.Of(err) != fault.CodeInvalid || cookie != nil {
			t.Errorf("%+v has the cookie %s, %v", c, cookie, err)
		}
	}

	if _, err := a.CallerToken(&auth.Caller{ID: id, Anonymous: true}); err != nil {
		t.Error(err)
	}
}

// TestForgedAnonymousTokens makes tokens for somebody else's ID.
func TestForgedAnonymousTokens(t *testing.T) {
	t.Parallel()

	i, key := newIssuer(t), fixedKey()
	a := newAuthenticator(t, auth.Options{Anonymous: true, Key: key, JWT: strict(t, i)})
	id, own := "anon-"+strings.Repeat("a", 26), map[string]any{"kid": "recount"}

	if got, err := a.Token(t.Context(), sign(t, jwt.SigningMethodHS256, key, own, jwt.MapClaims{"iss": "recount", "sub": id})); err != nil || got.ID != id {
		t.Fatalf("got %+v, %v", got, err)
	}

	// More than an ID is in no token of ours, and counts for nothing.
	got, err := a.Token(t.Context(), sign(t, jwt.SigningMethodHS256, key, own, jwt.MapClaims{"iss": "recount", "sub": id, "role": "admin", "exp": 1}))
	if err != nil || got.Role != "" || !got.Anonymous || got.Claims != nil {
		t.Errorf("got %+v, %v", got, err)
	}

	const want = "this token of an anonymous caller is not by this server: forget it, and connect without one to get a new one"

	good := jwt.MapClaims{"iss": "recount", "sub": id}
	for name, token := range map[string]string{
		"another key":       sign(t, jwt.SigningMethodHS256, i.secret, own, good),
		"no key":            sign(t, jwt.SigningMethodHS256, []byte{}, own, good),
		"none":              encode(`{"alg":"none","kid":"recount"}`) + "." + encode(`{"iss":"recount","sub":"`+id+`"}`) + ".",
		"another alg":       sign(t, jwt.SigningMethodHS512, key, own, good),
		"EdDSA":             sign(t, jwt.SigningMethodEdDSA, i.ed25519, own, good),
		"another issuer":    sign(t, jwt.SigningMethodHS256, key, own, jwt.MapClaims{"iss": "x", "sub": id}),
		"no issuer":         sign(t, jwt.SigningMethodHS256, key, own, jwt.MapClaims{"sub": id}),
		"another kind":      sign(t, jwt.SigningMethodHS256, key, own, jwt.MapClaims{"iss": "recount", "sub": "anna"}),
		"a shorter ID":      sign(t, jwt.SigningMethodHS256, key, own, jwt.MapClaims{"iss": "recount", "sub": id[:20]}),
		"a token of others": sign(t, jwt.SigningMethodHS256, i.secret, own, claimsOf(nil)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refused(t, a, token, want)

			// As a cookie it is nothing.
			got, err := a.Request(request("/", "recount_caller="+token), "")
			if err != nil || got.ID == id || !got.Anonymous {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}

	// Our key does not make tokens of others.
	refused(t, a, sign(t, jwt.SigningMethodHS256, key, nil, claimsOf(nil)), "is not by a key of this server")
}

// TestTokensOutliveTheServer shows what the key is for.
func TestTokensOutliveTheServer(t *testing.T) {
	t.Parallel()

	key := fixedKey()
	a := newAuthenticator(t, auth.Options{Anonymous: true, Key: key})

	guest, err := a.Request(request("/"), "")
	if err != nil {
		t.Fatal(err)
	}

	token, err := a.CallerToken(&guest)
	if err != nil {
		t.Fatal(err)
	}

	next := newAuthenticator(t, auth.Options{Anonymous: true, Key: key})
	if got, err := next.Token(t.Context(), token); err != nil || got.ID != guest.ID {
		t.Errorf("got %+v, %v", got, err)
	}

	other := newAuthenticator(t, auth.Options{Anonymous: true})
	if got, err := other.Token(t.Context(), token); fault.Of(err) != fault.CodeUnauthenticated {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestAnonymousKeyIsChecked(t *testing.T) {
	t.Parallel()

	for want, key := range map[string][]byte{
		"the key for anonymous callers has 31 bytes: give 32 random ones, or none":  fixedKey()[:31],
		"the key for anonymous callers has 0 bytes: give 32 random ones, or none":   {},
		"the key for anonymous callers is all zeros: give 32 random bytes, or none": make([]byte, 32),
	} {
		if _, err := auth.New(t.Context(), auth.Options{Anonymous: true, Key: key}); fault.Of(err) != fault.CodeInvalid || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// TestWhoDecides shows the order in which a request is looked at.
func TestWhoDecides(t *testing.T) {
	t.Parallel()

	i, key := newIssuer(t), fixedKey()
	id := "anon-" + strings.Repeat("a", 26)
	own := sign(t, jwt.SigningMethodHS256, key, map[string]any{"kid": "recount"}, jwt.MapClaims{"iss": "recount", "sub": id})
	other := sign(t, jwt.SigningMethodHS256, i.secret, nil, jwt.MapClaims{"sub": "tom"})
	expired := sign(t, jwt.SigningMethodHS256, i.secret, nil, jwt.MapClaims{"sub": "tom", "exp": 1})

	all := auth.Options{JWT: &auth.JWT{Secret: i.secret}, Func: session, Anonymous: true, Key: key}
	noJWT := auth.Options{Func: session, Anonymous: true, Key: key}
	noAnonymous := auth.Options{JWT: &auth.JWT{Secret: i.secret}, Func: session, Key: key}
	workbench := auth.Options{Everybody: &auth.Caller{ID: "not used", Role: auth.Admin}, Key: key}

	for name, c := range map[string]struct {
		o       auth.Options
		token   string
		cookies []string
		want    string // an ID, or a code
	}{
		"token before session":             {all, other, []string{"session=anna"}, "tom"},
		"bad token before session":         {all, expired, []string{"session=anna"}, "unauthenticated"},
		"no token before session":          {all, "opaque", []string{"session=anna"}, "unauthenticated"},
		"session before our token":         {all, own, []string{"session=anna"}, "anna"},
		"session before our cookie":        {all, "", []string{"session=anna; recount_caller=" + own}, "anna"},
		"our token":                        {all, own, nil, id},
		"our cookie":                       {all, "", []string{"recount_caller=" + own}, id},
		"our token before our cookie":      {all, own, []string{"recount_caller=x"}, id},
		"another's token as cookie":        {all, "", []string{"recount_caller=" + other}, "anon-"},
		"nothing":                          {all, "", nil, "anon-"},
		"session with a token of its own":  {noJWT, "opaque", []string{"session=anna"}, "anna"},
		"nobody with an unknown token":     {noJWT, "opaque", nil, "unauthenticated"},
		"nobody with another's token":      {noJWT, other, nil, "unauthenticated"},
		"session that is refused":          {all, "", []string{"session=banned"}, "forbidden"},
		"session that fails":               {all, "", []string{"session=broken"}, "internal"},
		"session that is over":             {all, "", []string{"session=old"}, "unauthenticated"},
		"session of somebody impossible":   {all, "", []string{"session=strange"}, "unauthenticated"},
		"nobody":                           {noAnonymous, "", nil, "unauthenticated"},
		"no anonymous callers, our token":  {noAnonymous, own, nil, "unauthenticated"},
		"no anonymous callers, our cookie": {noAnonymous, "", []string{"recount_caller=" + own}, "unauthenticated"},
		"zero options":                     {auth.Options{}, "", nil, "unauthenticated"},
		"zero options, a token":            {auth.Options{}, other, nil, "unauthenticated"},
		"workbench":                        {workbench, "", nil, "anon-"},
		"workbench, our token":             {workbench, own, nil, id},
		"workbench, our cookie":            {workbench, "", []string{"recount_caller=" + own}, id},
		"workbench, another's token":       {workbench, other, nil, "anon-"},
		"workbench, no token":              {workbench, "opaque", nil, "anon-"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			got, err := newAuthenticator(t, c.o).Request(request("/", c.cookies...), c.token)

			switch {
			case err != nil && (string(fault.Of(err)) != c.want || got.ID != ""):
				t.Errorf("got %+v, %v (%s), want %s", got, err, fault.Of(err), c.want)
			case err == nil && got.ID != c.want && (c.want != "anon-" || !strings.HasPrefix(got.ID, c.want) || got.ID == id):
				t.Errorf("got %+v, want %s", got, c.want)
			case err == nil && got.IsAdmin() != (c.o.Everybody != nil):
				t.Errorf("got the role %q", got.Role)
			}
		})
	}
}

// TestNobodyIsToldWhatToDo shows that the answer depends on what would help.
func TestNobodyIsToldWhatToDo(t *testing.T) {
	t.Parallel()

	i := newIssuer(t)

	for want, o := range map[string]auth.Options{
		"no token: send one as Authorization: Bearer TOKEN, as authToken of phoenix.js, or as the parameter token": {JWT: &auth.JWT{Secret: i.secret}, Func: session},
		"nobody is signed in: sign in to the application first":                                                    {Func: session},
		"this server admits nobody: whoever runs it has to allow anonymous callers, or say whose tokens it takes":  {},
	} {
		if _, err := newAuthenticator(t, o).Request(request("/"), ""); fault.Of(err) != fault.CodeUnauthenticated || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// TestWorkbench shows that everybody is an admin there, and still somebody.
func TestWorkbench(t *testing.T) {
	t.Parallel()

	a := newAuthenticator(t, auth.Options{Everybody: &auth.Caller{Role: auth.Admin, Claims: map[string]any{"a": "b"}}})

	got, err := a.Request(request("/"), "")
	if err != nil || !got.IsAdmin() || !got.Anonymous || got.Claims["a"] != "b" {
		t.Fatalf("got %+v, %v", got, err)
	}

	token, err := a.CallerToken(&got)
	if err != nil {
		t.Fatal(err)
	}

	if again, err := a.Token(t.Context(), token); err != nil || again.ID != got.ID || !again.IsAdmin() {
		t.Errorf("got %+v, %v", again, err)
	}
}

// TestFuncErrorIsKept shows that the application's own errors can be found.
func TestFuncErrorIsKept(t *testing.T) {
	t.Parallel()

	a := newAuthenticator(t, auth.Options{Func: session})
	if _, err := a.Request(request("/", "session=broken"), ""); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v", err)
	}
}

func TestExpired(t *testing.T) {
	t.Parallel()

	for _, c := range []struct {
		expires time.Time
		want    bool
	}{{time.Time{}, false}, {now(), true}, {now().Add(-1), true}, {now().Add(1), false}} {
		if got := (&auth.Caller{Expires: c.expires}).Expired(now()); got != c.want {
			t.Errorf("%s: got %v", c.expires, got)
		}
	}
}
