// Package memory keeps a log in the memory of one process: for tests, for
// trying things out, and as the plainest reading of the contract of package
// store. It passes the same conformance suite as the logs that keep what they
// were given:
//
//	backend := memory.New()
//	defer backend.Log.Close(ctx)
//
// It keeps every promise of the contract but one: nothing survives the process.
// One lock guards everything that changes. What was recorded never changes, so
// readers and followers take a look at the events under that lock, and then
// walk through them without it.
package memory
