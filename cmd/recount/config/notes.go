package config

import (
	"maps"
	"slices"
)

// Notes says what is no mistake, but may surprise: one sentence each.
func (c *Config) Notes() []string {
	var notes []string
	if !c.Auth.Anonymous && c.Auth.JWT == nil {
		notes = append(notes, "nobody is admitted: set auth.anonymous, or say with auth.jwt whose tokens are accepted")
	}

	if jwt := c.Auth.JWT; jwt != nil && jwt.JWKS != "" && jwt.Issuer == "" && jwt.Audience == "" {
		notes = append(notes, "every token that is signed with a key of auth.jwt.jwks is accepted, whoever it was issued for: set auth.jwt.issuer and audience")
	}

	if len(c.Categories) == 0 {
		notes = append(notes, "no category is declared, so all are refused: declare one under categories")
	}

	for _, name := range slices.Sorted(maps.Keys(c.Categories)) {
		if d := c.Categories[name]; d.Guards.Dispatch != nil && len(d.Commands) == 0 {
			notes = append(notes, "the guard dispatch of category "+name+" is never asked: commands come with aggregates, which are written in Go")
		}
	}

	if c.unasked != nil {
		notes = append(notes, "whether the views understand the SQL of queries shows when the server starts: "+c.unasked.Error())
	}

	return notes
}
