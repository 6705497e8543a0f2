// Package event holds the words everything else is built from: an [Event] is
// one immutable fact of a [Stream], at a [Version] of that stream and a
// [Position] of the whole log; a [Draft] is an event that somebody wants
// appended.
//
// The package also holds the one validation of names, types and data
// ([Limits]). Every way into the log passes through it, so that a name which
// one door accepts is never refused by another.
//
// Events are shared between readers: treat an Event and the bytes of its Data
// and Meta as read-only.
package event
