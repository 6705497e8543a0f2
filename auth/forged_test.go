package auth_test

import (
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/fault"
)

// refused checks that a token is refused, and that the answer does not repeat
// it.
func refused(t *testing.T, a *auth.Authenticator, token, want string) {
	t.Helper()

	got, err := a.Token(t.Context(), token)
	if fault.Of(err) != fault.CodeUnauthenticated || !strings.Contains(err.Error(), want) || got.ID != "" || got.Claims != nil {
		t.Errorf("got %+v, %v (%s), want %s", got, err, fault.Of(err), want)
		return
	}

	if len(err.Error()) > 400 || len(token) > 20 && strings.Contains(err.Error(), token) {
		t.Errorf("the answer is too long, or repeats the token: %v", err)
	}

	// The same must hold for a request.
	if _, err := a.Request(request("/"), token); token != "" && fault.Of(err) != fault.CodeUnauthenticated {
		t.Errorf("the request was answered with %v", err)
	}
}

// TestForgedWithoutSignature has the oldest trick of all.
func TestForgedWithoutSignature(t *testing.T) {
	t.Parallel()

	i := newIssuer(t)
	a := newAuthenticator(t, auth.Options{JWT: strict(t, i), Anonymous: true})

	body, err := json.Marshal(claimsOf(jwt.MapClaims{"role": "admin"}))
	if err != nil {
		t.Fatal(err)
	}

	for _, alg := range []string{"none", "None", "NONE", "nOnE", ""} {
		header := encode(fmt.Sprintf(`{"alg":%q}`, alg))
		want := fmt.Sprintf(`the token is signed with alg %q, this server takes HS256, RS256, ES256, EdDSA`, alg)

		refused(t, a, header+"."+encode(string(body))+".", want)
		refused(t, a, header+"."+encode(string(body))+"."+encode("x"), want)
	}

	refused(t, a, encode(`{}`)+"."+encode(string(body))+".", `alg ""`)
	refused(t, a, encode(`{"alg":"HS256"}`)+"."+encode(string(body))+".", "the signature of the token")
	refused(t, a, encode(`{"alg":"RS256"}`)+"."+encode(string(body))+".", "the signature of the token")
	refused(t, a, encode(`{"alg":"ES256"}`)+"."+encode(string(body))+"."+base64.RawURLEncoding.EncodeToString(make([]byte, 64)), "the signature of the token")
	refused(t, a, encode(`{"alg":"EdDSA"}`)+"."+encode(string(body))+"."+base64.RawURLEncoding.EncodeToString(make([]byte, 64)), "the signature of the token")
}

// TestForgedWithPublicKey signs with what everybody knows, as if it were a
// secret, in every form that a server might hold it in.
func TestForgedWithPublicKey(t *testing.T) {
	t.Parallel()

	i := newIssuer(t)

	for name, o := range map[string]*auth.JWT{
		"public keys alone":      {PublicKeys: i.public(t)},
		"a secret besides":       {PublicKeys: i.public(t), Secret: i.secret},
		"HS256 is not left over": {PublicKeys: i.public(t), Algorithms: []string{"RS256", "ES256", "EdDSA"}},
	} {
		a := newAuthenticator(t, auth.Options{JWT: o})

		want := `the token is signed with alg "HS256", this server takes RS256, ES256, EdDSA: sign it with that`
		if o.Secret != nil {
			want = `the signature of the token (alg "HS256", kid "") is not by a key of this server`
		}

		t.Run(name, func(t *testing.T) {
			t.Parallel()

			for _, secret := range publicForms(t, i) {
				refused(t, a, sign(t, jwt.SigningMethodHS256, secret, nil, claimsOf(nil)), want)
			}
		})
	}
}

func publicForms(t *testing.T, i *issuer) [][]byte {
	t.Helper()

	forms := [][]byte{i.public(t), {}, i.ed25519[32:], x509.MarshalPKCS1PublicKey(&i.rsa.PublicKey), i.rsa.N.Bytes()}

	for _, key := range []crypto.PublicKey{&i.rsa.PublicKey, &i.ec.PublicKey, i.ed25519.Public()} {
		text := publicPEM(t, key)
		block, _ := pem.Decode(text)
		forms = append(forms, text, []byte(strings.TrimSpace(string(text))), block.Bytes)
	}

	return append(forms, pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(&i.rsa.PublicKey)}))
}

