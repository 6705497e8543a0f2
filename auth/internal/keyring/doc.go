// Package keyring holds the public keys that verify tokens, and keeps those of
// a JWKS (RFC 7517) up to date.
//
// Every [Key] is tied to the one algorithm that it is for, by what kind of key
// it is. There are no symmetric keys here: a set that is published cannot hold
// a secret.
package keyring
