package pebble

import (
	"encoding/binary"
	"hash/crc32"
	"math/bits"
	"time"

	"github.com/recountdev/recount/event"
)

// A record is an event as it stands in the store:
//
//	0   format, 1 byte: recordFormat
//	1   flags, 1 byte
//	2   version, 6 bytes
//	8   recorded time, 6 bytes, milliseconds since 1970
//	14  latest recorded time in the log so far, this event's included, 6 bytes
//	20  CRC-32C of all bytes but these 4, continued from the position
//	24  stream, type; then, as the flags say: ID, actor, subject, content type,
//	    each after its length as a varint; time, 8 bytes; correlation,
//	    causation, extra meta, each after its length; then the data, to the end
//
// The position is the key. The fixed part comes first so that a record can be
// written before its place is known. Since the latest recorded time never runs
// backwards along the log, a moment is found by binary search.
const (
	recordFormat = 1
	recordHeader = 24
)

// The flags of a record.
const (
	hasID byte = 1 << iota
	hasActor
	hasSubject
	hasContentType
	hasMeta
	hasTime
	originLow
	originHigh
)

const originShift = 6

// record is an event as it stands in the store, decoded; it shares the bytes it
// was decoded from.
type record struct {
	version     event.Version
	recorded    int64
	latest      int64
	origin      event.Origin
	stream      []byte
	typ         []byte
	id          []byte // nil if the log made it
	actor       []byte
	subject     []byte
	contentType []byte
	time        int64 // recorded, unless the caller gave one
	correlation []byte
	causation   []byte
	extra       []byte
	data        []byte
}

// castagnoli is the table of CRC-32C; the package keeps its own copy of it.
func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// recordSize returns the exact length of the record of a draft.
func recordSize(stream event.Stream, d *event.Draft) int {
	n := recordHeader + textSize(len(stream)) + textSize(len(d.Type)) + len(d.Data)
	for _, s := range [...]string{string(d.ID), d.Actor, d.Subject, contentType(d)} {
		if s != "" {
			n += textSize(len(s))
		}
	}

	if !d.Time.IsZero() {
		n += 8
	}

	if !d.Meta.IsZero() {
		n += textSize(len(d.Meta.Correlation)) + textSize(len(d.Meta.Causation)) + textSize(len(d.Meta.Extra))
	}

	return n
}

func textSize(n int) int {
	size := n + 1
	for ; n >= 0x80; n >>= 7 {
		size++
	}

	return size
}

// contentType returns what has to be kept of a draft's content type: nothing if
// it is the default.
func contentType(d *event.Draft) string {
	if d.ContentType == "application/json" {
		return ""
	}

	return d.ContentType
}

// appendRecord appends the record of a draft, with an empty fixed part but for
// format and flags; sealRecord completes it.
func appendRecord(dst []byte, stream event.Stream, d *event.Draft) []byte {
	start := len(dst)

	var header [recordHeader]byte
	header[0] = recordFormat
	dst = append(dst, header[:]...)
	dst = appendText(dst, string(stream))
	dst = appendText(dst, d.Type)

	flags := byte(d.Origin) << originShift
	for _, optional := range [...]struct {
		value string
		flag  byte
	}{
		{string(d.ID), hasID},
		{d.Actor, hasActor},
		{d.Subject, hasSubject},
		{contentType(d), hasContentType},
	} {
		if optional.value != "" {
			flags |= optional.flag
			dst = appendText(dst, optional.value)
		}
	}

	if !d.Time.IsZero() {
		flags |= hasTime
		dst = binary.BigEndian.AppendUint64(dst, uint64(d.Time.UnixMilli()))
	}

	if !d.Meta.IsZero() {
		flags |= hasMeta
		dst = appendText(dst, d.Meta.Correlation)
		dst = appendText(dst, d.Meta.Causation)
		dst = appendText(dst, string(d.Meta.Extra))
	}

	dst[start+1] = flags

	return append(dst, d.Data...)
}

