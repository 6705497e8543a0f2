package auth

import (
	"bytes"
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/recountdev/recount/auth/internal/keyring"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/internal/nearest"
)

// hs256 is the algorithm of secrets.
const hs256 = "HS256"

// algorithms are all that tokens may be signed with.
func algorithms() []string { return []string{hs256, keyring.RS256, keyring.ES256, keyring.EdDSA} }

// JWT says whose tokens are accepted (RFC 7519). At least one of Secret,
// PublicKeys and JWKS is needed. Each kind of key verifies one algorithm only:
// a secret HS256, an RSA key RS256, a P-256 key ES256, an Ed25519 key EdDSA.
//
// Set Issuer and Audience where others get tokens that are signed with the same
// keys; what is left out is not checked.
type JWT struct {
	// Secret verifies HS256: at least 32 bytes that nobody can guess.
	Secret []byte
	// PublicKeys are public keys or certificates in PEM, one after the other.
	PublicKeys []byte
	// JWKS is the address of a JSON Web Key Set. It is fetched in the
	// background, again every 15 minutes, and when a token names a key that
	// is not in it (at most every 10 s). While it cannot be fetched the keys
	// that are known go on to hold; before the first success tokens are
	// answered with CodeUnavailable, and the logger gets the reason.
	JWKS string
	// Client fetches the JWKS. Defaults to one with connections of its own.
	Client *http.Client
	// Issuer is what the claim iss has to be. Defaults to anything.
	Issuer string
	// Audience is what the claim aud has to have. Defaults to anything.
	Audience string
	// Algorithms leaves only some of HS256, RS256, ES256 and EdDSA. Defaults
	// to all that there are keys for.
	Algorithms []string
	// ClaimID is the claim that is the caller's ID, a string or a whole
	// number. Defaults to sub.
	ClaimID string
	// ClaimRole is the claim that is the caller's role, a string. Defaults to
	// role.
	ClaimRole string
	// Leeway is how far the clocks of issuer and server may be apart; it
	// prolongs every token. Defaults to none.
	Leeway time.Duration
}

// maxTries is how many keys are tried for a token that names none.
const maxTries = 16

// verifier verifies the tokens that a JWT describes.
type verifier struct {
	o      JWT
	now    func() time.Time
	static []keyring.Key // from PublicKeys
	remote *keyring.Remote
}

// newVerifier checks the options and starts fetching the JWKS, until ctx ends.
func newVerifier(ctx context.Context, o *JWT, now func() time.Time, logger *slog.Logger) (*verifier, error) {
	v := &verifier{o: *o, now: now}
	v.o.Secret = bytes.Clone(o.Secret)
	v.o.ClaimID = cmp.Or(o.ClaimID, "sub")
	v.o.ClaimRole = cmp.Or(o.ClaimRole, "role")

	if err := v.checkKeys(); err != nil {
		return nil, err
	}

	if err := v.checkAlgorithms(); err != nil {
		return nil, err
	}

	if o.Leeway < 0 {
		return nil, fault.Invalid("jwt leeway is %s: give 0 or more", o.Leeway)
	}

	if o.JWKS == "" {
		return v, nil
	}

	exposed, err := keyring.CheckURL(o.JWKS)
	if err != nil {
		return nil, fault.Invalid("jwt jwks: %w", err)
	}

	if exposed {
		logger.WarnContext(ctx, "the JWKS is fetched without TLS: whoever sits between here and there can make valid tokens; use https", slog.String("url", o.JWKS))
	}

	if o.Issuer == "" && o.Audience == "" {
		logger.WarnContext(ctx, "every token signed by the JWKS is accepted, whoever it was issued for: set issuer and audience", slog.String("url", o.JWKS))
	}

	v.remote = keyring.NewRemote(ctx, keyring.Options{URL: o.JWKS, Client: o.Client, Logger: logger})

	return v, nil
}

// minSecret is the shortest secret in bytes (RFC 7518, section 3.2).
const minSecret = 32

