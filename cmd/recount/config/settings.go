package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/recountdev/recount/auth"
)

// setting is a value that a file and the environment may set.
type setting struct {
	path string // auth.jwt.secret
	// set takes the value, or says what is wrong with it.
	set func(text string) error
	// add takes one value of a list; then there is no set.
	add func(text string) error
	// reset empties the list.
	reset func()
	// relative, unless nil, returns the value with what is relative in it made
	// relative to a folder.
	relative func(text, dir string) string
	// secret says that nobody may see the value.
	secret bool
}

// variable returns the environment variable that overrides the setting.
func (s *setting) variable() string {
	return variablePrefix + strings.ToUpper(strings.ReplaceAll(s.path, ".", "_"))
}

// one returns a setting with one value.
func one[T any](path string, to *T, parse reader[T]) *setting {
	return &setting{path: path, set: func(text string) error {
		value, err := parse(text)
		if err == nil {
			*to = value
		}

		return err
	}}
}

// many returns a setting with a list of values.
func many(path string, to *[]string, parse reader[string]) *setting {
	return &setting{
		path:  path,
		reset: func() { *to = nil },
		add: func(text string) error {
			value, err := parse(text)
			if err == nil && slices.Contains(*to, value) {
				err = fmt.Errorf("%s stands there twice: take one out", shown(text))
			}

			if err == nil {
				*to = append(*to, value)
			}

			return err
		},
	}
}

// from makes what is relative in a setting relative to the configuration.
func (s *setting) from(relative func(text, dir string) string) *setting {
	s.relative = relative

	return s
}

// hidden marks a setting as a secret.
func (s *setting) hidden() *setting {
	s.secret = true

	return s
}

// settingsOf returns all settings, in the order in which they are documented.
func settingsOf(c *Config, jwt *auth.JWT) []*setting {
	settings := []*setting{
		one("listen", &c.Listen, asAddress),
		one("store", &c.Store, asStore).from(storeFrom),
		one("views", &c.Views, asViews).from(viewsFrom),
		one("tls.cert", &c.TLS.Cert, asText).from(pathFrom),
		one("tls.key", &c.TLS.Key, asText).from(pathFrom),
		one("auth.anonymous", &c.Auth.Anonymous, asBool),
		one("auth.jwt.jwks", &jwt.JWKS, asText),
		one("auth.jwt.secret", &jwt.Secret, asBytes).hidden(),
		one("auth.jwt.public_key", &jwt.PublicKeys, asKeys).from(keysFrom),
		one("auth.jwt.issuer", &jwt.Issuer, asText),
		one("auth.jwt.audience", &jwt.Audience, asText),
		many("auth.jwt.algorithms", &jwt.Algorithms, oneOf("HS256", "RS256", "ES256", "EdDSA")),
		one("auth.jwt.leeway", &jwt.Leeway, asDuration(0, time.Hour)),
		one("auth.jwt.claims.id", &jwt.ClaimID, asText),
		one("auth.jwt.claims.role", &jwt.ClaimRole, asText),
		many("auth.origins", &c.Origins, asOrigin),
	}

	for _, row := range c.Limits.numbers() {
		parse := asCount(row.least, row.top)
		if row.bytes {
			parse = asSize(row.least, row.top)
		}

		settings = append(settings, one("limits."+row.name, row.value, parse))
	}

	for _, row := range c.Limits.times() {
		settings = append(settings, one("limits."+row.name, row.value, asDuration(row.least, row.top)))
	}

	return settings
}

// notYet are keys that are planned, and do nothing yet.
func notYet() []string { return []string{"reactors"} }

// applyFile takes over what the file says.
func (l *loader) applyFile() {
	if l.root == nil {
		return
	}

	fields := l.section("")
	fields["categories"] = l.categories
	fields["queries"] = l.queries
	for _, key := range notYet() {
		fields[key] = func(key, _ *node) {
			l.problemf(key.at, "%s is not supported yet by this version: take it out", key.text)
		}
	}

	l.fields(l.root, "the file", fields, notYet()...)
}

// field reads the value of a key.
type field = func(key, value *node)

