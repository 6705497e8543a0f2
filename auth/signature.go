package auth

import (
	"github.com/golang-jwt/jwt/v5"

	"github.com/recountdev/recount/auth/internal/keyring"
	"github.com/recountdev/recount/fault"
)

// Sign returns a token that says claims, signed with the secret (HS256). It is for
// development and tests: users get their tokens where they sign in. It fails with
// CodeInvalid if there is no secret, or claims cannot be JSON.
func (j *JWT) Sign(claims map[string]any) (string, error) {
	if len(j.Secret) == 0 {
		return "", fault.Invalid("there is no secret to sign with: set JWT.Secret")
	}

	signed, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims(claims)).SignedString(j.Secret)
	if err != nil {
		return "", fault.Invalid("these claims cannot stand in a token: %w", err)
	}

	return signed, nil
}

// anyOf reports whether one of the keys has signed the token.
func (t *token) anyOf(keys []keyring.Key) bool {
	for i := range keys[:min(len(keys), maxTries)] {
		if t.check(&keys[i]) {
			return true
		}
	}

	return false
}

// check reports whether a public key has signed the token. The key decides by
// which algorithm; a token that names another one is not looked at.
func (t *token) check(k *keyring.Key) bool {
	if t.algorithm != k.Algorithm {
		return false
	}

	var method jwt.SigningMethod

	switch k.Algorithm {
	case keyring.RS256:
		method = jwt.SigningMethodRS256
	case keyring.ES256:
		method = jwt.SigningMethodES256
	case keyring.EdDSA:
		method = jwt.SigningMethodEdDSA
	default:
		return false
	}

	return method.Verify(t.signed, t.signature, k.Public) == nil
}

// checkSecret says what is wrong with the signature of a token that has to be
// signed with a secret, if anything is.
func (t *token) checkSecret(secret []byte) error {
	if t.algorithm != hs256 || jwt.SigningMethodHS256.Verify(t.signed, t.signature, secret) != nil {
		return t.unsigned()
	}

	return nil
}

func (t *token) unsigned() error {
	return fault.Unauthenticated("the signature of the token (alg %s, kid %s) is not by a key of this server: get a fresh one", clip(t.algorithm), clip(t.key))
}
