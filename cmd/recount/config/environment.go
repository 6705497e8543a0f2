package config

import (
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/joho/godotenv"

	"github.com/recountdev/recount/internal/nearest"
)

const (
	// variablePrefix begins the variables that override settings.
	variablePrefix = "RECOUNT_"
	// variableSign begins a value that is to be taken from a variable.
	variableSign = "env:"
	// dotEnvFile may set variables that the environment does not.
	dotEnvFile = ".env"
)

// readDotEnv reads .env in the working directory, if there is one.
func (l *loader) readDotEnv() {
	file, err := godotenv.Read(dotEnvFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		l.problems = append(l.problems, Problem{File: dotEnvFile, Message: "it cannot be read: " + err.Error() + ": write lines such as " + variablePrefix + "LISTEN=:4000"})

		return
	}

	l.dotEnv = file
}

// variable returns a variable of the environment, else of .env, and whether it
// is the latter.
func (l *loader) variable(name string) (value string, dotEnv bool) {
	if value := l.getenv(name); value != "" {
		return value, false
	}

	value = l.dotEnv[name]

	return value, value != ""
}

// applyEnvironment takes over what variables say. They go before the file.
func (l *loader) applyEnvironment() {
	known := make([]string, len(l.settings))
	for i, s := range l.settings {
		known[i] = s.variable()

		text, dotEnv := l.variable(known[i])
		if text == "" {
			continue
		}

		at := place{variable: known[i], dotEnv: dotEnv}
		l.places[s.path] = at
		if s.add == nil {
			l.take(s, s.set, text, at, "")

			continue
		}

		s.reset()
		for part := range strings.SplitSeq(text, ",") {
			l.take(s, s.add, strings.TrimSpace(part), at, "")
		}
	}

	l.checkDotEnv(known)
}

// checkDotEnv asks about variables in .env that are nearly those of a setting.
// Others may be for somebody else.
func (l *loader) checkDotEnv(known []string) {
	withoutPrefix := make([]string, len(known))
	for i, name := range known {
		withoutPrefix[i] = strings.TrimPrefix(name, variablePrefix)
	}

	for _, name := range slices.Sorted(maps.Keys(l.dotEnv)) {
		rest, ours := strings.CutPrefix(name, variablePrefix)
		if !ours || slices.Contains(known, name) {
			continue
		}

		if meant, ok := nearest.Of(rest, withoutPrefix); ok {
			l.problemf(place{variable: name, dotEnv: true}, "no setting has this variable: did you mean %s%s?", variablePrefix, meant)
		}
	}
}
