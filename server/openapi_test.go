package server_test

import (
	"bytes"
	"encoding/json"
	"mime"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/recountdev/recount/category"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/server"
)

// openAPI is the description of the surface.
type openAPI struct {
	t        *testing.T
	document any
}

func readOpenAPI(t *testing.T) *openAPI {
	t.Helper()

	text, err := os.ReadFile("../openapi.yaml")
	must(t, err)
	text, err = yaml.YAMLToJSON(text)
	must(t, err)

	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	must(t, err)

	return &openAPI{t: t, document: document}
}

// at returns what stands at a path of keys, references followed.
func (o *openAPI) at(from any, keys ...string) any {
	o.t.Helper()

	for _, key := range keys {
		object, ok := o.follow(from).(map[string]any)
		if !ok {
			return nil
		}

		from = object[key]
	}

	return o.follow(from)
}

// follow follows a reference.
func (o *openAPI) follow(from any) any {
	o.t.Helper()

	object, ok := from.(map[string]any)
	if !ok {
		return from
	}

	reference, ok := object["$ref"].(string)
	if !ok {
		return from
	}

	path, ok := strings.CutPrefix(reference, "#/")
	to := o.at(o.document, strings.Split(path, "/")...)
	if !ok || to == nil {
		o.t.Fatalf("%s leads nowhere", reference)
	}

	return to
}

// object returns what stands at a path of keys as an object.
func (o *openAPI) object(from any, keys ...string) map[string]any {
	o.t.Helper()

	object, _ := o.at(from, keys...).(map[string]any)

	return object
}

// check says how a value is not as a schema says.
func (o *openAPI) check(schema, value any) error {
	o.t.Helper()

	text, err := json.Marshal(schema)
	must(o.t, err)

	// The schema is a resource of its own beside the document.
	text = bytes.ReplaceAll(text, []byte(`"$ref":"#/`), []byte(`"$ref":"openapi.json#/`))
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	must(o.t, err)

	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	must(o.t, compiler.AddResource("openapi.json", o.document))
	must(o.t, compiler.AddResource("schema.json", parsed))

	compiled, err := compiler.Compile("schema.json")
	must(o.t, err)

	return compiled.Validate(value)
}

// TestOpenAPIRoutes compares the description with the routes, both ways.
func TestOpenAPIRoutes(t *testing.T) {
	t.Parallel()

	o := readOpenAPI(t)

	var described []string
	ids := make(map[any]bool)
	for path, item := range o.object(o.document, "paths") {
		for method := range o.object(item) {
			if method == "parameters" {
				continue
			}

			operation := strings.ToUpper(method) + " " + path
			described = append(described, operation)
			id := o.at(item, method, "operationId")
			if id == nil || ids[id] {
				t.Errorf("%s has the operationId %v", operation, id)
			}

			ids[id] = true
			for status := range o.object(item, method, "responses") {
				if n, err := strconv.Atoi(status); err != nil || http.StatusText(n) == "" || o.object(item, method, "responses", status)["description"] == nil {
					t.Errorf("%s has the response %s", operation, status)
				}
			}

			checkPathParameters(t, o, item, path)
		}
	}

	routes := newQuietHouse(t).server.Routes()
	slices.Sort(routes)
	slices.Sort(described)
	if !slices.Equal(routes, described) {
		t.Errorf("openapi.yaml describes\n%s\nthere is\n%s", strings.Join(described, "\n"), strings.Join(routes, "\n"))
	}
}

// checkPathParameters sees that each variable of a path is described.
func checkPathParameters(t *testing.T, o *openAPI, item any, path string) {
	t.Helper()

	var named []string
	parameters, _ := o.at(item, "parameters").([]any)
	for _, p := range parameters {
		if o.at(p, "in") == "path" {
			named = append(named, "{"+o.at(p, "name").(string)+"}") //nolint:errcheck,forcetypeassert // a panic says it all
		}
	}

	for part := range strings.SplitSeq(path, "/") {
		if strings.HasPrefix(part, "{") && !slices.Contains(named, part) {
			t.Errorf("%s: %s is not described", path, part)
		}
	}
}

// TestOpenAPIReferences sees that every reference leads somewhere.
func TestOpenAPIReferences(t *testing.T) {
	t.Parallel()

	o := readOpenAPI(t)
	found := 0

	var walk func(at any)
	walk = func(at any) {
		switch at := at.(type) {
		case []any:
			for _, item := range at {
				walk(item)
			}
		case map[string]any:
			if at["$ref"] != nil {
				found++

				o.follow(at)
			}

			for _, item := range at {
				walk(item)
			}
		}
	}

	if walk(o.document); found < 50 {
		t.Errorf("%d references", found)
	}
}

