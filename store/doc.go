// Package store states what a durable log of events promises, and holds what
// all logs share: the form of an append, the expectations it states, and the
// check that comes before everything else.
//
// A [Log] is a set of streams. An append is recorded whole or not at all, at
// once on all streams that it names, and is on disk before anybody sees it.
// Every stream counts its events 1, 2, 3 … without gaps; the feed shows the
// events of all streams in the order in which they were recorded, and never
// skips one.
//
// Beside the log a [Backend] has [Marks], which are small named values such as
// checkpoints, and a [Relay], which carries messages that nobody keeps.
//
// The sentences of the comments in this package are obligations. Package
// storetest proves them; a backend that passes its suite is a backend.
package store
