package types_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/recountdev/recount/category"
	"github.com/recountdev/recount/cmd/recount/types"
)

// FuzzGenerate sees that every schema that compiles has a type, whatever it says,
// and that the file is one of TypeScript as far as its brackets go.
func FuzzGenerate(f *testing.F) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil {
		f.Fatal(err)
	}

	for _, file := range files {
		schema, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}

		f.Add(string(schema))
	}

	for _, schema := range []string{
		"false", "{}", `{"$ref":"#"}`, `{"allOf":[{"$ref":"#/allOf/0"}]}`, `{"anyOf":[{"$ref":"#"},{"items":{"$ref":"#"}}]}`, `{"$ref":"#/$defs/a~1b","$defs":{"a/b":{"$id":"x","$anchor":"y"}}}`,
		`{"prefixItems":[{},{"type":[]}],"minItems":1e9,"maxItems":0.0}`, `{"enum":[[],{"":{"*/":"*/"}}],"description":"*/ \u2028"}`, `{"$id":"a:b","$defs":{"x":{"$id":"#"}},"$ref":"?#"}`,
	} {
		f.Add(schema)
	}

	f.Fuzz(func(t *testing.T, schema string) {
		categories := map[string]category.Declaration{"m": {Events: map[string]category.EventType{"e": {Schema: []byte(schema)}}}}
		if _, err := category.New(categories); err != nil {
			return
		}

		got, err := types.Generate("recount.yaml", categories)
		if err != nil || !strings.Contains(got, "\nexport type E = ") {
			t.Fatalf("got %s, error %v", got, err)
		}

		if left := unclosed(got); left != "" {
			t.Errorf("%q is not closed in\n%s", left, got)
		}
	})
}

// unclosed returns what is open at the end of a text of TypeScript: brackets, a
// comment or a string; or a bracket that closes none.
func unclosed(code string) string {
	open := ""
	for code != "" {
		switch {
		case strings.HasPrefix(code, "//"):
			_, code, _ = strings.Cut(code, "\n")
		case strings.HasPrefix(code, "/*"):
			_, after, ok := strings.Cut(code, "*/")
			if !ok {
				return "/*"
			}

			code = after
		case code[0] == '"':
			end := 1
			for end < len(code) && code[end] != '"' && code[end] != '\n' {
				if code[end] == '\\' {
					end++
				}

				end++
			}

			if end >= len(code) || code[end] != '"' {
				return `"`
			}

			code = code[end+1:]
		default:
			if strings.ContainsRune("([{", rune(code[0])) {
				open += code[:1]
			}

			if at := strings.IndexByte(")]}", code[0]); at >= 0 {
				if !strings.HasSuffix(open, "([{"[at:at+1]) {
					return code[:1]
				}

				open = open[:len(open)-1]
			}

			code = code[1:]
		}
	}

	return open
}
