package bench

import (
	"strconv"
	"time"

	"github.com/recountdev/recount/event"
)

const (
	// mark stands before the time in an event's data, and nowhere else in a
	// message: so events can be counted and their time found without decoding.
	mark = '~'
	// stampDigits is how many digits the nanoseconds since 1970 have, until
	// the year 2286.
	stampDigits = 19
	// textsMade is the number of different events.
	textsMade = 512
	// movedType is the type of all events.
	movedType = "card_moved"
	// jsonData is the content type of all events.
	jsonData = "application/json"
)

// texts are events' data of PayloadSize bytes, made beforehand up to the time.
type texts struct {
	all   [][]byte
	stamp int // where the time begins
}

func newTexts() *texts {
	const head = `{"sent":"` + string(mark)

	t := &texts{stamp: len(head)}

	g := newGenerator(1)
	for range textsMade {
		text := append([]byte(head), "0000000000000000000"...)
		text = append(text, `","card":"`+g.id()+`","note":"`...)
		t.all = append(t.all, g.fill(text))
	}

	return t
}

// data returns the i-th text with a time, in memory of its own.
func (t *texts) data(i int, sent time.Time) []byte {
	text := append(make([]byte, 0, PayloadSize), t.all[i%len(t.all)]...)
	strconv.AppendInt(text[:t.stamp], sent.UnixNano(), 10)

	return text
}

// draft returns the i-th event with a time.
func (t *texts) draft(i int, sent time.Time) event.Draft {
	return event.Draft{Type: movedType, Data: t.data(i, sent)}
}
