package auth_test

import (
	"bytes"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/fault"
)

// strict are the options of a server that checks everything there is.
func strict(tb testing.TB, i *issuer) *auth.JWT {
	tb.Helper()

	return &auth.JWT{Secret: i.secret, PublicKeys: i.public(tb), Issuer: "https://login.example.com", Audience: "recount"}
}

func TestJWTIsAccepted(t *testing.T) {
	t.Parallel()

	i := newIssuer(t)
	a := newAuthenticator(t, auth.Options{JWT: strict(t, i)})

	for name, c := range map[string]struct {
		method jwt.SigningMethod
		key    any
		header map[string]any
		change jwt.MapClaims
		want   auth.Caller
	}{
		"HS256":                     {jwt.SigningMethodHS256, i.secret, nil, nil, auth.Caller{ID: "anna", Role: "editor", Expires: now().Add(time.Hour)}},
		"RS256":                     {jwt.SigningMethodRS256, i.rsa, nil, nil, auth.Caller{ID: "anna", Role: "editor", Expires: now().Add(time.Hour)}},
		"ES256":                     {jwt.SigningMethodES256, i.ec, nil, nil, auth.Caller{ID: "anna", Role: "editor", Expires: now().Add(time.Hour)}},
		"EdDSA":                     {jwt.SigningMethodEdDSA, i.ed25519, nil, nil, auth.Caller{ID: "anna", Role: "editor", Expires: now().Add(time.Hour)}},
		"any key ID":                {jwt.SigningMethodES256, i.ec, map[string]any{"kid": "2026-11"}, nil, auth.Caller{ID: "anna", Role: "editor", Expires: now().Add(time.Hour)}},
		"an access token":           {jwt.SigningMethodES256, i.ec, map[string]any{"typ": "at+jwt"}, nil, auth.Caller{ID: "anna", Role: "editor", Expires: now().Add(time.Hour)}},
		"without exp, nbf and role": {jwt.SigningMethodHS256, i.secret, nil, jwt.MapClaims{"exp": nil, "nbf": nil, "role": nil}, auth.Caller{ID: "anna"}},
		"one audience":              {jwt.SigningMethodHS256, i.secret, nil, jwt.MapClaims{"aud": "recount"}, auth.Caller{ID: "anna", Role: "editor", Expires: now().Add(time.Hour)}},
		"in the last second":        {jwt.SigningMethodHS256, i.secret, nil, jwt.MapClaims{"exp": now().Unix() + 1}, auth.Caller{ID: "anna", Role: "editor", Expires: now().Add(time.Second)}},
		"in the first second":       {jwt.SigningMethodHS256, i.secret, nil, jwt.MapClaims{"nbf": now().Unix()}, auth.Caller{ID: "anna", Role: "editor", Expires: now().Add(time.Hour)}},
		"with parts of a second":    {jwt.SigningMethodHS256, i.secret, nil, jwt.MapClaims{"exp": float64(now().Unix()) + 0.5}, auth.Caller{ID: "anna", Role: "editor", Expires: now().Add(time.Second / 2)}},
		"as good as for ever":       {jwt.SigningMethodHS256, i.secret, nil, jwt.MapClaims{"exp": 1e300}, auth.Caller{ID: "anna", Role: "editor", Expires: time.Unix(253402300799, 0)}},
		"a number as ID":            {jwt.SigningMethodHS256, i.secret, nil, jwt.MapClaims{"sub": 42}, auth.Caller{ID: "42", Role: "editor", Expires: now().Add(time.Hour)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			got, err := a.Token(t.Context(), sign(t, c.method, c.key, c.header, claimsOf(c.change)))
			if err != nil {
				t.Fatal(err)
			}

			if got.ID != c.want.ID || got.Role != c.want.Role || got.Anonymous || !got.Expires.Equal(c.want.Expires) {
				t.Errorf("got %+v, want %+v", got, c.want)
			}

			if got.Claims["iss"] != "https://login.example.com" {
				t.Errorf("the claims are %v", got.Claims)
			}
		})
	}
}

