package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
	"github.com/recountdev/recount/store/memory"
)

// lineOf returns a line of a good event.
func lineOf(id string) string {
	return `{"specversion":"1.0","id":"` + id + `","source":"/a:b","type":"happened","data":{"n":1}}`
}

// manyLines returns good lines with the IDs 1 to n.
func manyLines(n int) string {
	var lines strings.Builder
	for i := range n {
		lines.WriteString(lineOf(strconv.Itoa(i+1)) + "\n")
	}

	return lines.String()
}

func TestImportLines(t *testing.T) {
	t.Parallel()

	long := lineOf("long")
	long = strings.Replace(long, `{"n":1}`, strings.Repeat(" ", longestLine), 1)
	fits := strings.Replace(lineOf("fits"), "{\"n\":1}", `"`+strings.Repeat("x", 1<<20-2)+`"`, 1)
	tooLarge := strings.Replace(lineOf("large"), "{\"n\":1}", `"`+strings.Repeat("x", 1<<20-1)+`"`, 1)

	for name, c := range map[string]struct{ input, summary, complaint string }{
		"nothing":         {"", "0 lines: 0 imported, 0 already there, 0 refused\n", ""},
		"blank lines":     {"\n \t\n\r\n", "0 lines: 0 imported, 0 already there, 0 refused\n", ""},
		"no last break":   {lineOf("1") + "\n" + lineOf("2"), "2 lines: 2 imported, 0 already there, 0 refused\n", ""},
		"CRLF and a mark": {"\ufeff" + lineOf("1") + "\r\n" + lineOf("2") + "\r\n", "2 lines: 2 imported, 0 already there, 0 refused\n", ""},
		"the longest": {
			fits + "\n" + lineOf("2") + "\n", "2 lines: 2 imported, 0 already there, 0 refused\n", "",
		},
		"too much data": {
			tooLarge + "\n" + lineOf("2") + "\n", "2 lines: 1 imported, 0 already there, 1 refused\n",
			"recount: line 1: data has 1048577 bytes, the limit is 1048576: store it elsewhere and record where\n",
		},
		"too long": {
			lineOf("1") + "\n" + long + "\n" + lineOf("2") + "\n", "3 lines: 2 imported, 0 already there, 1 refused\n",
			"recount: line 2: the line has more than 2621440 bytes: an event of that size fits into no log\n",
		},
		"too long at the end": {
			lineOf("1") + "\n" + strings.Repeat("x", longestLine*2), "2 lines: 1 imported, 0 already there, 1 refused\n",
			"recount: line 2: the line has more than 2621440 bytes: an event of that size fits into no log\n",
		},
		"bytes that are no text": {
			"\xff\xfe{\x00\n" + lineOf("1"), "2 lines: 1 imported, 0 already there, 1 refused\n", "recount: line 1: not a CloudEvent",
		},
		"several chunks": {
			manyLines(1234), "1,234 lines: 1,234 imported, 0 already there, 0 refused\n", "",
		},
	} {
		for _, flag := range []string{"", "--atomic"} {
			t.Run(name+flag, func(t *testing.T) {
				t.Parallel()

				b := memory.NewWith(memory.Options{Limits: store.Limits{Events: 1e6, Bytes: 1e9}})
				defer b.Log.Close(t.Context())

				summary := c.summary
				if flag != "" && c.complaint != "" {
					_, kept, _ := strings.Cut(c.summary, " imported")
					total, _, _ := strings.Cut(c.summary, ": ")
					summary = total + ": 0 imported" + kept
				}

				r := sharing(b).runWith(c.input, append([]string{"import"}, strings.Fields(flag)...)...)
				if r.stdout != summary || !strings.HasPrefix(r.stderr, c.complaint) || (r.code == exitOK) != (c.complaint == "") || (r.stderr == "") != (c.complaint == "") {
					t.Errorf("exit code %d\n%s%.300s\nwant:\n%s%s", r.code, r.stdout, r.stderr, summary, c.complaint)
				}
			})
		}
	}
}

