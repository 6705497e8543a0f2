package config_test

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/recountdev/recount/cmd/recount/config"
	"github.com/recountdev/recount/fault"
)

// TestProblems sees what is said of each mistake, and where.
func TestProblems(t *testing.T) {
	t.Parallel()

	for text, want := range map[string][]string{
		// The form.
		"- a\n":                 {`1:1: the file takes keys with values, not a list: there are auth, categories, limits, listen, queries, store, tls, views`},
		"hello\n":               {`1:1: the file takes keys with values, not a single value: there are auth, categories, limits, listen, queries, store, tls, views`},
		"listen: :1\nlisten: 2": {`2:1: "listen" stands here twice, first in line 1: take one out`},
		"a: b: c":               {`1:4: this is not YAML: a value that ends with a colon, or has a colon and a space in it, has to be quoted`},
		"store: memory:":        {`1:8: this is not YAML: a value that ends with a colon, or has a colon and a space in it, has to be quoted`},
		"listen: @x":            {`1:9: this is not YAML: a value that begins with this character has to be quoted`},
		"auth: {\n  x: 1\n":     {`1:7: this is not YAML: the closing } is missing`},
		"listen: \"a\n":         {`1:9: this is not YAML: the closing " is missing`},
		"---\na: 1\n---\nb: 2":  {`2:1: unknown key "a": there are auth, categories, limits, listen, queries, store, tls, views`, `4:2: a second document begins here: a configuration is one`},

		// Keys.
		"listn: :1":                            {`1:1: unknown key "listn": did you mean listen?`},
		"LISTEN: :1":                           {`1:1: unknown key "LISTEN": did you mean listen?`},
		"limits:\n  pushes_per_secnd: 1":       {`2:3: unknown key "pushes_per_secnd": did you mean pushes_per_second?`},
		"jwt: {}":                              {`1:1: unknown key "jwt": there are auth, categories, limits, listen, queries, store, tls, views`},
		"secret: x":                            {`1:1: unknown key "secret": did you mean auth.jwt.secret?`},
		"reactors: []":                         {`1:1: reactors is not supported yet by this version: take it out`},
		"1: x\ntrue: y\n~: z\n2026-11-21: a\n": {`1:1: a key has to be text: quote it, as in "1"`, `2:1: a key has to be text: quote it, as in "true"`, `3:1: a key has to be text: quote it, as in "~"`, `4:1: unknown key "2026-11-21": there are auth, categories, limits, listen, queries, store, tls, views`},

		// Values.
		"listen: 4000":                    {`1:9: listen: "4000" lacks its colon: write :4000 for all networks, or 127.0.0.1:4000 for this machine only`},
		"listen: localhost":               {`1:9: listen: "localhost" is no address: write HOST:PORT, such as 127.0.0.1:4000, or :4000 for all networks`},
		"listen: a:b":                     {`1:9: listen: "a:b" has no port: give a number from 0 to 65535, as in 127.0.0.1:4000`},
		"listen:":                         {`1:9: listen: there is no value: give one, or leave the key out`},
		"listen: ''":                      {`1:9: listen: there is no value: give one, or leave the key out`},
		"listen: [':1']":                  {`1:9: listen takes a single value, not a list`},
		"listen: { a: 1 }":                {`1:11: listen takes a single value, not keys with values`},
		"store: data":                     {`1:8: store: "data" has no scheme: write pebble:FOLDER or "memory:"`},
		"store: pebbel:data":              {`1:8: store: pebbel: is no scheme of a store: did you mean pebble:?`},
		"store: postgres://u:secret@h/db": {`1:8: store: postgres: is not supported yet by this version: write pebble:FOLDER or "memory:"`},
		"store: env:NOWHERE":              {`1:8: store: the environment variable "NOWHERE" is not set`},
		"auth: { anonymous: yes }":        {`1:20: auth.anonymous: "yes" is neither true nor false: write true`},
		"auth: { anonymous: OFF }":        {`1:20: auth.anonymous: "OFF" is neither true nor false: write false`},
		"auth: { origins: https://a.b }":  {`1:18: auth.origins takes a list: write [https://a.b]`},
		"auth: { origins: [a, [b], https://a.b/c, https://a.b, https://a.b/] }": {
			`1:19: auth.origins: "a" is no origin: write one such as https://app.example.com`,
			`1:22: auth.origins takes a list of single values, not of a list`,
			`1:27: auth.origins: "https://a.b/c" has more than an origin, which is a scheme and a host: write "https://a.b"`,
			`1:55: auth.origins: "https://a.b/" stands there twice: take one out`,
		},
		"auth: [x]": {`1:7: auth takes keys with values, not a list: there are anonymous, jwt, origins`},

		// Tokens and certificates.
		"auth: { jwt: {} }": {`1:9: auth.jwt has no key to verify tokens with: give a secret, public keys or a jwks`},
		"auth: { jwt: }":    {`1:9: auth.jwt has no key to verify tokens with: give a secret, public keys or a jwks`},
		"auth: { jwt: { jwks: 'ftp://a.b/c', secret: short}}": {`1:22: auth.jwt jwks: it is not an address such as https://login.example.com/.well-known/jwks.json`, `1:45: auth.jwt secret has 5 bytes, which can be guessed: make one of 32 or more, such as with openssl rand -base64 32`},
		"auth: { jwt: { public_key: nowhere.pem } }":          {`1:28: auth.jwt.public_key: "DIR/nowhere.pem" cannot be read: no such file or directory: name a file with public keys in PEM`},
		"auth: { jwt: { public_key: schemas/wrong.json } }":   {`1:28: auth.jwt.public_key: "DIR/schemas/wrong.json" has no key in PEM: it needs a line such as -----BEGIN PUBLIC KEY-----`},
		"auth: { jwt: { jwks: https://a.b, algorithms: [HS256, RS265, none] } }": {
			`1:55: auth.jwt.algorithms: "RS265" is unknown: there are HS256, RS256, ES256, EdDSA`,
			`1:62: auth.jwt.algorithms: "none" is unknown: there are HS256, RS256, ES256, EdDSA`,
		},
		"auth: { jwt: { jwks: https://a.b, algorithms: [HS256] } }": {`1:47: auth.jwt algorithm HS256 has no key: give one, or take it out`},
		"tls: { cert: tls/nowhere.pem }":                            {`1:14: tls.cert: "DIR/tls/nowhere.pem" cannot be read: no such file or directory`, `1:14: tls.cert needs tls.key: name the file of the private key, too`},
		"tls: { key: schemas/wrong.json }":                          {`1:13: tls.key needs tls.cert: name the file of the certificate, too`},
		"tls: { cert: schemas/wrong.json, key: schemas/wrong.json}": {`1:14: tls.cert and tls.key cannot be used: tls: failed to find any PEM data in certificate input`},

		// Limits.
		"limits: { data: 1.5 }":             {`1:17: limits.data: "1.5" is no whole number of bytes`},
		"limits: { data: 1e3 }":             {`1:17: limits.data: "1e3" is no size: write bytes such as 255, or 16KiB or 1.25MiB`},
		"limits: { data: -1 }":              {`1:17: limits.data: "-1" is out of range: give a size from 1 to 256MiB`},
		"limits: { data: 1TB, id: 1 }":      {`1:17: limits.data: "1TB" is no size: write bytes such as 255, or 16KiB or 1.25MiB`, `1:26: limits.id: "1" is out of range: give a size from 64 to 4KiB`},
		"limits: { topics: many }":          {`1:19: limits.topics: "many" is no whole number: write one such as 100`},
		"limits: { topics: 0 }":             {`1:19: limits.topics: 0 is out of range: give a number from 1 to 100000`},
		"limits: { silence: 60 }":           {`1:20: limits.silence: "60" lacks its unit: write 60s or 60m`},
		"limits: { silence: soon }":         {`1:20: limits.silence: "soon" is no duration: write one such as 500ms, 90s, 15m or 1h30m`},
		"limits: { silence: 1ms }":          {`1:20: limits.silence: "1ms" is out of range: give a duration from 5s to 1h`},
		"limits: { data: 20MiB }":           {`1:17: limits.data is larger than limits.append_bytes: no append could have that much data, so change one of them`},
		"limits: { frame: 1KiB }":           {`1:18: limits.signal is larger than limits.frame: no frame could have such a signal, so change one of them`},
		"limits: { push_burst: 99 }":        {`1:23: limits.pushes_per_second is larger than limits.push_burst: a second has no room for more than a burst, so change one of them`},
		"limits: { frame: { at_most: 1 } }": {`1:20: limits.frame takes a single value, not keys with values`},
	} {
		if got := problemsOf(t, folder(t), text, nil); !slices.Equal(got, want) {
			t.Errorf("%q: got\n%s\nwant\n%s", text, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

// TestProblemsInCategories sees what is said of mistakes in declarations.
func TestProblemsInCategories(t *testing.T) {
	t.Parallel()

	const keys = "there are events, guards, presence, signals, unknown_events"
	for text, want := range map[string][]string{
		"[a]":                                                                     {`1:13: categories takes a category each as a key, not a list: write its name and a colon`},
		"{ a: [b] }":                                                              {`1:18: category "a" takes keys with values, not a list: ` + keys},
		"{ a: { commands: [b] } }":                                                {`1:20: unknown key "commands": ` + keys},
		"{ 'a:b': {} }":                                                           {`1:15: a name has no colon, which ends the category in the name of a stream: leave it out`},
		"{ $a: { presence: true } }":                                              {`1:15: names that start with $ are the system's own: declare guards in it and nothing else, or choose another name`},
		"{ a: { presence: 1 } }":                                                  {`1:30: presence: "1" is neither true nor false`},
		"{ a: { unknown_events: no}}":                                             {`1:36: unknown_events: "no" is unknown: there are accept, reject`},
		"{ a: { unknown_events: }}":                                               {`1:35: unknown_events: there is no value: give one, or leave the key out`},
		"{ a: { signals: x } }":                                                   {`1:29: signals takes a list: write [x]`},
		"{ a: { signals: {x: 1} } }":                                              {`1:30: signals takes a list, not keys with values`},
		"{ a: { signals: [x, [], x]}}":                                            {`1:33: signals takes a list of single values, not of a list`, `1:37: stands there twice: take one out`},
		"{ a: { signals: [$x, '']}}":                                              {`1:30: names that start with $ are the system's own: choose another name`, `1:34: signals has an empty name: give it one`},
		"{ a: { events: [x] } }":                                                  {`1:28: events takes a type each as a key, not a list: write its name and a colon`},
		"{ a: { events: { x: y } } }":                                             {`1:33: event "x" takes keys with values, not a single value: there are replay, schema, throttle`},
		"{ a: { events: { x: { schma: y } } } }":                                  {`1:35: unknown key "schma": did you mean schema?`},
		"{ a: { events: { x: { schema: none.json } } } }":                         {`1:43: the schema "none.json" cannot be read: no such file or directory: name a file with a JSON Schema, relative to DIR/recount.yaml`},
		"{ a: { events: { x: { schema: schemas } } } }":                           {`1:43: the schema "schemas" cannot be read: it is no file: name a file with a JSON Schema, relative to DIR/recount.yaml`},
		"{ a: { events: { x: { schema: { type: object } } } } }":                  {`1:45: schema takes a single value, not keys with values`},
		"{ a: { events: { x: { schema: empty.json } } } }":                        {`1:43: schema empty.json: it is empty: give JSON`},
		"{ a: { events: { x: { schema: schemas/wrong.json } } } }":                {`1:43: schema schemas/wrong.json: /type: it has none of the forms that are allowed (nearest: /type: expected "array", "boolean", "integer", "null", "number", "object" or "string", got "strin")`},
		"{ a: { events: { x: { replay: never } } } }":                             {`1:43: replay: "never" is neither true nor false`},
		"{ a: { events: { x: { throttle: } } } }":                                 {`1:35: throttle needs within: say how long, as in { within: 15m }`},
		"{ a: { events: { x: { throttle: { by: [actor, actor] } } } } }":          {`1:35: throttle needs within: say how long, as in { within: 15m }`, `1:59: by: "actor" stands there twice: take one out`},
		"{ a: { events: { x: { throttle: { within: 0s, by: type, window: x }}}}}": {`1:55: within: "0s" is out of range: give a duration from 1ms to 8760h`, `1:63: by takes a list: write [type]`, `1:77: window: "x" is unknown: there are sliding, fixed`},
		"{ a: { events: { x: {} }, signals: [x] } }":                              {`1:30: stands among signals too: a name means one thing, so rename one`},
		"{ a: { guards: { jion: 'true', join: } } }":                              {`1:30: unknown key "jion": there are append, dispatch, join, read, signal, watch`, `1:49: join has no expression: write "true" to allow everything, "false" to refuse it`},
		"{ a: { guards: { join: [x] } } }":                                        {`1:36: join takes an expression in quotes, not a list`},
	} {
		dir := folder(t)
		write(t, dir, "empty.json", "")
		if got := problemsOf(t, dir, "categories: "+text, nil); !slices.Equal(got, want) {
			t.Errorf("%q: got\n%s\nwant\n%s", text, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

// TestPlacesInGuards sees that a mistake in an expression is found in the file,
// however the expression is written there.
func TestPlacesInGuards(t *testing.T) {
	t.Parallel()

	const role = `did you mean "caller.role"?`
	for guard, want := range map[string][2]string{
		"caller.rol == 'x'":                                         {`4:13: join: `, role},
		"id == 'x' || caller.rol == 'x'":                            {`4:26: join: `, role},
		`"id == 'x' || caller.rol == 'x'"`:                          {`4:27: join: `, role},
		`'id == "x" || caller.rol == "x"'`:                          {`4:27: join: `, role},
		`'id == ''x'' || caller.rol == "x"'`:                        {`4:13: join: `, role}, // the file has more quotes than the expression
		`"id == \"x\" || caller.rol == 'x'"`:                        {`4:13: join: `, role},
		`"id == 'é' || caller.rol == 'x'"`:                          {`4:27: join: `, role},
		"|\n        id == 'x' ||\n          caller.rol == 'x'":      {`6:11: join: `, role},
		"|-\n\n          id == 'x' &&\n          caller.rol == 'x'": {`7:11: join: `, role},
		"| # why\n        caller.rol == 'x'":                        {`5:9: join: `, role},
		">\n        id == 'x' || caller.rol == 'x'":                 {`5:22: join: `, role},
		">\n        id == 'x' ||\n        caller.rol == 'x'":        {`4:13: join: `, role}, // lines are joined
		"id == 'x' ||\n        caller.rol == 'x'":                   {`4:13: join: `, role},
		"\"id == 'x' ||\\n   caller.rol == 'x'\"":                   {`4:13: join: `, role},
		`""`:          {`4:13: join: `, "expression is empty"},
		`"caller.id"`: {`4:13: join: `, "true or false"},
		`"id == "`:    {`4:20: join: `, "ends too early"},
		`"id == 'x"`:  {`4:20: join: `, "quotes"},
	} {
		got := problemsOf(t, t.TempDir(), "categories:\n  a:\n    guards:\n      join: "+guard+"\n", nil)
		if len(got) != 1 || !strings.HasPrefix(got[0], want[0]) || !strings.Contains(got[0], want[1]) || strings.Contains(got[0], ", line ") {
			t.Errorf("%s: got %q, want %q", guard, got, want)
		}
	}
}

// TestProblemsAsError sees what is made of problems elsewhere.
func TestProblemsAsError(t *testing.T) {
	t.Parallel()

	dir := t.TempDir()
	_, err := load(t, dir, "auth: { jwt: { secret: hunter2hunter2, isuer: x } }\nlistn: :1", nil)
	file := filepath.Join(dir, "recount.yaml")

	want := file + ":1:24: auth.jwt secret has 14 bytes, which can be guessed: make one of 32 or more, such as with openssl rand -base64 32\n" +
		file + `:1:40: unknown key "isuer": did you mean issuer?` + "\n" +
		file + `:2:1: unknown key "listn": did you mean listen?`
	if err == nil || err.Error() != want || fault.Of(err) != fault.CodeInvalid {
		t.Errorf("got %s: %v", fault.Of(err), err)
	}

	problems, _ := errors.AsType[config.Problems](err)
	if got := problems[1].Text; got != "auth: { jwt: { secret: **************, isuer: x } }" {
		t.Errorf("the line is shown as %q", got)
	}
}
