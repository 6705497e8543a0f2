// Package recount is an event-sourced backend as a library. Every change that
// an application makes is an event: appended once to a durable stream, shown at
// once to everybody who follows, and kept. A recount gives the same totals,
// because the ballots were kept.
//
//	backend, err := backends.Open(ctx, "pebble:data") // or memory.New()
//	app, err := recount.New(ctx, recount.Options{Backend: backend})
//	defer app.Close(ctx)
//
//	http.ListenAndServe("127.0.0.1:4000", app.Handler())
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
// # Clients
//
// [App.Handler] is a server for browsers (Phoenix channels), services (Durable
// Streams, server-sent events) and whoever runs it (health, metrics). A client
// joins a topic, which is a stream: it gets the history and then what comes, by
// the same way, and after a break goes on where it was. What clients may use has
// to be declared in [Options].Categories, and who they are said in
// [Options].Auth; without these nobody gets in. Guards decide who may do what.
// [App.Log] knows neither: it is for the program itself.
//
// # Rules and views
//
// Aggregates decide commands on the state folded from a stream ([Options].Aggregates,
// package aggregate). Projections fold the feed into tables of SQL, among them the
// journal of all events ([Options].Views, package projection).
//
// Before a program ends it takes leave of its clients ([App.Drain]), then closes
// the App.
//
// # What it does not do
//
// A log opened with pebble: belongs to one process at a time. Data of one event
// ends at 1 MiB, unless the limits are raised.
//
// # Testing with it
//
// Package recounttest gives a test a whole Recount in memory, with its server. A
// log in memory (package store/memory) keeps the same promises but the power
// cut, and needs no cleaning up. The examples below are tests.
package recount
