package storetest

import (
	"strings"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/store"
)

func timeCases() []testCase {
	const (
		recorded = "It never runs backwards within a stream."
		refused  = "and not to a time before the stream's last event."
	)

	return []testCase{
		{"the time defaults to the recorded time", "Defaults to the time at which the log records it.", timeDefaults},
		{"times are whole milliseconds", "Time is when it happened, kept in whole milliseconds.", wholeMilliseconds},
		{"recorded times never run backwards", recorded, recordedNeverBack},
		{"native events follow an import from the future", recorded, nativeAfterFuture},
		{"imports keep their recorded time", "An import keeps it.", importsKeepTimes},
		{"an import that goes back in time is refused", refused, backInTimeIsRefused},
		{"the place of what goes back in time is named", "the message names batch, draft and field.", backInTimeIsNamed},
		{"batches are checked one after another", "then the recorded times that its drafts keep, where one that lies before that of the stream's last event fails it with fault.CodeInvalid.", timesAndExpectations},
		{"native events do not choose their recorded time", "Only a draft whose Origin is not Native may set it", nativeIsRecordedNow},
		{"a copy is made from an event's draft", "the draft for a copy of e in another stream or log.", copyOfAnEvent},
	}
}

// day returns a time in May 2020.
func day(n int) time.Time { return time.Date(2020, time.May, n, 12, 30, 0, 0, time.UTC) }

// imported returns a draft that was recorded elsewhere at a time.
func imported(recorded time.Time) event.Draft {
	return event.Draft{Type: "card_added", Origin: event.Imported, Recorded: recorded}
}

func timeDefaults(tr *trial) {
	tr.record(to("meeting:1", fact(1), imported(time.Date(2100, time.May, 1, 0, 0, 0, 1_000_000, time.UTC)), fact(3)))

	for i, e := range tr.read("meeting:1", store.Range{}) {
		if !e.Time.Equal(e.Recorded) {
			tr.Errorf("event %d: time %s, recorded %s, want them equal", i+1, e.Time, e.Recorded)
		}
	}
}

func wholeMilliseconds(tr *trial) {
	zone := time.FixedZone("east", 5*3600+1800)

	for _, c := range []struct{ given, want time.Time }{
		{time.Date(2020, time.May, 1, 12, 0, 0, 123_999_999, time.UTC), time.Date(2020, time.May, 1, 12, 0, 0, 123_000_000, time.UTC)},
		{time.Date(2020, time.May, 1, 12, 0, 0, 999, time.UTC), time.Date(2020, time.May, 1, 12, 0, 0, 0, time.UTC)},
		{time.Date(2020, time.May, 1, 12, 0, 0, 0, zone), time.Date(2020, time.May, 1, 6, 30, 0, 0, time.UTC)},
		{time.UnixMilli(0), time.UnixMilli(0)},
		{time.UnixMilli(-1), time.UnixMilli(-1)},
		{time.Date(1969, time.July, 20, 20, 17, 40, 500_000, time.UTC), time.Date(1969, time.July, 20, 20, 17, 40, 0, time.UTC)},
		{time.Date(1066, time.October, 14, 9, 0, 0, 1_000_000, time.UTC), time.Date(1066, time.October, 14, 9, 0, 0, 1_000_000, time.UTC)},
		{time.Date(1, time.January, 1, 0, 0, 0, 1_000_000, time.UTC), time.Date(1, time.January, 1, 0, 0, 0, 1_000_000, time.UTC)},
		{time.Date(9999, time.December, 31, 23, 59, 59, 999_999_999, time.UTC), time.Date(9999, time.December, 31, 23, 59, 59, 999_000_000, time.UTC)},
	} {
		version := tr.record(to("meeting:1", event.Draft{Type: "noted", Time: c.given})).Batches[0].Version

		e := tr.read("meeting:1", store.Range{From: version})[0]
		if !e.Time.Equal(c.want) {
			tr.Errorf("time %s became %s, want %s", c.given, e.Time, c.want)
		}

		tr.wantUTC(&e)
	}
}

// wantUTC checks the form of an event's times.
func (tr *trial) wantUTC(e *event.Event) {
	tr.Helper()

	for what, t := range map[string]time.Time{"time": e.Time, "recorded time": e.Recorded} {
		if t.Location() != time.UTC || t.Nanosecond()%1_000_000 != 0 {
			tr.Errorf("%s is %s, want whole milliseconds in UTC", what, t)
		}
	}
}

func recordedNeverBack(tr *trial) {
	for n := range 20 {
		tr.record(to("meeting:1", facts(3)...), to("meeting:2", fact(n)))
	}

	for _, stream := range []event.Stream{"meeting:1", "meeting:2"} {
		var last time.Time
		for _, e := range tr.read(stream, store.Range{}) {
			tr.wantUTC(&e)

			if e.Recorded.Before(last) {
				tr.Errorf("%s version %d was recorded at %s, the event before at %s", stream, e.Version, e.Recorded, last)
			}

			if away := time.Since(e.Recorded).Abs(); away > time.Hour {
				tr.Errorf("%s version %d was recorded %s away from now", stream, e.Version, away)
			}

			last = e.Recorded
		}
	}
}