func TestJWTClaims(t *testing.T) {
	t.Parallel()

	i := newIssuer(t)
	a := newAuthenticator(t, auth.Options{JWT: &auth.JWT{Secret: i.secret, ClaimID: "email", ClaimRole: "https://acme/role", Leeway: time.Minute}})

	got, err := a.Token(t.Context(), sign(t, jwt.SigningMethodHS256, i.secret, nil, jwt.MapClaims{
		"email": "anna@example.com", "https://acme/role": "admin", "level": 3, "score": 2.5, "exp": now().Add(-30 * time.Second).Unix(), "nbf": now().Add(30 * time.Second).Unix(),
	}))
	if err != nil {
		t.Fatal(err)
	}

	if got.ID != "anna@example.com" || !got.IsAdmin() || !got.Expires.Equal(now().Add(30*time.Second)) {
		t.Errorf("got %+v", got)
	}

	if got.Claims["level"] != int64(3) || got.Claims["score"] != 2.5 {
		t.Errorf("the claims are %#v", got.Claims)
	}
}

// TestJWTClaimsAreChecked signs what should not be accepted with a good key.
func TestJWTClaimsAreChecked(t *testing.T) {
	t.Parallel()

	i := newIssuer(t)
	a := newAuthenticator(t, auth.Options{JWT: strict(t, i)})

	for name, c := range map[string]struct {
		change jwt.MapClaims
		want   string
	}{
		"expired":              {jwt.MapClaims{"exp": now().Add(-time.Hour).Unix()}, "the token expired at 2026-11-22T11:00:00Z: get a fresh one"},
		"expired just now":     {jwt.MapClaims{"exp": now().Unix()}, "the token expired at 2026-11-22T12:00:00Z: get a fresh one"},
		"expired in 1970":      {jwt.MapClaims{"exp": 0}, "the token expired at 1970-01-01T00:00:00Z: get a fresh one"},
		"expired before":       {jwt.MapClaims{"exp": -1e300}, "the token expired at 1970-01-01T00:00:00Z: get a fresh one"},
		"exp as text":          {jwt.MapClaims{"exp": "4102444800"}, `the claim "exp" of the token is not a number of seconds since 1970`},
		"not yet valid":        {jwt.MapClaims{"nbf": now().Add(time.Second).Unix()}, "the token is valid from 2026-11-22T12:00:01Z, which is not yet: wait, or set the clocks right"},
		"nbf as a list":        {jwt.MapClaims{"nbf": []int{1}}, `the claim "nbf" of the token is not a number of seconds since 1970`},
		"another issuer":       {jwt.MapClaims{"iss": "https://evil.example.com"}, `the token is from "https://evil.example.com", this server takes those from "https://login.example.com": get one there`},
		"longer issuer":        {jwt.MapClaims{"iss": "https://login.example.com/"}, `the token is from "https://login.example.com/", this server takes those from "https://login.example.com": get one there`},
		"no issuer":            {jwt.MapClaims{"iss": nil}, `the token is from "", this server takes those from "https://login.example.com": get one there`},
		"issuers":              {jwt.MapClaims{"iss": []string{"https://login.example.com"}}, `the claim "iss" of the token is not a string: issue one where it is`},
		"another audience":     {jwt.MapClaims{"aud": "other"}, `the token is not for this server: get one for the audience "recount"`},
		"other audiences":      {jwt.MapClaims{"aud": []string{"other", "Recount", "recount "}}, `the token is not for this server: get one for the audience "recount"`},
		"no audience":          {jwt.MapClaims{"aud": nil}, `the token is not for this server: get one for the audience "recount"`},
		"audience of numbers":  {jwt.MapClaims{"aud": []any{"recount", 1}}, `the claim "aud" of the token is not a list of strings`},
		"audience as object":   {jwt.MapClaims{"aud": map[string]any{"recount": true}}, `the claim "aud" of the token is neither a string nor a list of strings`},
		"no ID":                {jwt.MapClaims{"sub": nil}, `the token does not say who it is for: issue one with the claim "sub"`},
		"empty ID":             {jwt.MapClaims{"sub": ""}, `the token does not say who it is for: issue one with the claim "sub"`},
		"ID as object":         {jwt.MapClaims{"sub": map[string]any{}}, `the claim "sub" of the token is not a string: issue one where it is`},
		"ID with a line break": {jwt.MapClaims{"sub": "anna\nbob"}, `the ID of the caller cannot be the actor of an event: actor "anna\nbob" has a control character at byte 4: leave it out`},
		"long ID":              {jwt.MapClaims{"sub": strings.Repeat("a", 256)}, `the ID of the caller cannot be the actor of an event: actor has 256 bytes, the limit is 255: shorten it`},
		"several roles":        {jwt.MapClaims{"role": []string{"viewer"}}, `the claim "role" of the token is not a string: issue one where it is`},
		"role as a number":     {jwt.MapClaims{"role": 1}, `the claim "role" of the token is not a string: issue one where it is`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			got, err := a.Token(t.Context(), sign(t, jwt.SigningMethodHS256, i.secret, nil, claimsOf(c.change)))
			if fault.Of(err) != fault.CodeUnauthenticated || err.Error() != c.want || got.ID != "" {
				t.Errorf("got %+v, %v (%s), want %s", got, err, fault.Of(err), c.want)
			}
		})
	}
}

