// Package topic shows streams to those who watch them.
//
// A topic is what a client joins. Its name is that of a stream, meeting:42, or
// of all streams of a category, meeting:*. A [Subscription] to it is a cursor: a
// place in the topic, and nothing else. Whoever is behind reads on, from the
// frames that the topic keeps in memory, else from the log; whoever has caught
// up is woken by the next event. So a slow client costs no memory, delays nobody
// and loses nothing, and history and live events come by the same way, without
// gap or repeat between them.
//
// Places in a stream are versions; in a category they are positions. The pump of
// package fanout hands every page of the feed to [Hub.Publish]. What came at
// once on one topic is a frame, encoded once and shared by all.
//
// Beside the events a topic carries two things that are not stored. Signals wait
// in a bounded queue for each subscription; the oldest are dropped, and counted.
// Presence says who is there; its changes are gathered for a moment, and who
// comes back within some seconds has not left.
package topic
