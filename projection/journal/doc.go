// Package journal is the projection that comes with the house: every event as a
// row of the table journal, for activity feeds, audits and questions in SQL.
//
//	position, stream, category, version, id, type   where and what; one row each
//	time, recorded      RFC 3339 in UTC with milliseconds, so text sorts by time
//	actor, subject      '' where there is none
//	data                JSON text; null if there is none, or if it is no JSON:
//	                    then content_type says what it is, and data_base64 has it
//	correlation, causation, meta    '' where there is none; meta is a JSON object
//	command             the name of the command, on the first of its events
//	origin              native, imported, copied or forked
//	repeat_of           the position of the first, if the event repeats one
//	times               how many events the row stands for; 0 for a repeat
//	latest, latest_time position and time of the latest repeat, else its own; null
//	                    for a repeat
//	fold, shown         the journal's own
//
// # Repeats
//
// An event with a window (within in its meta, else the throttle that its type is
// declared with) is a repeat if an event with the same stream, type, actor and
// subject, which had a window, too, lies less than the window back: the first of
// them, or, if the window slides, the latest. What has to be the same beside the
// stream and the type is declared; times are those at which the log recorded
// them. All repeats are rows, too: nothing is lost, only shown as one.
//
// What is a repeat depends on the log and the declarations alone. If a throttle is
// declared otherwise, the journal is built anew, beside the old one.
//
// # Pages
//
// A page shows the newest first. Repeats are shown as one row, the first, at the
// place of the latest: a repeat moves its row up to the top. A cursor is such a
// place. Who goes through the pages sees no row twice; a row that moves up
// meanwhile is not met further down, but stands at the top for those who begin
// anew, and comes again to those who follow. With [Query].All every row stands at
// its own place for ever.
package journal
