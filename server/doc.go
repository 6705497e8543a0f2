// Package server shows a Recount over HTTP: Phoenix channels on a socket, and
// streams, the feed, health and metrics as plain requests.
//
// routes.go shows the whole surface on one screen. What a client may do is
// decided behind one door, package door, whichever way it comes in. A socket's
// conversation is package session; its bytes are package websocket.
package server
