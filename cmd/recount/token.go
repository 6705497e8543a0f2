package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/cmd/recount/config"
	"github.com/recountdev/recount/fault"
)

// tokenCommand makes a token.
type tokenCommand struct {
	Sub    string        `required:"" help:"Who it is for: the ID of the caller, and the actor of their events." placeholder:"ID"`
	Role   string        `help:"Role of the caller. Defaults to none; admin may do all that no guard refuses." placeholder:"ROLE"`
	Claim  []string      `sep:"none" help:"One more claim: JSON, or else text. May be repeated." placeholder:"NAME=VALUE"`
	TTL    time.Duration `name:"ttl" default:"1h" help:"How long it is good. Defaults to 1h." placeholder:"TIME"`
	Config string        `help:"Configuration. Defaults to recount.yaml in the working directory, if there is one." placeholder:"FILE"`
}

// Help returns what the command's help says at length.
func (*tokenCommand) Help() string {
	return `Signs a JWT (HS256) with auth.jwt.secret of the configuration, so that its server
takes it: issuer, audience and the names of claims are those of auth.jwt. This is
for development and scripts; users get their tokens where they sign in.

Examples:
  recount token --sub ada
  recount token --sub ada --role editor --claim team=7 --ttl 24h
  export RECOUNT_TOKEN=$(recount token --sub root --role admin)`
}

// madeToken is a token, as JSON.
type madeToken struct {
	Token   string    `json:"token"`
	Expires time.Time `json:"expires"`
}

// Run makes the token.
func (c *tokenCommand) Run(ctx context.Context, s *session) error {
	if c.TTL < time.Second {
		return fault.Invalid("--ttl is %s: give a second or more, such as 1h", c.TTL)
	}

	file := c.Config
	if _, err := os.Stat(config.DefaultFile); file == "" && !errors.Is(err, fs.ErrNotExist) {
		file = config.DefaultFile
	}

	loaded, err := s.loadConfig(file, s.err)
	if err != nil {
		return err
	}

	if file == "" && loaded.Auth.JWT == nil {
		return fault.NotFound("there is no %s, and a server without one needs no token: recount config example > %s writes one to begin with", config.DefaultFile, config.DefaultFile)
	}

	jwt, err := signing(loaded.Auth.JWT, cmp.Or(file, "the environment"))
	if err != nil {
		return err
	}

	now := time.Now().Truncate(time.Second)
	made := madeToken{Expires: now.Add(c.TTL).Truncate(time.Second).UTC()}

	claims, err := c.claims(jwt, now, made.Expires)
	if err != nil {
		return err
	}

	if made.Token, err = jwt.Sign(claims); err != nil {
		return err
	}

	if err := accepted(ctx, jwt, made.Token); err != nil {
		return fault.Invalid("the server would refuse this token: %w", err)
	}

	if s.json {
		return writeJSON(s.out, made)
	}

	_, err = fmt.Fprintln(s.out, made.Token)

	return err
}

// hs256 is the algorithm of secrets.
const hs256 = "HS256"

// signing returns how tokens are signed with the secret of a configuration, or
// says what to do where there is none.
func signing(jwt *auth.JWT, where string) (*auth.JWT, error) {
	const add = "for development, set auth.jwt.secret (secret: env:JWT_SECRET), to 32 bytes or more, such as those of openssl rand -base64 32"

	switch {
	case jwt == nil:
		return nil, fault.Invalid("%s has no auth.jwt, so its server takes no tokens: %s", where, add)
	case len(jwt.Secret) == 0 && jwt.JWKS != "":
		return nil, fault.Invalid("%s has no auth.jwt.secret to sign with: get a token from the login service whose keys are at %s; or, %s", where, jwt.JWKS, add)
	case len(jwt.Secret) == 0:
		return nil, fault.Invalid("%s has no auth.jwt.secret to sign with: get a token that is signed with the private key that belongs to auth.jwt.public_key; or, %s", where, add)
	case len(jwt.Algorithms) > 0 && !slices.Contains(jwt.Algorithms, hs256):
		return nil, fault.Invalid("the server of %s takes no token that is signed with a secret: add %s to auth.jwt.algorithms", where, hs256)
	}

	return &auth.JWT{
		Secret: jwt.Secret, Issuer: jwt.Issuer, Audience: jwt.Audience, Leeway: jwt.Leeway,
		ClaimID: cmp.Or(jwt.ClaimID, "sub"), ClaimRole: cmp.Or(jwt.ClaimRole, "role"),
	}, nil
}

// claims returns what the token says.
func (c *tokenCommand) claims(jwt *auth.JWT, now, expires time.Time) (map[string]any, error) {
	claims := map[string]any{jwt.ClaimID: c.Sub, "iat": now.Unix(), "exp": expires.Unix()}
	for _, claim := range []struct{ name, value string }{{jwt.ClaimRole, c.Role}, {"iss", jwt.Issuer}, {"aud", jwt.Audience}} {
		if claim.value == "" {
			continue
		}

		if err := addClaim(claims, claim.name, claim.value); err != nil {
			return nil, err
		}
	}

	for _, given := range c.Claim {
		name, text, found := strings.Cut(given, "=")
		if !found {
			return nil, fault.Invalid("--claim %q has no value: write NAME=VALUE", given)
		}

		if name == "" {
			return nil, fault.Invalid("--claim %q has no name: write NAME=VALUE", given)
		}

		var value any = text
		if json.Valid([]byte(text)) {
			value = json.RawMessage(text)
		}

		if err := addClaim(claims, name, value); err != nil {
			return nil, err
		}
	}

	return claims, nil
}

func addClaim(claims map[string]any, name string, value any) error {
	if _, has := claims[name]; has {
		return fault.Invalid("the claim %s is there already, by another flag or by the configuration: give it once", name)
	}

	claims[name] = value

	return nil
}

// accepted says why a server would not take a token.
func accepted(ctx context.Context, jwt *auth.JWT, token string) error {
	authenticator, err := auth.New(ctx, auth.Options{JWT: jwt})
	if err != nil {
		return err
	}

	_, err = authenticator.Token(ctx, token)

	return err
}