func (v *verifier) checkKeys() error {
	switch {
	case len(v.o.Secret) == 0 && len(v.o.PublicKeys) == 0 && v.o.JWKS == "":
		return fault.Invalid("jwt has no key to verify tokens with: give a secret, public keys or a jwks")
	case keyring.IsPEM(v.o.Secret):
		return fault.Invalid("jwt secret is a key in PEM, which others may know: give it as public key, or a secret that only you know")
	case len(v.o.Secret) > 0 && len(v.o.Secret) < minSecret:
		return fault.Invalid("jwt secret has %d bytes, which can be guessed: make one of %d or more, such as with openssl rand -base64 32", len(v.o.Secret), minSecret)
	case len(v.o.PublicKeys) == 0:
		return nil
	}

	static, err := keyring.ParsePEM(v.o.PublicKeys)
	if err != nil {
		return fault.Invalid("jwt public keys: %w", err)
	}

	v.static = static

	return nil
}

func (v *verifier) checkAlgorithms() error {
	if len(v.o.Algorithms) == 0 {
		for _, algorithm := range algorithms() {
			if v.hasKey(algorithm) {
				v.o.Algorithms = append(v.o.Algorithms, algorithm)
			}
		}

		return nil
	}

	for _, algorithm := range v.o.Algorithms {
		if !slices.Contains(algorithms(), algorithm) {
			hint := ""
			if near, ok := nearest.Of(strings.ToUpper(algorithm), algorithms()); ok {
				hint = ": did you mean " + near + "?"
			}

			return fault.Invalid("jwt algorithm %s is not one of %s%s", clip(algorithm), strings.Join(algorithms(), ", "), hint)
		}

		if !v.hasKey(algorithm) {
			return fault.Invalid("jwt algorithm %s has no key: give one, or take it out", algorithm)
		}
	}

	return nil
}

// hasKey reports whether there is, or may be, a key for an algorithm.
func (v *verifier) hasKey(algorithm string) bool {
	if algorithm == hs256 {
		return len(v.o.Secret) > 0
	}

	return v.o.JWKS != "" || slices.ContainsFunc(v.static, func(k keyring.Key) bool { return k.Algorithm == algorithm })
}

// verify returns the caller that a token is about.
func (v *verifier) verify(ctx context.Context, t *token) (Caller, error) {
	if !slices.Contains(v.o.Algorithms, t.algorithm) {
		return Caller{}, fault.Unauthenticated("the token is signed with alg %s, this server takes %s: sign it with that", clip(t.algorithm), strings.Join(v.o.Algorithms, ", "))
	}

	if err := v.checkSignature(ctx, t); err != nil {
		return Caller{}, err
	}

	return v.caller(t)
}

func (v *verifier) checkSignature(ctx context.Context, t *token) error {
	if t.algorithm == hs256 {
		return t.checkSecret(v.o.Secret)
	}

	for _, k := range v.static {
		if k.Algorithm == t.algorithm && t.check(&k) {
			return nil
		}
	}

	if v.remote == nil {
		return t.unsigned()
	}

	return v.checkRemote(ctx, t)
}

// checkRemote verifies a token with the keys of the JWKS.
func (v *verifier) checkRemote(ctx context.Context, t *token) error {
	found, err := v.remote.Find(ctx, t.key, t.algorithm)

	switch {
	case err != nil:
		return err
	case len(found) == 0:
		return fault.Unauthenticated("the token is signed with a key (kid %s) that is not among those of this server's JWKS: get a fresh one", clip(t.key))
	case t.anyOf(found):
		return nil
	case t.key != "":
		return t.unsigned()
	}

	// The token does not say which key. It may be a new one.
	if err := v.remote.Refresh(ctx); err != nil {
		return err
	}

	if found, err = v.remote.Find(ctx, "", t.algorithm); err != nil {
		return err
	}

	if !t.anyOf(found) {
		return t.unsigned()
	}

	return nil
}

// caller checks the claims of a token whose signature was verified.
func (v *verifier) caller(t *token) (Caller, error) {
	c, err := parseClaims(t.claims)
	if err != nil {
		return Caller{}, err
	}

	if err := c.checkIssuer(v.o.Issuer); err != nil {
		return Caller{}, err
	}

	if err := c.checkAudience(v.o.Audience); err != nil {
		return Caller{}, err
	}

	expires, err := c.checkTimes(v.now(), v.o.Leeway)
	if err != nil {
		return Caller{}, err
	}

	id, err := c.id(v.o.ClaimID)
	if err != nil {
		return Caller{}, err
	}

	role, err := c.text(v.o.ClaimRole)
	if err != nil {
		return Caller{}, err
	}

	return Caller{ID: id, Role: role, Claims: c, Expires: expires}, nil
}
