package wire

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
)

// ParseCloudEvent reads a CloudEvent 1.0 in JSON: a line that AppendCloudEvent
// wrote, or that of any other producer whose source is the path of a stream.
// The draft is marked as imported, keeps its recorded time, and shares memory
// with line.
//
// The attributes may stand in any order. specversion, id, source and type are
// required; streamversion and position are left to the log that takes the
// event. Attributes that Recount has no place for, such as traceparent or
// dataschema, are not lost: they go into the meta, under "cloudevents".
//
// Data stays as it stands in the line, to the byte. A JSON string under a
// content type that is not JSON is that text; data_base64 without a content
// type is application/octet-stream unless it is JSON.
//
// Errors have fault.CodeInvalid, name the attribute, and say what to do. The
// limits are left to the log.
func ParseCloudEvent(line []byte) (event.Stream, event.Draft, error) {
	var c cloudEvent
	if err := c.parse(line); err != nil {
		return "", event.Draft{}, err
	}

	return c.draft()
}

var (
	errNotUTF8  = errors.New("the line is not UTF-8")
	errNoObject = errors.New("the line is no JSON object")
)

// lineError says what is wrong with a line that is no JSON object.
func lineError(err error) error {
	where := ""
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		where = fmt.Sprintf(" (byte %d)", syntax.Offset)
	}

	return fault.Invalid(`not a CloudEvent: %w%s: give one CloudEvent a line, such as {"specversion":"1.0","id":"1","source":"/meeting:42","type":"card_added"}`, err, where)
}

// cloudEvent holds the values of a line as they stand there; nil where the line
// has none.
type cloudEvent struct {
	specVersion, id, source, typ, subject, time, contentType []byte
	recorded, actor, correlation, causation, meta            []byte
	version, position                                        []byte
	data, base64                                             []byte
	others                                                   []member
}

// member is an attribute that Recount has no place for.
type member struct{ name, value []byte }

// place returns where the value of an attribute goes; nil if there is no place
// for it.
func (c *cloudEvent) place(name []byte) *[]byte {
	switch string(name) {
	case "specversion":
		return &c.specVersion
	case "id":
		return &c.id
	case "source":
		return &c.source
	case "type":
		return &c.typ
	case "subject":
		return &c.subject
	case "time":
		return &c.time
	case "datacontenttype":
		return &c.contentType
	case "recordedtime":
		return &c.recorded
	case "actor":
		return &c.actor
	case "correlationid":
		return &c.correlation
	case "causationid":
		return &c.causation
	case "recountmeta":
		return &c.meta
	case "streamversion":
		return &c.version
	case "position":
		return &c.position
	case "data":
		return &c.data
	case "data_base64":
		return &c.base64
	default:
		return nil
	}
}

// parse checks a line and takes it apart.
func (c *cloudEvent) parse(line []byte) error {
	if err := validJSON(line); err != nil {
		return lineError(err)
	}

	return c.read(line)
}

// read takes the values out of a valid line. An attribute that is null is unset;
// data may be null.
func (c *cloudEvent) read(line []byte) error {
	var others names
	for quoted, value := range members(line) {
		name, err := plainName(quoted)
		if err != nil {
			return err
		}

		if isNull(value) && string(name) != "data" {
			continue
		}

		place := c.place(name)
		if place == nil || (place == &c.version || place == &c.position) && !isNumberText(value) {
			if !others.add(name) {
				return twice(name)
			}

			c.others = append(c.others, member{quoted, value})

			continue
		}

		if *place != nil {
			return twice(name)
		}

		*place = value
	}

	return nil
}

// isNumberText reports whether a value is a string of digits, as we write
// versions and positions; others may mean something else by these names.
func isNumberText(value []byte) bool {
	return isString(value) && len(value) > 2 && strings.Trim(string(value[1:len(value)-1]), "0123456789") == ""
}

// draft makes the draft that the line describes.
func (c *cloudEvent) draft() (event.Stream, event.Draft, error) {
	d := event.Draft{Origin: event.Imported}
	r := reader{}
	version := r.required("specversion", c.specVersion)
	d.ID = event.ID(r.required("id", c.id))
	source := r.required("source", c.source)
	d.Type = r.required("type", c.typ)
	d.Subject = r.text("subject", c.subject)
	d.Time = r.time("time", c.time)
	d.ContentType = r.text("datacontenttype", c.contentType)
	d.Recorded = r.time("recordedtime", c.recorded)
	d.Actor = r.text("actor", c.actor)
	d.Meta.Correlation = r.text("correlationid", c.correlation)
	d.Meta.Causation = r.text("causationid", c.causation)
	extra := r.text("recountmeta", c.meta)
	if r.err != nil {
		return "", event.Draft{}, r.err
	}

	if version != "1.0" {
		return "", event.Draft{}, invalid("specversion", `%.40q is not known here: send CloudEvents "1.0"`, version)
	}

	stream, err := parseSource(source)
	if err == nil {
		d.Meta.Extra, err = withOthers(extra, c.others)
	}

	if err == nil {
		err = c.payload(&d)
	}

	if err != nil {
		return "", event.Draft{}, err
	}

	return stream, d, nil
}

// payload sets the data and the content type of a draft that has the content
// type of the line.
func (c *cloudEvent) payload(d *event.Draft) error {
	stated := d.ContentType
	if stated == jsonType {
		d.ContentType = ""
	}

	switch {
	case c.data != nil && c.base64 != nil:
		return invalid("data", "stands beside data_base64: keep one of them")
	case c.base64 != nil:
		return c.binary(d, stated)
	case c.data == nil:
		return nil
	case event.IsJSON(stated):
		d.Data = c.data

		return nil
	case !isString(c.data):
		return invalid("data", "is not a string, as the datacontenttype %.40q wants: quote it, send data_base64, or state another type", stated)
	}

	text, ok := unquote(c.data)
	if !ok {
		return halfCharacter("data")
	}

	d.Data = []byte(text)

	return nil
}

// binary sets the data of a draft from data_base64.
func (c *cloudEvent) binary(d *event.Draft, stated string) error {
	if !isString(c.base64) {
		return invalid("data_base64", "is not a string: encode the data as base64")
	}

	text, _ := unquote(c.base64)
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return invalid("data_base64", "is not base64 (%v): use the standard alphabet, with padding", err)
	}

	d.Data = data
	if stated == "" && !json.Valid(data) {
		d.ContentType = "application/octet-stream"
	}

	return nil
}
