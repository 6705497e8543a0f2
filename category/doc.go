// Package category holds what an application declares of its categories: which
// events there are, and what their data must look like, which signals, and who
// may do what. It says what a name that a client pushes means.
//
// Declared is allowed to every caller, unless a guard says otherwise. What is
// not declared is refused. Categories that start with "$" are the system's own:
// only admins get there, and those whom a guard lets in.
//
// A [Set] is made once, when the program starts ([New]), never changes, and is
// safe for concurrent use. Schemas are JSON Schema 2020-12, formats are checked,
// and a schema refers to nothing outside itself. Data that has a schema is nested
// at most 64 levels deep, and its numbers have at most 400 digits: what is beyond
// that could keep the checking busy for minutes, and is rejected.
package category
