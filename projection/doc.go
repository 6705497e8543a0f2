// Package projection folds the feed of all events into tables of SQL: the read
// side. A projection is a name, the SQL of its tables, and handlers:
//
//	var Votes = projection.Define("votes", projection.Options{
//		Tables: `create table votes (topic text primary key, n bigint not null)`,
//	}, projection.On("vote_cast", func(ctx context.Context, tx *projection.Tx, e *event.Event, v VoteCast) error {
//		_, err := tx.Exec(ctx, `insert into votes (topic, n) values (?, 1)
//			on conflict (topic) do update set n = votes.n + 1`, v.Topic)
//		return err
//	}))
//
// A [Runner] follows the log and hands the events to the handlers, in order.
// [Views] is the database that the tables are in: SQLite or PostgreSQL. It is
// disposable: if it is deleted, the runner makes it again.
//
// # Exactly once
//
// A handler writes in a transaction that also moves the projection's checkpoint,
// so an event counts once, also after a crash, and also if several programs
// project into one PostgreSQL. That holds for what a handler writes through its
// [Tx], and for nothing else: side effects belong to reactors.
//
// # Rebuilding without downtime
//
// Every build of a projection is a generation with tables of its own, such as
// votes__g3. Readers see views: votes shows the tables of the generation that is
// live. A projection whose declaration changed, or that somebody asked to
// rebuild, is built anew beside the live one, and the views are swapped in one
// transaction when it has caught up. Nobody ever sees a half-built view. SQL is
// written with the plain names; a Tx puts in those of its generation.
//
// # What a handler may do
//
// It reads and writes the tables of its own projection, by statements that both
// databases know, with ? as placeholder. It must depend on nothing but the event
// and these tables. It may see an event again after a failure, when what it did
// the first time was undone. If it fails or panics, its projection stops at that
// event and tries again with longer and longer pauses, while the others go on;
// see [Views.Skip].
//
// Events of every origin are projected, also imported and forked ones: a handler
// that counts looks at the event's Origin.
package projection
