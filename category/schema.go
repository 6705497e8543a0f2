package category

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/recountdev/recount/fault"
)

// A schema that does not say where it lies has this place, so that what it
// refers to can be told from what it has inside.
const (
	schemaBase  = "schema:///"
	schemaPlace = schemaBase + "this"
)

// schema is a JSON Schema, compiled.
type schema struct{ compiled *jsonschema.Schema }

// compile compiles a schema; path is where it comes from, for messages.
func compile(path string, text []byte) (*schema, error) {
	of := "schema"
	if path != "" {
		of += " " + path
	}

	document, err := decode(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", of, err)
	}

	switch document.(type) {
	case map[string]any, bool:
	default:
		return nil, fmt.Errorf("%s: it is %s: a schema is an object, such as {\"type\":\"object\"}", of, kindOf(document))
	}

	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	compiler.AssertFormat()
	compiler.UseLoader(nothingOutside{})

	if err := compiler.AddResource(schemaPlace, document); err != nil {
		return nil, fmt.Errorf("%s: %w", of, err)
	}

	compiled, err := compiler.Compile(schemaPlace)
	if err != nil {
		return nil, fmt.Errorf("%s: %s", of, plainly(err))
	}

	return &schema{compiled}, nil
}

// plainly says what is wrong with a schema in plain words.
func plainly(err error) string {
	if invalid, ok := errors.AsType[*jsonschema.SchemaValidationError](err); ok {
		if violation, ok := errors.AsType[*jsonschema.ValidationError](invalid.Err); ok {
			return describe(violation, nil)
		}
	}

	if load, ok := errors.AsType[*jsonschema.LoadURLError](err); ok {
		return load.Err.Error()
	}

	if lost, ok := errors.AsType[*jsonschema.JSONPointerNotFoundError](err); ok {
		return notThere(lost.URL)
	}

	if lost, ok := errors.AsType[*jsonschema.AnchorNotFoundError](err); ok {
		return notThere(lost.Reference)
	}

	return strings.ReplaceAll(err.Error(), schemaPlace, "")
}

func notThere(url string) string {
	return fmt.Sprintf("it refers to %q, which is not there", strings.TrimPrefix(url, schemaPlace))
}

// nothingOutside loads nothing.
type nothingOutside struct{}

// Load refuses to load a document from elsewhere.
func (nothingOutside) Load(url string) (any, error) {
	if strings.Contains(url, "//json-schema.org/") {
		return nil, fmt.Errorf("$schema %q is no draft of JSON Schema that is known: write https://json-schema.org/draft/2020-12/schema", url)
	}

	return nil, fmt.Errorf("it refers to %q, which lies outside: put it under $defs, and refer to it by \"#/$defs/…\"", strings.TrimPrefix(url, schemaBase))
}

// check says with fault.CodeRejected what is wrong with data, and where.
func (s *schema) check(data []byte) error {
	value, err := decode(data)
	if err != nil {
		return fault.Rejected("%w", err)
	}

	err = s.compiled.Validate(value)
	if err == nil {
		return nil
	}

	violation, ok := errors.AsType[*jsonschema.ValidationError](err)
	if !ok {
		return fault.Rejected("its data is not as declared: %w", err)
	}

	return fault.Rejected("%s", describe(violation, value))
}

// kindOf returns what kind of JSON value it is, with its article.
func kindOf(value any) string {
	switch value.(type) {
	case nil:
		return "null"
	case bool:
		return "true or false"
	case json.Number:
		return "a number"
	case string:
		return "a string"
	case []any:
		return "an array"
	default:
		return "an object"
	}
}
