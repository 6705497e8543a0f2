// Package wire writes and reads what goes between Recount and the outside:
// events, and the messages of Phoenix Channels v2.
//
//   - [AppendCloudEvent] and [ParseCloudEvent]: CloudEvents 1.0 in JSON, one
//     event a line. It is the form of exports and of HTTP, and keeps everything:
//     what is exported, imported and exported again is the same to the byte.
//     [ParseRecorded] reads what a log has recorded, with its place.
//   - [AppendEvent], [AppendTopicEvent] and [AppendEvents]: the shorter form
//     that clients get, a view that need not be read back.
//   - [ParseMessage]: a text frame from a client, [join_ref, ref, topic, event,
//     payload]. [AppendReply], [AppendPush] and [AppendPushHead]: the frames for
//     a client. One payload, encoded once, serves all who get it.
//   - [ParseAppend] and [ParseAction]: what clients want appended, as drafts.
//   - [Failure]: an error as clients get it, on every door.
//
// The writers allocate nothing but what they append. They trust what they are
// given: refs, payloads and details must be JSON, as the readers return it.
//
// The readers trust nothing. They take UTF-8 and JSON only, refuse names that
// stand twice and half characters, and bound how deeply values are nested. They
// never change what they are given, and data, meta and payloads share its memory.
// They do not look at the limits of events, which every log checks. Their errors
// name the place and say what to do instead.
//
// testdata holds lines with what they mean; tests in other languages read the
// same files. messages.ndjson begins with frames that phoenix.js 1.8.16 sent,
// and it takes those of frames.ndjson. The files named golden show what the Go
// code makes of the others; go test -update writes them anew.
package wire