// TestForgedAlgorithms uses one kind of key for another algorithm.
func TestForgedAlgorithms(t *testing.T) {
	t.Parallel()

	i, other := newIssuer(t), newIssuer(t)
	other.rsa = newRSA(t)
	a := newAuthenticator(t, auth.Options{JWT: strict(t, i)})

	for name, token := range map[string]string{
		"HS256, another secret": sign(t, jwt.SigningMethodHS256, other.secret, nil, claimsOf(nil)),
		"RS256, another key":    sign(t, jwt.SigningMethodRS256, other.rsa, nil, claimsOf(nil)),
		"ES256, another key":    sign(t, jwt.SigningMethodES256, other.ec, nil, claimsOf(nil)),
		"EdDSA, another key":    sign(t, jwt.SigningMethodEdDSA, other.ed25519, nil, claimsOf(nil)),
		"EdDSA as ES256":        renamed(t, sign(t, jwt.SigningMethodEdDSA, i.ed25519, nil, claimsOf(nil)), "ES256"),
		"ES256 as EdDSA":        renamed(t, sign(t, jwt.SigningMethodES256, i.ec, nil, claimsOf(nil)), "EdDSA"),
		"RS256 as ES256":        renamed(t, sign(t, jwt.SigningMethodRS256, i.rsa, nil, claimsOf(nil)), "ES256"),
		"HS256 as RS256":        renamed(t, sign(t, jwt.SigningMethodHS256, i.secret, nil, claimsOf(nil)), "RS256"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refused(t, a, token, "is not by a key of this server")
		})
	}

	for _, token := range []string{
		sign(t, jwt.SigningMethodHS512, i.secret, nil, claimsOf(nil)),
		sign(t, jwt.SigningMethodRS512, i.rsa, nil, claimsOf(nil)),
		sign(t, jwt.SigningMethodPS256, i.rsa, nil, claimsOf(nil)),
		renamed(t, sign(t, jwt.SigningMethodHS256, i.secret, nil, claimsOf(nil)), "hs256"),
		renamed(t, sign(t, jwt.SigningMethodHS256, i.secret, nil, claimsOf(nil)), "HS256 "),
	} {
		refused(t, a, token, "this server takes HS256, RS256, ES256, EdDSA: sign it with that")
	}
}

// renamed gives a token another algorithm in its header.
func renamed(t *testing.T, token, alg string) string {
	t.Helper()

	_, rest, _ := strings.Cut(token, ".")

	return encode(fmt.Sprintf(`{"alg":%q,"typ":"JWT"}`, alg)) + "." + rest
}

