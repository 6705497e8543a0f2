package storetest

import (
	"fmt"
	"strings"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
)

func idCases() []testCase {
	return []testCase{
		{
			"ids of every shape are kept and found again",
			"ID names an event for ever: a UUID made by the log, or whatever the caller gave",
			shapesOfIDs,
		},
		{
			"upper and lower case are different ids",
			"UUID returns the bytes of an ID that is a UUID in its canonical form (36 bytes, lower case), and whether it is one.",
			caseOfIDs,
		},
		{
			"ids that begin like others are others",
			"ID names the event for ever. It is unique in its log.",
			prefixesOfIDs,
		},
		{
			"ids that look like the log's own are the caller's",
			"ID makes the append idempotent: appending the same ID with the same content again changes nothing.",
			lookalikesOfIDs,
		},
	}
}

// shapes are IDs that callers give.
func shapes() []event.ID {
	return []event.ID{
		"1",
		"0192f0c1-7e5a-7000-8000-0123456789ab",
		"0192f0c1-7e5a-4000-8000-0123456789ab",
		"00000000-0000-0000-0000-000000000000",
		"00000000-0000-0000-0000-000000000001",
		"ffffffff-ffff-ffff-ffff-ffffffffffff",
		"0192f0c17e5a700080000123456789ab",
		"{0192f0c1-7e5a-7000-8000-0123456789ab}",
		"0192f0c1-7e5a-7000-8000-0123456789a",
		"0192f0c1-7e5a-7000-8000-0123456789abc",
		"0192f0c1+7e5a-7000-8000-0123456789ab",
		"0192f0c1-7e5a-7000-8000-01-3456789ab",
		"0192f0c1-7e5a-7000-8000-01-345-789ab",
		"------------------------------------",
		"01J9RG2ZJ8E5G8D7W0K3V1N4QX",
		"meeting:42/card 7?x=%2F&y=#z",
		" with spaces ",
		"caf\u00e9",
		"cafe\u0301",
		"\u2028\ufeff\ufffd\U0010ffff",
		"😀",
		"'; DROP TABLE events; --",
		`{"json":true}`,
		`back\slash "quotes"`,
		"*",
		event.ID(strings.Repeat("x", 128)),
		event.ID(strings.Repeat("é", 64)),
	}
}

// wantOwned checks that the IDs are new, and from then on known: one event each,
// in the order given.
func (tr *trial) wantOwned(stream event.Stream, ids ...event.ID) {
	tr.Helper()

	var receipts []store.Receipt
	for n, id := range ids {
		receipt := tr.record(to(stream, named(id, n)))
		if receipt.Repeated || receipt.Batches[0].Version != event.Version(n)+1 {
			tr.Fatalf("the first append with id %q has receipt %+v", id, receipt)
		}

		receipts = append(receipts, receipt)
	}

	for n, id := range ids {
		tr.repeated(receipts[n], to(stream, named(id, n)))
		tr.duplicate(id, stream, event.Version(n)+1, to(stream, named(id, n+1)))
	}

	for i, e := range tr.read(stream, store.Range{}) {
		if e.ID != ids[i] {
			tr.Errorf("event %d has id %q, want %q", i+1, e.ID, ids[i])
		}
	}
}

func shapesOfIDs(tr *trial) { tr.wantOwned("meeting:1", shapes()...) }

func caseOfIDs(tr *trial) {
	tr.wantOwned(
		"meeting:1",
		"0192f0c1-7e5a-7000-8000-0123456789ab",
		"0192F0C1-7E5A-7000-8000-0123456789AB",
		"0192f0c1-7e5a-7000-8000-0123456789aB",
		"order-a",
		"ORDER-A",
	)

	made := tr.record(to("meeting:2", fact(1))).Batches[0].IDs[0]

	receipt := tr.record(to("meeting:2", named(event.ID(strings.ToUpper(string(made))), 1)))
	if receipt.Repeated || receipt.Batches[0].Version != 2 {
		tr.Errorf("%s in upper case has receipt %+v, want a new event", made, receipt)
	}
}

func prefixesOfIDs(tr *trial) {
	tr.wantOwned("meeting:1", "a", "ab", "abc", "a ", "a:", "a:1", "a:1:2", "a/", "aa", strings128("a"))
}

// strings128 returns the longest ID that begins with text.
func strings128(text string) event.ID {
	return event.ID(text + strings.Repeat("z", 128-len(text)))
}

// lookalikesOfIDs changes every digit of IDs that the log made, one after the
// other: whatever the log hides in its own IDs, these are not its own.
func lookalikesOfIDs(tr *trial) {
	made := tr.record(to("meeting:1", facts(3)...)).Batches[0].IDs

	var (
		drafts []event.Draft
		known  = map[event.ID]bool{made[0]: true, made[1]: true, made[2]: true}
	)

	for _, id := range made[:2] {
		for i := range len(id) {
			for _, digit := range "01789f" {
				changed := event.ID(fmt.Sprintf("%s%c%s", id[:i], digit, id[i+1:]))
				if id[i] != '-' && !known[changed] {
					known[changed] = true
					drafts = append(drafts, named(changed, len(drafts)))
				}
			}
		}
	}

	batch := to("meeting:2", drafts...)

	receipt := tr.record(batch)
	if receipt.Repeated {
		tr.Fatal("ids that nobody gave before count as repeated")
	}

	tr.wantRecorded("meeting:2", drafts...)
	tr.repeated(receipt, batch)

	d := drafts[len(drafts)/2]
	tr.duplicate(d.ID, "meeting:2", event.Version(len(drafts)/2)+1, to("meeting:1", d))

	// The log goes on making IDs that nobody has.
	tr.record(to("meeting:3", facts(100)...))
	tr.wantRecorded("meeting:3", facts(100)...)
}