// section returns the keys of a part of the settings: "" or a path that ends
// with a dot.
func (l *loader) section(prefix string) map[string]field {
	fields := map[string]field{}
	for _, s := range l.settings {
		rest, inside := strings.CutPrefix(s.path, prefix)
		if !inside {
			continue
		}

		name, _, deeper := strings.Cut(rest, ".")
		if !deeper {
			fields[name] = func(_, value *node) { l.fromFile(s, value) }

			continue
		}

		path := prefix + name
		fields[name] = func(key, value *node) {
			l.places[path] = key.at
			l.fields(value, path, l.section(path+"."))
		}
	}

	return fields
}

// fields reads a mapping. A key that it must not have is a problem; hidden ones
// are no good suggestion instead.
func (l *loader) fields(n *node, what string, fields map[string]field, hidden ...string) {
	switch n.kind {
	case mapping:
	case nothing, unreadable:
		return
	default:
		l.problemf(n.at, "%s takes keys with values, not %s: there are %s", what, n.kind, strings.Join(suggested(fields, hidden), ", "))

		return
	}

	for _, e := range n.entries {
		if read, known := fields[e.key.text]; known {
			read(e.key, e.value)

			continue
		}

		l.problemf(e.key.at, "unknown key %s%s", shown(e.key.text), l.meant(e.key.text, suggested(fields, hidden)))
	}
}

func suggested(fields map[string]field, hidden []string) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(fields)), func(key string) bool { return slices.Contains(hidden, key) })
}

// meant says which key was probably meant: one of those that may stand here, or
// one of the same name elsewhere.
func (l *loader) meant(word string, here []string) string {
	if found, ok := near(word, here); ok {
		return ": did you mean " + found + "?"
	}

	for _, s := range l.settings {
		if path := s.path; strings.HasSuffix(path, "."+word) {
			return ": did you mean " + path + "?"
		}
	}

	return orElse(word, here)
}

// fromFile takes over a setting from the file.
func (l *loader) fromFile(s *setting, value *node) {
	l.places[s.path] = value.at
	switch value.kind {
	case unreadable:
	case nothing:
		l.problemf(value.at, "%s: %v", s.path, errEmpty)
	case scalar:
		if s.add != nil {
			l.problemf(value.at, "%s takes a list: write [%s]", s.path, value.text)

			return
		}

		l.take(s, s.set, value.text, value.at, l.dir)
	case list:
		if s.add == nil {
			l.problemf(value.at, "%s takes a single value, not a list", s.path)

			return
		}

		for _, item := range value.items {
			if item.kind != scalar {
				l.problemf(item.at, "%s takes a list of single values, not of %s", s.path, item.kind)

				continue
			}

			l.take(s, s.add, item.text, item.at, l.dir)
		}
	default:
		l.problemf(value.at, "%s takes %s, not %s", s.path, s.takes(), value.kind)
	}
}

func (s *setting) takes() string {
	if s.add != nil {
		return "a list"
	}

	return "a single value"
}

// take takes over one value, which may name a variable.
func (l *loader) take(s *setting, set func(string) error, text string, at place, dir string) {
	if s.secret && !strings.HasPrefix(text, variableSign) {
		l.hide(text)
	}

	if name, ok := strings.CutPrefix(text, variableSign); ok {
		value, _ := l.variable(name)
		if value == "" {
			l.unset = append(l.unset, s.path)
			if !l.withoutVariables {
				l.problemf(at, "%s: the environment variable %s is not set", s.path, shown(name))
			}

			return
		}

		text, dir = value, ""
	}

	if text == "" {
		l.problemf(at, "%s: %v", s.path, errEmpty)

		return
	}

	if s.relative != nil {
		text = s.relative(text, dir)
	}

	if err := set(text); err != nil {
		l.problemf(at, "%s: %v", s.path, err)
	}
}

// minHidden is how long a secret is at least that is kept out of lines: what is
// shorter stands in many a word.
const minHidden = 4

// hide keeps a secret out of the lines that are shown.
func (l *loader) hide(secret string) {
	for line := range strings.Lines(secret) {
		if line = strings.TrimSpace(line); len(line) >= minHidden {
			l.secrets = append(l.secrets, line)
		}
	}
}