// TestOpenAPICodes sees that the description knows all codes.
func TestOpenAPICodes(t *testing.T) {
	t.Parallel()

	o := readOpenAPI(t)
	schema := o.object(o.document, "components", "schemas", "Problem")
	for _, code := range []fault.Code{
		fault.CodeInvalid, fault.CodeUnauthenticated, fault.CodeForbidden, fault.CodeNotFound, fault.CodeConflict, fault.CodeGone,
		fault.CodeTooLarge, fault.CodeRejected, fault.CodeRateLimited, fault.CodeUnavailable, fault.CodeInternal,
	} {
		problem := map[string]any{"type": "about:blank", "title": "t", "status": json.Number("400"), "detail": "d", "code": string(code)}
		if err := o.check(schema, problem); err != nil {
			t.Errorf("%s: %v", code, err)
		}

		problem["code"] = "other"
		if o.check(schema, problem) == nil {
			t.Error("any code will do")
		}
	}
}

// TestOpenAPIAnswers sees that answers are as they are described.
func TestOpenAPIAnswers(t *testing.T) {
	t.Parallel()

	o := readOpenAPI(t)
	h := newHouse(t, func(o *server.Options) { o.Limits.Body = 1024 }, declared(t, map[string]category.Declaration{
		"a": {}, "order": {Commands: []string{"place", "pay", "ship", "void"}},
	}), func(o *server.Options) { o.Commands = new(decider) })
	h.append("a:1", "x", 1)
	for _, body := range []string{
		`{"type":"x","id":"1","subject":"s","data":{"a":[1]},"correlationid":"c","causationid":"d","recountmeta":"{\"a\":1}"}`,
		`{"type":"x","datacontenttype":"image/png","data_base64":"AAE="}`,
	} {
		h.ask(http.MethodPost, "/v1/streams/a:1", body).expect(t, http.StatusOK)
	}

	tag := h.ask(http.MethodGet, "/v1/streams/a:1", "").header.Get("ETag")

	for _, c := range []struct {
		status                int
		method, route, query  string
		body, header, another string
	}{
		{200, "GET", "/v1/streams/{stream}", "", "", "", ""},
		{200, "GET", "/v1/streams/{stream}", "?offset=1&live=long-poll", "", "", ""},
		{200, "GET", "/v1/streams/{stream}", "?backward=true", "", "", ""},
		{304, "GET", "/v1/streams/{stream}", "", "", "If-None-Match: " + tag, ""},
		{400, "GET", "/v1/streams/{stream}", "?offset=x", "", "", ""},
		{401, "GET", "/v1/streams/{stream}", "", "", "Test-Caller: nobody", ""},
		{403, "GET", "/v1/streams/{stream}", "", "", "Origin: https://evil.org", ""},
		{410, "GET", "/v1/streams/{stream}", "?offset=9", "", "", ""},
		{200, "HEAD", "/v1/streams/{stream}", "", "", "", ""},
		{401, "HEAD", "/v1/streams/{stream}", "", "", "Test-Caller: nobody", ""},
		{200, "POST", "/v1/streams/{stream}", "", `[{"type":"y"},{"type":"z"}]`, "", ""},
		{200, "POST", "/v1/streams/{stream}", "", `{"type":"x","id":"1","subject":"s","data":{"a":[1]}}`, "", ""},
		{400, "POST", "/v1/streams/{stream}", "", `[]`, "", ""},
		{409, "POST", "/v1/streams/{stream}", "", `{"type":"other","id":"1"}`, "", ""},
		{412, "POST", "/v1/streams/{stream}", "", `{"type":"x"}`, `If-Match: "9"`, ""},
		{413, "POST", "/v1/streams/{stream}", "", strings.Repeat(" ", 1025), "", ""},
		{415, "POST", "/v1/streams/{stream}", "", `{"type":"x"}`, "Content-Type: text/plain", ""},
		{200, "POST", "/v1/streams/{stream}/fork", "", `{"to":"a:2"}`, "", ""},
		{400, "POST", "/v1/streams/{stream}/fork", "", `{}`, "", ""},
		{403, "POST", "/v1/streams/{stream}/fork", "", `{"to":"order:2"}`, "", ""},
		{410, "POST", "/v1/streams/{stream}/fork", "", `{"to":"a:3","at":99}`, "", ""},
		{200, "POST", "/v1/commands/{stream}/{command}", "", `{}`, "Idempotency-Key: again", ""},
		{200, "POST", "/v1/commands/{stream}/void", "", ``, "", ""},
		{201, "POST", "/v1/commands/order:$next/{command}", "", `{}`, "", ""},
		{400, "POST", "/v1/commands/{stream}/{command}", "", `{`, "", ""},
		{404, "POST", "/v1/commands/{stream}/plase", "", ``, "", ""},
		{409, "POST", "/v1/commands/{stream}/ship", "", ``, "", ""},
		{413, "POST", "/v1/commands/{stream}/{command}", "", strings.Repeat(" ", 1025), "", ""},
		{415, "POST", "/v1/commands/{stream}/{command}", "", `{}`, "Content-Type: text/plain", ""},
		{422, "POST", "/v1/commands/{stream}/pay", "", ``, "", ""},
		{200, "GET", "/v1/state/{stream}", "", "", "", ""},
		{200, "GET", "/v1/state/{stream}", "?at=3", "", "", ""},
		{304, "GET", "/v1/state/{stream}", "?at=3", "", "If-None-Match: *", ""},
		{400, "GET", "/v1/state/{stream}", "?at=x", "", "", ""},
		{404, "GET", "/v1/state/a:1", "", "", "", ""},
		{410, "GET", "/v1/state/{stream}", "?at=99", "", "", ""},
		{200, "GET", "/v1/streams", "?limit=1", "", "", "Test-Caller: admin"},
		{403, "GET", "/v1/streams", "", "", "", ""},
		{200, "GET", "/v1/feed", "?type=x&type=y", "", "", "Test-Caller: admin"},
		{200, "HEAD", "/v1/feed", "", "", "", "Test-Caller: admin"},
		{403, "GET", "/v1/feed", "", "", "", ""},
		{400, "GET", "/socket/websocket", "?vsn=1.0.0", "", "", ""},
		{426, "GET", "/socket/websocket", "?vsn=2.0.0", "", "", ""},
		{200, "GET", "/healthz", "", "", "", ""},
		{200, "GET", "/readyz", "", "", "", ""},
		{200, "GET", "/metrics", "", "", "", ""},
	} {
		name := strconv.Itoa(c.status) + " " + c.method + " " + c.route + c.query
		path, route := pathAndRoute(c.route)
		got := h.ask(c.method, path+c.query, c.body, c.header, c.another)
		if got.status != c.status {
			t.Errorf("%s: status %d: %s", name, got.status, got.body)

			continue
		}

		described := o.object(o.document, "paths", route, strings.ToLower(c.method), "responses", strconv.Itoa(got.status))
		if described == nil {
			t.Errorf("%s is not described", name)

			continue
		}

		o.checkHeaders(name, described, got.header)
		if c.method != http.MethodHead {
			o.checkBody(name, described, got)
		}
	}
}

