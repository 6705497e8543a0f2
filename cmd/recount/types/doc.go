// Package types writes what recount.yaml declares as TypeScript declarations: for
// each category an interface of its events and one of its signals, and for each
// JSON Schema (2020-12) the type of the data that it describes.
//
// One rule goes before all others: a type is never narrower than its schema, so
// that no value that the server takes is of another type than the declarations
// say. What TypeScript cannot say is left out, which makes a type wider: lengths,
// patterns, bounds, not, if, dependentSchemas. Where nothing is left to say, the
// type is unknown, with a comment that says why.
//
// The text depends on the declarations alone: names are sorted, and names that
// clash get numbers.
package types
