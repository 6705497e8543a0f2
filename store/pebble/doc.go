// Package pebble keeps a log in a folder, on the storage engine Pebble: the
// embedded backend, with nothing to install.
//
// # How it works
//
// One goroutine, the committer, writes. It gathers every append that waits,
// checks IDs and expectations against what the appends before leave behind,
// writes all of them as one batch with one sync, moves the durable head, and
// answers. So a thousand appends share the cost of one sync, and an append that
// comes alone waits for nobody.
//
// An event stands once, under its position. Two indexes lead to positions: one
// by stream and version, one by the IDs that callers gave. An ID that the log
// makes carries its position and needs no index.
//
// # What it guarantees
//
// All of package store. Pebble shows a batch before it is synced, therefore
// all reads are bounded by the durable head. Every event and mark carries a
// format version and a CRC-32C; damage is a *store.DamageError that names the
// place.
//
// If a write or a sync of the write-ahead log fails, the log stops taking
// writes for good and says why; reading goes on. What was acknowledged is there after the next start.
//
// One process at a time can open a folder; a second one is told who has it.
//
// # Caveats
//
// Events of one page share memory: whoever keeps one event of many for long
// should keep its Clone.
package pebble
