// Package strictjson reads JSON of which nobody else can see something else.
//
// Who checks a document and who uses it are often different programs. Where a
// name stands twice, one of them takes the first value and the other the last,
// so a check that passed says nothing. This package refuses such documents, and
// text that is not UTF-8.
package strictjson