// TestForgedHeader names keys of the forger's own, which the server must not
// look at, nor fetch.
func TestForgedHeader(t *testing.T) {
	t.Parallel()

	i, other := newIssuer(t), newIssuer(t)
	a := newAuthenticator(t, auth.Options{JWT: &auth.JWT{PublicKeys: i.public(t)}})

	asked := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		t.Error("the server fetched what a token named")
		_, _ = w.Write(jwks(t, map[string]crypto.PublicKey{"evil": &other.ec.PublicKey}))
	}))
	t.Cleanup(asked.Close)

	var own struct {
		Keys []map[string]any `json:"keys"`
	}

	if err := json.Unmarshal(jwks(t, map[string]crypto.PublicKey{"evil": &other.ec.PublicKey}), &own); err != nil {
		t.Fatal(err)
	}

	for name, header := range map[string]map[string]any{
		"jwk":          {"jwk": own.Keys[0], "kid": "evil"},
		"jku":          {"jku": asked.URL, "kid": "evil"},
		"x5u":          {"x5u": asked.URL, "kid": "evil"},
		"x5c":          {"x5c": []string{base64.StdEncoding.EncodeToString(publicPEM(t, &other.ec.PublicKey))}},
		"kid as path":  {"kid": "../../../../dev/null"},
		"kid as SQL":   {"kid": "x' UNION SELECT 'key"},
		"kid as a URL": {"kid": asked.URL},
	} {
		refused(t, a, sign(t, jwt.SigningMethodES256, other.ec, header, claimsOf(nil)), "is not by a key of this server")

		// They do no harm beside a good signature.
		if _, err := a.Token(t.Context(), sign(t, jwt.SigningMethodES256, i.ec, header, claimsOf(nil))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}

	for _, c := range []struct {
		header map[string]any
		want   string
	}{
		{map[string]any{"crit": []string{"exp"}}, "the token has extensions (crit) that this server does not know"},
		{map[string]any{"crit": []string{}}, "the token has extensions (crit) that this server does not know"},
		{map[string]any{"crit": nil}, "the token has extensions (crit) that this server does not know"},
		{map[string]any{"crit": []string{"b64"}, "b64": false}, "the token has extensions (crit) that this server does not know"},
		{map[string]any{"kid": 7}, "kid in the header of the token is not a string"},
		{map[string]any{"kid": nil}, "kid in the header of the token is not a string"},
		{map[string]any{"typ": 7}, "typ in the header of the token is not a string"},
		{map[string]any{"typ": "logout+jwt"}, `the token is a "logout+jwt", which is for another purpose: send an access token`},
		{map[string]any{"typ": "application/DPoP+JWT"}, `the token is a "dpop+jwt", which is for another purpose: send an access token`},
	} {
		refused(t, a, sign(t, jwt.SigningMethodES256, i.ec, c.header, claimsOf(nil)), c.want)
	}
}

// TestForgedForm sends what is no token, or has another spelling.
func TestForgedForm(t *testing.T) {
	t.Parallel()

	i := newIssuer(t)
	a := newAuthenticator(t, auth.Options{JWT: strict(t, i), Anonymous: true})
	good := sign(t, jwt.SigningMethodHS256, i.secret, nil, claimsOf(nil))

	if _, err := a.Token(t.Context(), good); err != nil {
		t.Fatal(err)
	}

	const notJWT = "the token is not a JWT: send all of it"

	for _, c := range []struct{ token, want string }{
		{"", "no token: send one as Authorization: Bearer TOKEN"},
		{"x", notJWT},
		{"..", "the header of the token is not good JSON"},
		{".....", notJWT},
		{strings.Repeat(".", 10000), notJWT},
		{good[:len(good)/2], ""},
		{good[:strings.LastIndex(good, ".")], notJWT},
		{good[:strings.LastIndex(good, ".")+1], "the signature of the token"},
		{good + ".", notJWT},
		{good + "." + encode("x"), notJWT},
		{good + "=", "the signature of the token is not base64url"},
		{good + "\n", "the signature of the token has a line break in it"},
		{strings.Replace(good, ".", ".\r\n", 1), "the claims of the token has a line break in it"},
		{" " + good, "the header of the token is not base64url"},
		{good + " ", "the signature of the token is not base64url"},
		{strings.Replace(good, ".", "+.", 1), "the header of the token is not base64url"},
		{"bearer " + good, "the header of the token is not base64url"},
		{strings.Repeat("A", 100<<10), "the token has 102400 bytes, the limit is 16384: put less into it"},
		{good + strings.Repeat("A", 100<<10), "the limit is 16384"},
		{sign(t, jwt.SigningMethodHS256, i.secret, nil, claimsOf(jwt.MapClaims{"pad": strings.Repeat("x", 100<<10)})), "the limit is 16384"},
		{signRaw(t, i.secret, `[]`, `{"sub":"anna"}`), "the header of the token is not an object"},
		{signRaw(t, i.secret, `null`, `{"sub":"anna"}`), "the header of the token is not an object"},
		{signRaw(t, i.secret, `{"alg":"HS256"`, `{"sub":"anna"}`), "the header of the token is not good JSON: byte 14: unexpected end of JSON input"},
		{signRaw(t, i.secret, `{"alg":["HS256"]}`, `{"sub":"anna"}`), "alg in the header of the token is not a string"},
		{signRaw(t, i.secret, `{"alg":"none","alg":"HS256"}`, `{"sub":"anna"}`), `the header of the token is not good JSON: byte 15: "alg" stands here again: give it once`},
		{signRaw(t, i.secret, `{"alg":"HS256"}`, `[]`), "the claims of the token are not an object"},
		{signRaw(t, i.secret, `{"alg":"HS256"}`, `null`), "the claims of the token are not an object"},
		{signRaw(t, i.secret, `{"alg":"HS256"}`, `{"sub":"anna"`), "the claims of the token are not good JSON"},
		{signRaw(t, i.secret, `{"alg":"HS256"}`, `{"sub":"anna"} {"sub":"bob"}`), "the claims of the token are not good JSON"},
		{signRaw(t, i.secret, `{"alg":"HS256"}`, `{"sub":"anna","role":"viewer","role":"admin"}`), `the claims of the token are not good JSON: byte 31: "role" stands here again: give it once`},
		{signRaw(t, i.secret, `{"alg":"HS256"}`, `{"sub":"anna","r\u006fle":"viewer","role":"admin"}`), `"role" stands here again: give it once`},
		{signRaw(t, i.secret, `{"alg":"HS256"}`, `{"sub":"anna","exp":1,"exp":9999999999}`), `"exp" stands here again: give it once`},
		{signRaw(t, i.secret, `{"alg":"HS256"}`, "{\"sub\":\"an\xffna\"}"), "the claims of the token are not good JSON: byte 11: this is not UTF-8"},
		{signRaw(t, i.secret, `{"alg":"HS256"}`, strings.Repeat(`{"a":`, 2000)), "the claims of the token are not good JSON"},
	} {
		refused(t, a, c.token, c.want)
	}
}

