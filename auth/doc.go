// Package auth says who asks, and decides what they may do.
//
// An [Authenticator] turns a request into a [Caller]. It knows tokens (JWT,
// signed with a secret, with a key from a file, or with one of a JWKS), an
// application's own sessions ([Func]), and anonymous callers, who get a signed
// ID that stays the same when they come back.
//
// A [Guard] decides a [Request]: a Go function, or a [CEL] expression from a
// file. Guards are compiled when the program starts; a mistake is reported with
// its place.
//
// # What is guaranteed
//
// A token is accepted only if its algorithm is one of HS256, RS256, ES256 and
// EdDSA, if a key of just that kind is there, and if its signature, issuer,
// audience and times hold. A key is tied to one algorithm: nobody can sign with
// a public key as if it were a secret, and no token is without a signature.
// What a token says about keys (jwk, jku, x5u, x5c) is ignored. A token that
// leaves room for two readings, such as a claim that stands in it twice, is
// refused.
//
// A guard that fails, or runs for too long, refuses.
//
// # What to know
//
// A token is valid until it expires. To take a right away at once, shorten the
// lifetime of tokens, or decide in a guard.
//
// Messages for the one who asks never repeat a token or a key.
package auth