// TestImportKeepsTheOrder mixes known, new and bad lines, so that appends are
// split again and again; the positions follow the lines all the same.
func TestImportKeepsTheOrder(t *testing.T) {
	t.Parallel()

	b := memory.New()
	defer b.Log.Close(t.Context())

	var known, all strings.Builder
	var want []string
	for i := range 700 {
		line := lineOf(strconv.Itoa(i))
		switch {
		case i%97 == 0:
			line = `{"bad":true}`
		case i%7 == 0:
			known.WriteString(line + "\n")
		default:
			want = append(want, strconv.Itoa(i))
		}

		all.WriteString(line + "\n")
	}

	p := sharing(b)
	p.runWith(known.String(), "import").must(t)
	state, err := b.Log.State(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	r := p.runWith(all.String(), "import")
	if r.stdout != fmt.Sprintf("700 lines: %d imported, %d already there, 8 refused\n", len(want), 700-8-len(want)) {
		t.Error(r.stdout)
	}

	var got []string
	for page, err := range b.Log.Feed(t.Context(), state.Head, store.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}

		for _, e := range page.Events {
			got = append(got, string(e.ID))
		}
	}

	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("got %v\nwant %v", got, want)
	}
}

func TestImportOfInputThatFails(t *testing.T) {
	t.Parallel()

	b := memory.New()
	defer b.Log.Close(t.Context())

	var stdout, stderr bytes.Buffer
	input := io.MultiReader(strings.NewReader(manyLines(3)), iotest.ErrReader(errors.New("the cable is out")))
	code := sharing(b).start(t.Context(), input, &stdout, &stderr, "import")
	if code != exitFailed || stdout.String() != "3 lines: 3 imported, 0 already there, 0 refused\n" ||
		stderr.String() != "recount: the input cannot be read after line 3: the cable is out\n" {
		t.Errorf("exit code %d\n%s%s", code, stdout.String(), stderr.String())
	}
}

// TestImportInterrupted ends an import while it waits for more input.
func TestImportInterrupted(t *testing.T) {
	t.Parallel()

	b := memory.New()
	defer b.Log.Close(t.Context())

	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()

	input, output := io.Pipe()
	defer output.Close() // lets go of the reader
	go func() {
		_, _ = io.WriteString(output, manyLines(chunkLines+10))
	}()
	go func() {
		waitForPosition(t, b.Log, chunkLines+10)
		interrupt()
	}()

	var stdout, stderr bytes.Buffer
	p := sharing(b)
	code := p.start(ctx, input, &stdout, &stderr, "import")
	if code != exitInterrupted || stdout.String() != "510 lines: 510 imported, 0 already there, 0 refused\n" ||
		stderr.String() != "recount: interrupted: what was imported stays, and the same import goes on where this one ended\n" {
		t.Errorf("exit code %d\n%s%s", code, stdout.String(), stderr.String())
	}

	if got := p.runWith(manyLines(chunkLines+20), "import").must(t); got != "520 lines: 10 imported, 510 already there, 0 refused\n" {
		t.Error(got)
	}
}

func TestAtomicImportInterrupted(t *testing.T) {
	t.Parallel()

	b := memory.New()
	defer b.Log.Close(t.Context())

	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()

	var stdout, stderr bytes.Buffer
	code := sharing(b).start(ctx, strings.NewReader(manyLines(10)), &stdout, &stderr, "import", "--atomic")
	if code != exitInterrupted || stderr.String() != "recount: interrupted: nothing was imported\n" {
		t.Errorf("exit code %d\n%s%s", code, stdout.String(), stderr.String())
	}
}

// waitForPosition returns as soon as the log has an event at the position.
func waitForPosition(t *testing.T, log store.Log, position uint64) {
	t.Helper()

	for page, err := range log.Feed(t.Context(), event.Position{}, store.Filter{Follow: true}) {
		if err != nil || page.Upto.Number() >= position {
			return
		}
	}
}

// TestImportIntoAStoreThatFails sees that lines are not refused for what is not
// their fault.
func TestImportIntoAStoreThatFails(t *testing.T) {
	t.Parallel()

	b := memory.New()
	if err := b.Log.Close(t.Context()); err != nil {
		t.Fatal(err)
	}

	for _, args := range [][]string{{"import"}, {"import", "--atomic"}} {
		r := sharing(b).runWith(manyLines(3), args...)
		if r.code != exitFailed || !strings.HasPrefix(r.stdout, "3 lines: 0 imported, 0 already there, 0 refused") || strings.Contains(r.stderr, "line ") {
			t.Errorf("exit code %d\n%s%s", r.code, r.stdout, r.stderr)
		}
	}
}

// BenchmarkImport shows how much of an import is parsing and splitting.
func BenchmarkImport(b *testing.B) {
	input := manyLines(10_000)
	b.SetBytes(int64(len(input)))
	b.ReportAllocs()
	for b.Loop() {
		m := memory.New()
		start := time.Now()
		if r := sharing(m).runWith(input, "import"); r.code != exitOK {
			b.Fatal(r.stderr)
		}

		b.ReportMetric(10_000/time.Since(start).Seconds(), "events/s")
		_ = m.Log.Close(b.Context())
	}
}
