// Package session holds one client's conversation as a state machine, without
// sockets.
//
// A [Session] is given the frames that a client sends, one after another, and
// gathers what is to be sent to it. One goroutine calls Receive, and another
// one, at times, Gather; whoever wants something sent calls the function that
// New was given, which must see to it that Gather is called soon. What is due
// stays where it is (events in their topics, at most some signals in queues)
// until the connection can take it. So a session of a client that does not read
// holds little: the answers to what it sent, of which there are few, because
// Receive waits while too many have not been sent.
package session
