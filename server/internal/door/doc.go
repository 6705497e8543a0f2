// Package door is the one way in from outside, for sockets and HTTP alike: who
// may do what, what an event must look like, and what it may not say of itself.
package door
