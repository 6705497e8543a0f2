package storetest

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

func limitCases() []testCase {
	const over = "input over a limit with fault.CodeTooLarge; the message names batch, draft and field."

	return []testCase{
		{"each part fits up to its limit", over, partsFit},
		{"an append has at most 1,000 events", "Events is the most events of an append. Defaults to 1,000.", eventsOfAnAppend},
		{"an append has at most 16 MiB", "Bytes is the most bytes of data and meta of an append. Defaults to 16 MiB.", bytesOfAnAppend},
		{"the place of the fault is named", "The message names the batch, the draft and the field; batches and drafts count from 1.", placeIsNamed},
	}
}

// part is a part of an event that has a limit.
type part struct {
	name  string
	limit int
	// batch returns an append with a part of n bytes.
	batch func(n int) store.Batch
}

// limited returns the parts of an event that have limits.
func limited() []part {
	one := func(d event.Draft) store.Batch { return to("meeting:1", d) }
	x := func(n int) string { return strings.Repeat("x", n) }

	return []part{
		{"stream", 255, func(n int) store.Batch { return to(event.Stream("meeting:"+x(n-8)), fact(1)) }},
		{"stream", 255, func(n int) store.Batch { return to(event.Stream(x(n-2)+":1"), fact(1)) }},
		{"stream", 255, func(n int) store.Batch { return to(event.Stream("m:"+strings.Repeat("é", (n-2)/2)+x(n%2)), fact(1)) }},
		{"type", 128, func(n int) store.Batch { return one(event.Draft{Type: x(n)}) }},
		{"id", 128, func(n int) store.Batch { return one(event.Draft{Type: "noted", ID: event.ID(x(n))}) }},
		{"actor", 255, func(n int) store.Batch { return one(event.Draft{Type: "noted", Actor: x(n)}) }},
		{"subject", 255, func(n int) store.Batch { return one(event.Draft{Type: "noted", Subject: x(n)}) }},
		{"content type", 255, func(n int) store.Batch { return one(event.Draft{Type: "noted", ContentType: "text/" + x(n-5)}) }},
		{"correlation", 255, func(n int) store.Batch { return one(event.Draft{Type: "noted", Meta: event.Meta{Correlation: x(n)}}) }},
		{"causation", 255, func(n int) store.Batch { return one(event.Draft{Type: "noted", Meta: event.Meta{Causation: x(n)}}) }},
		{"meta", 16 << 10, func(n int) store.Batch {
			return one(event.Draft{Type: "noted", Meta: event.Meta{Correlation: "ab", Causation: "cd", Extra: []byte(`{"x":"` + x(n-12) + `"}`)}})
		}},
		{"data", 1 << 20, func(n int) store.Batch { return one(event.Draft{Type: "noted", Data: []byte(`"` + x(n-2) + `"`)}) }},
		{"data", 1 << 20, func(n int) store.Batch {
			return one(event.Draft{Type: "noted", Data: make([]byte, n), ContentType: "application/octet-stream"})
		}},
	}
}

func partsFit(tr *trial) {
	for _, p := range limited() {
		fits := p.batch(p.limit)
		version := tr.record(fits).Batches[0].Version

		e := tr.read(fits.Stream, store.Range{From: version})[0]
		if d := departure(&e, &fits.Drafts[0]); d != "" {
			tr.Errorf("%s of %d bytes: %s", p.name, p.limit, d)
		}

		tr.wantWords(tr.refused(fault.CodeTooLarge, p.batch(p.limit+1)), p.name, strconv.Itoa(p.limit))
	}
}

func eventsOfAnAppend(tr *trial) {
	receipt := tr.record(to("meeting:1", facts(1000)...))
	if got := receipt.Batches[0]; got.Version != 1000 || len(got.IDs) != 1000 {
		tr.Errorf("receipt has version %d and %d ids, want 1000", got.Version, len(got.IDs))
	}

	tr.wantWords(tr.refused(fault.CodeTooLarge, to("meeting:1", facts(1001)...)), "1001", "1000")
	tr.refused(fault.CodeTooLarge, to("meeting:1", facts(500)...), to("meeting:2", facts(501)...))
	tr.record(to("meeting:2", facts(500)...), to("meeting:3", facts(500)...), to("meeting:4"))
	tr.wantStreams("", "", "meeting:1", "meeting:2", "meeting:3")
}

func bytesOfAnAppend(tr *trial) {
	const size = 1 << 20

	drafts := make([]event.Draft, 16)
	for i := range drafts {
		drafts[i] = event.Draft{Type: "noted", Data: bytes.Repeat([]byte{byte(i)}, size), ContentType: "application/octet-stream"}
	}

	tr.wantWords(tr.refused(fault.CodeTooLarge, to("meeting:1", drafts...), to("meeting:2", fact(1))), strconv.Itoa(16*size))

	meta := event.Draft{Type: "noted", Meta: event.Meta{Correlation: "c"}}
	tr.refused(fault.CodeTooLarge, to("meeting:1", drafts...), to("meeting:2", meta))
	tr.record(to("meeting:1", drafts...), to("meeting:2", event.Draft{Type: "noted"}))
	tr.wantRecorded("meeting:1", drafts...)
}

func placeIsNamed(tr *trial) {
	bad := event.Draft{Type: "noted", Data: []byte("{oops")}

	message := tr.refused(fault.CodeInvalid, to("meeting:1", fact(1)), to("meeting:2", fact(1), fact(2), bad))
	tr.wantWords(message, "batch 2", "draft 3", "data")

	message = tr.refused(fault.CodeInvalid, to("meeting:1", facts(2)...), to("nocolon", fact(1)))
	tr.wantWords(message, "batch 2", "stream", "nocolon")

	message = tr.refused(fault.CodeTooLarge, to("meeting:1", fact(1), event.Draft{Type: strings.Repeat("x", 129)}))
	tr.wantWords(message, "draft 2", "type")
	tr.wantStreams("", "")
}