func TestJWTOptions(t *testing.T) {
	t.Parallel()

	i, good := newIssuer(t), auth.JWT{}
	good.Secret = i.secret

	for name, c := range map[string]struct {
		change func(*auth.JWT)
		want   string
	}{
		"no key":             {func(o *auth.JWT) { o.Secret = nil }, "jwt has no key to verify tokens with: give a secret, public keys or a jwks"},
		"short secret":       {func(o *auth.JWT) { o.Secret = []byte("secret") }, "jwt secret has 6 bytes, which can be guessed: make one of 32 or more, such as with openssl rand -base64 32"},
		"public key":         {func(o *auth.JWT) { o.Secret = i.public(t) }, "jwt secret is a key in PEM, which others may know: give it as public key, or a secret that only you know"},
		"no PEM":             {func(o *auth.JWT) { o.PublicKeys = []byte("abc") }, "jwt public keys: block 1 is not complete PEM: give it from -----BEGIN to -----END, each on a line of its own"},
		"unknown algorithm":  {func(o *auth.JWT) { o.Algorithms = []string{"HS512"} }, `jwt algorithm "HS512" is not one of HS256, RS256, ES256, EdDSA`},
		"mistyped algorithm": {func(o *auth.JWT) { o.Algorithms = []string{"hs256"} }, `jwt algorithm "hs256" is not one of HS256, RS256, ES256, EdDSA: did you mean HS256?`},
		"none":               {func(o *auth.JWT) { o.Algorithms = []string{"none"} }, `jwt algorithm "none" is not one of HS256, RS256, ES256, EdDSA`},
		"algorithm, no key":  {func(o *auth.JWT) { o.Algorithms = []string{"HS256", "RS256"} }, "jwt algorithm RS256 has no key: give one, or take it out"},
		"secret, no HS256":   {func(o *auth.JWT) { o.Secret, o.PublicKeys, o.Algorithms = nil, i.public(t), []string{"HS256"} }, "jwt algorithm HS256 has no key: give one, or take it out"},
		"leeway":             {func(o *auth.JWT) { o.Leeway = -time.Second }, "jwt leeway is -1s: give 0 or more"},
		"jwks, no URL":       {func(o *auth.JWT) { o.JWKS = "jwks.json" }, "jwt jwks: it is not an address such as https://login.example.com/.well-known/jwks.json"},
		"jwks, password":     {func(o *auth.JWT) { o.JWKS = "https://anna:secret@login.example.com" }, "jwt jwks: it has a user name in it: a JWKS is public"},
		"jwks, broken":       {func(o *auth.JWT) { o.JWKS = "https://anna:secret@[" }, "jwt jwks: it is not a URL"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			o := good
			c.change(&o)

			a, err := auth.New(t.Context(), auth.Options{JWT: &o})
			if fault.Of(err) != fault.CodeInvalid || err.Error() != c.want || a != nil {
				t.Errorf("got %v (%s), want %s", err, fault.Of(err), c.want)
			}
		})
	}
}

