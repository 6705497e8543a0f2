// Package recount is an event-sourced backend as a library. Every change that
// an application makes is an event: appended once to a durable stream, shown at
// once to everybody who follows, and kept. A recount gives the same totals,
// because the ballots were kept.
//
//	backend, err := backends.Open(ctx, "pebble:data") // or memory.New()
//	app, err := recount.New(ctx, recount.Options{Backend: backend})
//	defer app.Close(ctx)
//
// # The model
//
// An event is an immutable fact, named by a verb in the past tense: card_added.
// It belongs to a stream, named category:id: meeting:42. Streams count their
// events 1, 2, 3 … without gaps; that is an event's version. All streams
// together are the log, where each event has a position, in the order in which
// they were recorded.
//
// # What the log promises
//
//   - An append of any number of events to any number of streams is recorded
//     whole or not at all.
//   - When it returns, the events survive a power cut; until then nobody sees
//     them.
//   - An append may state what it expects of its streams. Of several that expect
//     the same at once, one wins; the others get a [store.ConflictError] and
//     decide again.
//   - An event whose ID the log knows is not recorded a second time, so
//     every append can be retried without a thought.
//   - Whoever follows the feed sees every event once, in order, history and news
//     alike.
//   - Data is kept byte for byte.
//
// # What it does not do
//
// A log opened with pebble: belongs to one process at a time. Data of one event
// ends at 1 MiB, unless the limits are raised.
//
// # Testing with it
//
// A log in memory (package store/memory) keeps the same promises but the power
// cut, and needs no cleaning up. The examples below are tests.
package recount