func nativeAfterFuture(tr *trial) {
	future := time.Date(2222, time.May, 1, 0, 0, 0, 0, time.UTC)
	tr.record(to("meeting:1", fact(1), imported(future), fact(3)))
	tr.record(to("meeting:1", event.Draft{Type: "noted", Origin: event.Copied}), to("meeting:2", fact(1)))

	for _, e := range tr.read("meeting:1", store.Range{From: 2}) {
		if !e.Recorded.Equal(future) {
			tr.Errorf("version %d was recorded at %s, want %s", e.Version, e.Recorded, future)
		}
	}

	if e := tr.read("meeting:2", store.Range{})[0]; !e.Recorded.Before(future) {
		tr.Errorf("an event of another stream was recorded at %s", e.Recorded)
	}
}

func importsKeepTimes(tr *trial) {
	var drafts []event.Draft
	for n, origin := range []event.Origin{event.Imported, event.Copied, event.Forked} {
		d := imported(day(n + 2))
		d.Origin, d.Time, d.ID = origin, day(1), event.ID("id-"+origin.String())
		drafts = append(drafts, d, imported(day(n+2)))
	}

	tr.wantRecorded("meeting:1")
	tr.record(to("meeting:1", drafts...))

	for _, e := range tr.wantRecorded("meeting:1", drafts...) {
		tr.wantUTC(&e)
	}

	tr.record(to("meeting:1", imported(time.Date(2021, time.May, 1, 0, 0, 0, 7_999_999, time.UTC)), imported(time.Date(2021, time.May, 1, 0, 0, 0, 7_000_001, time.UTC))))
	tr.record(to("meeting:2", imported(time.UnixMilli(0))))

	if e := tr.read("meeting:2", store.Range{})[0]; e.Recorded.UnixMilli() != 0 || e.Time.UnixMilli() != 0 {
		tr.Errorf("recorded %s at %s, want both in 1970", e.Recorded, e.Time)
	}
}

func backInTimeIsRefused(tr *trial) {
	tr.record(to("meeting:1", imported(day(10))))
	tr.refused(fault.CodeInvalid, to("meeting:1", imported(day(9))))
	tr.refused(fault.CodeInvalid, to("meeting:1", imported(day(10).Add(-time.Millisecond))))
	tr.refused(fault.CodeInvalid, to("meeting:2", imported(day(3)), imported(day(2))))
	tr.refused(fault.CodeInvalid, to("meeting:2", imported(day(3))), to("meeting:2", imported(day(2))))
	tr.refused(fault.CodeInvalid, to("meeting:2", fact(1), imported(day(2))))
	tr.wantStreams("", "", "meeting:1")

	tr.record(to("meeting:2", imported(day(9))), to("meeting:1", imported(day(10))), to("meeting:2", imported(day(9))))
	tr.record(to("meeting:1", fact(1)))
	tr.refused(fault.CodeInvalid, to("meeting:1", imported(day(11))))
}

func backInTimeIsNamed(tr *trial) {
	tr.record(to("meeting:1", imported(day(10))))

	message := tr.refused(fault.CodeInvalid, to("meeting:2", fact(1)), to("meeting:1", imported(day(11)), fact(2), imported(day(12)), fact(3)))
	tr.wantWords(message, "batch 2", "draft 3", "2020-05-12")

	message = tr.refused(fault.CodeInvalid, to("meeting:1", imported(day(9))))
	tr.wantWords(message, "recorded time", "2020-05-09", "2020-05-10")
}

// wantWords checks that a message has all words.
func (tr *trial) wantWords(message string, words ...string) {
	tr.Helper()

	for _, word := range words {
		if !strings.Contains(message, word) {
			tr.Errorf("error %q does not say %q", message, word)
		}
	}
}

func timesAndExpectations(tr *trial) {
	tr.record(to("meeting:1", imported(day(10))))

	early, conflict := to("meeting:1", imported(day(9))), expecting(store.NoStream(), "meeting:1")
	tr.refused(fault.CodeInvalid, early, conflict)
	tr.refused(fault.CodeConflict, conflict, early)

	early.Expect = store.NoStream()
	tr.refused(fault.CodeConflict, early)
}

func nativeIsRecordedNow(tr *trial) {
	d := fact(1)
	d.Recorded = day(1)
	tr.wantWords(tr.refused(fault.CodeInvalid, to("meeting:1", d)), "recorded time")
}

func copyOfAnEvent(tr *trial) {
	d := event.Draft{Type: "noted", Data: []byte("x"), ContentType: "text/plain", Actor: "a", Subject: "s", Time: day(1), Meta: event.Meta{Correlation: "c"}}
	tr.record(to("meeting:1", fact(1), d))
	original := tr.read("meeting:1", store.Range{From: 2})[0]

	other := tr.another()
	draft := original.Draft(event.Imported)
	receipt := other.record(to("meeting:1", draft))
	other.wantRecorded("meeting:1", draft)
	other.repeated(receipt, to("meeting:1", draft))

	draft = original.Draft(event.Copied)
	draft.ID = ""
	tr.record(to("meeting:2", draft))

	if e := tr.wantRecorded("meeting:2", draft)[0]; e.ID == original.ID {
		tr.Errorf("the copy has the id of the original, %s", e.ID)
	}
}