// pathAndRoute fills in the variables of a route, and puts them back.
func pathAndRoute(route string) (path, described string) {
	parts := strings.Split(route, "/")
	if len(parts) < 4 || parts[2] != "commands" && parts[2] != "state" {
		return strings.ReplaceAll(route, "{stream}", "a:1"), route
	}

	path = strings.NewReplacer("{stream}", "order:1", "{command}", "place").Replace(route)
	for i, variable := range []string{"{stream}", "{command}"} {
		if i+3 < len(parts) {
			parts[i+3] = variable
		}
	}

	return path, strings.Join(parts, "/")
}

// checkHeaders sees that an answer has the headers that are described, and no
// others of the protocol.
func (o *openAPI) checkHeaders(name string, described map[string]any, header http.Header) {
	o.t.Helper()

	headers := o.object(described, "headers")
	for key, values := range header {
		if key == "Etag" {
			key = "ETag"
		}

		schema := o.at(headers, key, "schema")
		if schema == nil && (strings.HasPrefix(key, "Stream-") || key == "ETag" || key == "Location" || key == "Retry-After") && header.Get("Content-Type") != "application/problem+json" {
			o.t.Errorf("%s: the header %s is not described", name, key)
		}

		if schema != nil {
			if err := o.check(schema, values[0]); err != nil {
				o.t.Errorf("%s: the header %s: %v", name, key, err)
			}
		}
	}
}

// checkBody sees that the body of an answer is as described.
func (o *openAPI) checkBody(name string, described map[string]any, got answer) {
	o.t.Helper()

	if described["content"] == nil {
		if got.body != "" {
			o.t.Errorf("%s: there is a body: %s", name, got.body)
		}

		return
	}

	media, _, err := mime.ParseMediaType(got.header.Get("Content-Type"))
	must(o.t, err)

	schema := o.at(described, "content", media, "schema")
	if schema == nil {
		o.t.Errorf("%s: %s is not described", name, media)

		return
	}

	var value any = got.body
	if strings.HasSuffix(media, "json") {
		value, err = jsonschema.UnmarshalJSON(strings.NewReader(got.body))
		must(o.t, err)
	}

	if err := o.check(schema, value); err != nil {
		o.t.Errorf("%s: %v\n%s", name, err, got.body)
	}
}
