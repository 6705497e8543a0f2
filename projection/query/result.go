package query

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"
)

// Result is what a query found.
type Result struct {
	// Columns are the names of the columns.
	Columns []string
	// Rows have a value for each column: nil, bool, int64, float64, string or
	// json.RawMessage.
	Rows [][]any
	// More says that there are more rows than the query may have.
	More bool
}

// valueOf returns a value as it stands in a result, and about how large it is. The
// database's name for the type of the column may be "".
func valueOf(value any, typ string) (any, int) {
	const small = 8

	switch v := value.(type) {
	case nil, bool, int64:
		return v, small
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) { // JSON has none
			return nil, small
		}

		return v, small
	case time.Time:
		return v.UTC().Format("2006-01-02T15:04:05.999999Z07:00"), small
	case []byte:
		if typ == "JSON" || typ == "JSONB" {
			return textOf(string(v), typ)
		}

		return base64.StdEncoding.EncodeToString(v), len(v)
	case string:
		return textOf(v, typ)
	default:
		return nil, 0
	}
}

// textOf returns what a text stands for.
func textOf(text, typ string) (any, int) {
	switch typ {
	case "JSON", "JSONB":
		if json.Valid([]byte(text)) {
			return json.RawMessage(text), len(text)
		}
	case "NUMERIC":
		if json.Valid([]byte(text)) { // NaN is none
			return json.RawMessage(text), len(text)
		}

		return nil, len(text)
	}

	return strings.ToValidUTF8(text, "\uFFFD"), len(text)
}

// AppendRow appends a row as a JSON object, whose keys are in the order of the
// columns.
func (r *Result) AppendRow(dst []byte, row int) []byte {
	dst = append(dst, '{')
	for i, column := range r.Columns {
		if i > 0 {
			dst = append(dst, ',')
		}

		dst = appendText(dst, column)
		dst = append(dst, ':')

		switch v := r.Rows[row][i].(type) {
		case bool:
			dst = strconv.AppendBool(dst, v)
		case int64:
			dst = strconv.AppendInt(dst, v, 10)
		case float64:
			encoded, _ := json.Marshal(v) // it is finite
			dst = append(dst, encoded...)
		case string:
			dst = appendText(dst, v)
		case json.RawMessage:
			dst = append(dst, v...)
		default:
			dst = append(dst, "null"...)
		}
	}

	return append(dst, '}')
}

// AppendJSON appends the result: {"rows":[{column:value}]}, with "more":true if
// there are more rows.
func (r *Result) AppendJSON(dst []byte) []byte {
	dst = append(dst, `{"rows":[`...)
	for i := range r.Rows {
		if i > 0 {
			dst = append(dst, ",\n"...)
		}

		dst = r.AppendRow(dst, i)
	}

	dst = append(dst, ']')
	if r.More {
		dst = append(dst, `,"more":true`...)
	}

	return append(dst, '}')
}

func appendText(dst []byte, text string) []byte {
	encoded, _ := json.Marshal(text) // a text cannot fail

	return append(dst, encoded...)
}
