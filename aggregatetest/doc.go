// Package aggregatetest tests deciders by examples: given these events, when this
// command comes, then these events.
//
//	func TestIncrement(t *testing.T) {
//		given := aggregatetest.Given(t, counters, created{}, incremented{By: 2})
//		aggregatetest.When(given, increment, 1).
//			Then(incremented{By: 1}).
//			ThenResult(3)
//	}
//
// A test needs no store and no server. Commands run as they do in a program, on
// a log in memory, so what a test shows of reservations, numbers, chained
// commands and command IDs is what happens.
//
// # What is checked beside
//
// Every expected event has to survive its encoding: an event is what its JSON
// says, so a field that is not exported is lost, and an int in an any comes back
// as a float64. And after every command, refused or not, the state in memory is
// compared with the one that a program would fold from the log. They differ if a
// decider changed the state itself instead of emitting an event, or if an On
// depends on more than its arguments.
//
// # Time
//
// A Scope's Now is the time of the machine. Run the test in a bubble of package
// testing/synctest to choose it.
package aggregatetest