// TestJWTAlgorithmsLeaveOut shows that Algorithms takes away what there is a
// key for.
func TestJWTAlgorithmsLeaveOut(t *testing.T) {
	t.Parallel()

	i := newIssuer(t)
	o := strict(t, i)
	o.Algorithms = []string{"ES256"}
	a := newAuthenticator(t, auth.Options{JWT: o})

	if _, err := a.Token(t.Context(), sign(t, jwt.SigningMethodES256, i.ec, nil, claimsOf(nil))); err != nil {
		t.Error(err)
	}

	for method, key := range map[jwt.SigningMethod]any{jwt.SigningMethodHS256: i.secret, jwt.SigningMethodRS256: i.rsa, jwt.SigningMethodEdDSA: i.ed25519} {
		_, err := a.Token(t.Context(), sign(t, method, key, nil, claimsOf(nil)))
		if want := `the token is signed with alg "` + method.Alg() + `", this server takes ES256: sign it with that`; fault.Of(err) != fault.CodeUnauthenticated || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// TestJWTClaimsAreOnlyReadWhenSigned shows that a forged token learns nothing
// about what its claims should be.
func TestJWTClaimsAreOnlyReadWhenSigned(t *testing.T) {
	t.Parallel()

	i, other := newIssuer(t), newIssuer(t)
	a := newAuthenticator(t, auth.Options{JWT: strict(t, i)})
	want := `the signature of the token (alg "HS256", kid "") is not by a key of this server: get a fresh one`

	for change := range maps.Values(map[string]jwt.MapClaims{"issuer": {"iss": "x"}, "audience": {"aud": "x"}, "expired": {"exp": 1}, "nobody": {"sub": nil}}) {
		_, err := a.Token(t.Context(), sign(t, jwt.SigningMethodHS256, other.secret, nil, claimsOf(change)))
		if fault.Of(err) != fault.CodeUnauthenticated || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func BenchmarkToken(b *testing.B) {
	i := newIssuer(b)
	a := newAuthenticator(b, auth.Options{JWT: strict(b, i), Anonymous: true})

	guest, err := a.Request(request("/"), "")
	if err != nil {
		b.Fatal(err)
	}

	own, err := a.CallerToken(&guest)
	if err != nil {
		b.Fatal(err)
	}

	for name, token := range map[string]string{
		"anonymous": own,
		"HS256":     sign(b, jwt.SigningMethodHS256, i.secret, nil, claimsOf(nil)),
		"RS256":     sign(b, jwt.SigningMethodRS256, i.rsa, nil, claimsOf(nil)),
		"ES256":     sign(b, jwt.SigningMethodES256, i.ec, nil, claimsOf(nil)),
		"EdDSA":     sign(b, jwt.SigningMethodEdDSA, i.ed25519, nil, claimsOf(nil)),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()

			for b.Loop() {
				if _, err := a.Token(b.Context(), token); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestSign signs tokens that the same settings take, and no others.
func TestSign(t *testing.T) {
	t.Parallel()

	settings := &auth.JWT{Secret: bytes.Repeat([]byte("s"), 32), Issuer: "https://id.example.com"}

	authenticator, err := auth.New(t.Context(), auth.Options{JWT: settings})
	if err != nil {
		t.Fatal(err)
	}

	signed, err := settings.Sign(map[string]any{"sub": "ada", "role": "editor", "iss": "https://id.example.com", "exp": time.Now().Add(time.Hour).Unix()})
	if err != nil {
		t.Fatal(err)
	}

	if caller, err := authenticator.Token(t.Context(), signed); err != nil || caller.ID != "ada" || caller.Role != "editor" {
		t.Errorf("the token is taken for %+v, %v", caller, err)
	}

	foreign, err := (&auth.JWT{Secret: bytes.Repeat([]byte("t"), 32)}).Sign(map[string]any{"sub": "ada", "iss": "https://id.example.com"})
	if err != nil {
		t.Fatal(err)
	}

	if _, err := authenticator.Token(t.Context(), foreign); fault.Of(err) != fault.CodeUnauthenticated {
		t.Errorf("a token of another secret: %v", err)
	}

	if _, err := (&auth.JWT{}).Sign(nil); fault.Of(err) != fault.CodeInvalid {
		t.Errorf("without a secret: %v", err)
	}

	if _, err := settings.Sign(map[string]any{"sub": func() {}}); fault.Of(err) != fault.CodeInvalid {
		t.Errorf("of what is no JSON: %v", err)
	}
}