func appendText(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

// sealRecord gives a record its place and its checksum.
func sealRecord(rec []byte, position uint64, version event.Version, recorded, latest int64) {
	putUint48(rec[2:], uint64(version))
	putUint48(rec[8:], uint64(recorded))
	putUint48(rec[14:], uint64(latest))
	binary.BigEndian.PutUint32(rec[20:], recordSum(rec, position))
}

// recordSum returns the checksum of a record. The position is where it starts
// from, so that a record at another position does not match.
func recordSum(rec []byte, position uint64) uint32 {
	sum := uint32(position) ^ bits.Reverse32(uint32(position>>32))
	sum = crc32.Update(sum, castagnoli(), rec[:20])

	return crc32.Update(sum, castagnoli(), rec[recordHeader:])
}

func putUint48(dst []byte, n uint64) {
	binary.BigEndian.PutUint16(dst, uint16(n>>32))
	binary.BigEndian.PutUint32(dst[2:], uint32(n))
}

func uint48(src []byte) uint64 {
	return uint64(binary.BigEndian.Uint16(src))<<32 | uint64(binary.BigEndian.Uint32(src[2:]))
}

// openRecord checks a record and decodes it; problem is "" if it is whole.
func openRecord(rec []byte, position uint64) (r record, problem string) {
	problem = r.open(rec, position)
	return r, problem
}

// open is openRecord for a record that is used again and again.
func (r *record) open(rec []byte, position uint64) (problem string) {
	if len(rec) < recordHeader {
		return "it is too short"
	}

	if rec[0] != recordFormat {
		return "it has an unknown format: a newer recount may have written it"
	}

	if binary.BigEndian.Uint32(rec[20:]) != recordSum(rec, position) {
		return "its checksum does not match"
	}

	if !r.decode(rec) {
		return "its fields do not fit its length"
	}

	return ""
}

// decode cuts a record into its fields, and reports whether they fit.
func (r *record) decode(rec []byte) (whole bool) {
	flags := rec[1]
	r.version = event.Version(uint48(rec[2:]))
	r.recorded = int64(uint48(rec[8:]))
	r.latest = int64(uint48(rec[14:]))
	r.origin = event.Origin(flags >> originShift)

	p := parser{rest: rec[recordHeader:]}
	r.stream = p.text()
	r.typ = p.text()
	r.id = p.optional(flags & hasID)
	r.actor = p.optional(flags & hasActor)
	r.subject = p.optional(flags & hasSubject)
	r.contentType = p.optional(flags & hasContentType)
	r.time = r.recorded
	if flags&hasTime != 0 {
		r.time = p.int64()
	}

	r.correlation = p.optional(flags & hasMeta)
	r.causation = p.optional(flags & hasMeta)
	r.extra = p.optional(flags & hasMeta)
	r.data = p.rest

	return !p.short
}

// withID returns a copy of a record that has none, with an ID.
func withID(rec []byte, id event.ID) []byte {
	var r record
	_ = r.decode(rec) // it was made here
	names := recordHeader + textSize(len(r.stream)) + textSize(len(r.typ))

	c := append(make([]byte, 0, len(rec)+textSize(len(id))), rec[:names]...)
	c[1] |= hasID
	c = appendText(c, string(id))

	return append(c, rec[names:]...)
}

// parser cuts the variable part of a record.
type parser struct {
	rest  []byte
	short bool
}

func (p *parser) text() []byte {
	n, width := binary.Uvarint(p.rest)
	if width <= 0 || n > uint64(len(p.rest)-width) {
		p.short = true
		return nil
	}

	end := width + int(n)
	text := p.rest[width:end:end]
	p.rest = p.rest[end:]

	return text
}

func (p *parser) optional(flag byte) []byte {
	if flag == 0 {
		return nil
	}

	return p.text()
}

func (p *parser) int64() int64 {
	if len(p.rest) < 8 {
		p.short = true
		return 0
	}

	n := int64(binary.BigEndian.Uint64(p.rest))
	p.rest = p.rest[8:]

	return n
}

// at returns a kept time.
func at(ms int64) time.Time { return time.UnixMilli(ms).UTC() }
