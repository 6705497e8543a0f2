package types

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// dialect is the only $schema whose keywords mean what this package thinks.
const dialect = "https://json-schema.org/draft/2020-12/schema"

// baseURL is where a schema lies that does not say where.
const baseURL = "schema:///this"

// document is a schema with all that it can refer to, which is inside itself.
type document struct {
	root     node
	byPlace  map[string]*resource // that begin at a node
	byURL    map[string]*resource
	byAnchor map[string]node
}

// resource is a part of a document that has an $id, or the whole.
type resource struct {
	place   string // different for each
	url     *url.URL
	value   any
	foreign bool // it is written in another dialect
}

// node is a schema in a document, or what lies between two.
type node struct {
	value   any
	in      *resource
	pointer string // JSON pointer in the resource
}

// key tells nodes apart.
func (n node) key() string { return n.in.place + "#" + n.pointer }

// object returns the keywords of a schema, and false if it is none that has some.
func (n node) object() (map[string]any, bool) {
	m, ok := n.value.(map[string]any)

	return m, ok
}

// newDocument returns a schema with an index of its anchors and resources.
func newDocument(value any) *document {
	d := &document{byPlace: map[string]*resource{}, byURL: map[string]*resource{}, byAnchor: map[string]node{}}
	base := &url.URL{Scheme: "schema", Path: "/this"}

	whole := &resource{url: base, value: value}
	d.byURL[baseURL] = whole
	d.root = node{value: value, in: whole}
	if m, ok := d.root.object(); ok {
		whole.say(m)
		d.byURL[whole.url.String()] = whole
	}

	d.index(d.root)

	return d
}

// say sets what a resource says about itself.
func (r *resource) say(keywords map[string]any) {
	if id, ok := keywords["$id"].(string); ok {
		if at, err := r.url.Parse(id); err == nil {
			r.url = withoutFragment(at)
		}
	}

	if schema, ok := keywords["$schema"].(string); ok {
		r.foreign = strings.TrimSuffix(schema, "#") != dialect
	}
}

func withoutFragment(u *url.URL) *url.URL {
	without := *u
	without.Fragment, without.RawFragment = "", ""

	return &without
}

// index notes the anchors and resources at a node and below.
func (d *document) index(n node) {
	switch value := n.value.(type) {
	case []any:
		for i := range value {
			d.index(d.child(n, strconv.Itoa(i)))
		}
	case map[string]any:
		for _, keyword := range []string{"$anchor", "$dynamicAnchor"} {
			if anchor, ok := value[keyword].(string); ok {
				d.byAnchor[n.in.place+"#"+anchor] = n
			}
		}

		for _, key := range sorted(value) {
			if slices.Contains([]string{"const", "enum", "default", "examples"}, key) {
				continue // values, not schemas
			}

			d.note(n, key, value[key])
			d.index(d.child(n, key))
		}
	}
}

// note notes the resource that begins below a node, if one does.
func (d *document) note(n node, key string, value any) {
	m, ok := value.(map[string]any)
	if !ok {
		return
	}

	_, hasID := m["$id"].(string)
	if _, hasSchema := m["$schema"].(string); !hasID && !hasSchema {
		return
	}

	r := &resource{place: below(n, key).key(), url: n.in.url, value: value, foreign: n.in.foreign}
	r.say(m)
	d.byPlace[r.place] = r
	d.byURL[r.url.String()] = r
}

// below returns the place below a node, without its value.
func below(n node, token string) node {
	return node{in: n.in, pointer: n.pointer + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(token)}
}

// child returns what lies below a node; its value is nil if that is nothing.
func (d *document) child(n node, token string) node {
	at := below(n, token)
	switch value := n.value.(type) {
	case map[string]any:
		at.value = value[token]
	case []any:
		if i, err := strconv.Atoi(token); err == nil && i >= 0 && i < len(value) {
			at.value = value[i]
		}
	}

	if r, ok := d.byPlace[at.key()]; ok {
		return node{value: r.value, in: r}
	}

	return at
}

// path returns what lies below a node, step by step.
func (d *document) path(n node, tokens ...string) node {
	for _, token := range tokens {
		n = d.child(n, token)
	}

	return n
}

// list returns the schemas in a keyword that has several.
func (d *document) list(n node, keyword string) []node {
	m, _ := n.object()
	values, _ := m[keyword].([]any)

	nodes := make([]node, len(values))
	for i := range values {
		nodes[i] = d.path(n, keyword, strconv.Itoa(i))
	}

	return nodes
}

// resolve returns the schema that a $ref at a node is about.
func (d *document) resolve(n node, ref string) (node, bool) {
	u, err := n.in.url.Parse(ref)
	if err != nil {
		return node{}, false
	}

	r, ok := d.byURL[withoutFragment(u).String()]
	if !ok {
		return node{}, false
	}

	pointer, isPointer := strings.CutPrefix(u.Fragment, "/")
	switch {
	case u.Fragment == "":
		return node{value: r.value, in: r}, true
	case !isPointer:
		at, ok := d.byAnchor[r.place+"#"+u.Fragment]

		return at, ok
	}

	at := node{value: r.value, in: r}
	for token := range strings.SplitSeq(pointer, "/") {
		at = d.child(at, strings.NewReplacer("~1", "/", "~0", "~").Replace(token))
	}

	return at, at.value != nil
}
