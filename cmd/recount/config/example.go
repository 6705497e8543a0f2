package config

import (
	"bytes"
	_ "embed"
)

//go:embed example.yaml
var example []byte

// Example returns a configuration that documents every key, with its default
// where it has one.
func Example() []byte { return bytes.Clone(example) }
