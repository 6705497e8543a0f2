// Package wire writes and reads events as the outside sees them.
//
//   - [AppendCloudEvent] and [ParseCloudEvent]: CloudEvents 1.0 in JSON, one
//     event a line. It is the form of exports and of HTTP, and keeps everything:
//     what is exported, imported and exported again is the same to the byte.
//   - [AppendEvent]: the shorter form that clients get, a view that need not be
//     read back.
//
// The writers allocate nothing but what they append. testdata holds lines with
// what they mean; tests in other languages read the same files.
package wire
