// Package bench measures a log on the machine it runs on, and compares it with
// what that machine can do at all.
//
// Absolute figures of a disk do not last: they change with the machine, with
// the neighbours and with the hour. So everything is measured beside a limit in
// the same run. The limit is a bare segment file with the same group commit
// (segment.go): one goroutine gathers every append that waits, writes them with
// one write and one fdatasync, and answers all. It checks nothing and indexes
// nothing, so a log that can also read what it wrote comes close to it at best.
// The candidates take turns, round by round, in changing order, so that noise
// hits all alike; what is reported are medians, and the ratio is the median of
// the ratios within each round.
//
// [RunAppend] measures durable appends: the segment, the log with IDs that it
// makes itself, the log with IDs from callers, one hot stream, and appends
// beside readers that never finish. [RunRead] fills a log and measures replay,
// loading a stream, disk and memory, opening, and allocations. Both report
// their rows as they come. [Append], [Read] and [Idle] are the same as commands
// for a command line; `go test -bench .` in this folder prints the same
// quantities as Go benchmarks, for benchstat.
//
// # What the figures do not say
//
// The load is one process on one machine: appenders, log and readers share its
// cores, and no network lies between them. Each appender waits for its answer
// before it appends again. Events are made beforehand, so that making them costs
// neither side anything: an application that makes its JSON on the same cores
// comes closer to the limit, because the limit comes down (measured 2026-11-21
// with 1,000 appenders that encode a struct each time: 220,000 to 330,000/s
// instead of 680,000 to 890,000/s). Files are read from the page cache of the operating
// system. A folder in memory (tmpfs) makes fdatasync free and every durable
// figure meaningless; [Machine] says so.
package bench