// TestForgedBits shows that a token with any part of it changed is refused: it
// has one spelling only.
func TestForgedBits(t *testing.T) {
	t.Parallel()

	i := newIssuer(t)
	a := newAuthenticator(t, auth.Options{JWT: strict(t, i), Anonymous: true})

	for good, others := range map[string][]byte{
		sign(t, jwt.SigningMethodHS256, i.secret, nil, claimsOf(nil)):  {0, 1, 2, 0x20, 'A', '.', '\n', 0xff},
		sign(t, jwt.SigningMethodEdDSA, i.ed25519, nil, claimsOf(nil)): {'\n', 'A'},
	} {
		for at := range good {
			for _, c := range append(others, good[at]^1) {
				if c == good[at] {
					continue
				}

				bad := []byte(good)
				bad[at] = c

				if got, err := a.Token(t.Context(), string(bad)); fault.Of(err) != fault.CodeUnauthenticated {
					t.Fatalf("%q instead of %q at %d: got %+v, %v", c, good[at], at, got, err)
				}
			}
		}
	}
}

// FuzzToken shows that nothing but the good tokens is accepted, and nothing
// brings the parser down.
func FuzzToken(f *testing.F) {
	i := newIssuer(f)
	a := newAuthenticator(f, auth.Options{JWT: strict(f, i), Anonymous: true, Key: fixedKey()})

	f.Add(encode(`{"alg":"none"}`) + "." + encode(`{"sub":"anna"}`) + ".")
	f.Add(encode(`{"alg":"HS256","kid":"recount"}`) + "." + encode(`{"iss":"recount","sub":"anon-aaaaaaaaaaaaaaaaaaaaaaaaaa"}`) + "." + encode("signature"))
	f.Add(encode(`{"alg":"EdDSA","crit":[]}`) + "." + encode(`{}`) + "." + strings.Repeat("A", 86))
	f.Add("..")

	// The keys are new in each run, so no corpus has a good token.
	f.Fuzz(func(t *testing.T, token string) {
		got, err := a.Token(t.Context(), token)
		if fault.Of(err) != fault.CodeUnauthenticated || got.ID != "" {
			t.Fatalf("%q: got %+v, %v (%s)", token, got, err, fault.Of(err))
		}
	})
}
