package aggregate

import (
	"encoding/json"
	"strings"
	"testing"
)

type named struct {
	Owner string `json:"owner"`
}

type order struct {
	named

	Amount int `json:"amount"`
	Lines  []struct{ SKU string }
	Notes  map[string]named
	Any    any
	Raw    json.RawMessage
	Hidden int `json:"-"`
	Ptr    *named
}

// TestInputIsExact sees that a text means to a command what it means to whoever
// reads it by its keys.
func TestInputIsExact(t *testing.T) {
	t.Parallel()

	for text, want := range map[string]string{
		``:             "",
		` null `:       "",
		`{"amount":1}`: "",
		`{"owner":"ada","Lines":[{"SKU":"a"}],"Notes":{"x":{"owner":"b"}},"Any":{"a":[{"b":1}]},"Raw":{"Q":1},"Ptr":{"owner":"c"}}`: "",
		`{"Amount":1}`:                  `"Amount" is not known (did you mean amount?)`,
		`{"amount":1,"AMOUNT":2}`:       `"AMOUNT" is not known`,
		`{"amount":1,"amount":2}`:       `"amount" stands twice`,
		`{"Lines":[{"sku":"a"}]}`:       `"sku" is not known`,
		`{"Notes":{"x":{"Owner":"b"}}}`: `"Owner" is not known`,
		`{"Notes":{"x":{},"x":{}}}`:     `"x" stands twice`,
		`{"Any":{"a":1,"a":2}}`:         `"a" stands twice`,
		`{"Raw":{"a":[{"b":1,"b":2}]}}`: `"b" stands twice`,
		`{"Ptr":{"OWNER":"c"}}`:         `"OWNER" is not known`,
		`{"Hidden":1}`:                  `"Hidden" is not known`,
		`{"amount":1} {"amount":2}`:     "invalid character",
		`{"amount":`:                    "unexpected end",
		`{"amount":"1"}`:                "cannot unmarshal string",
		`[1]`:                           "cannot unmarshal array",
		strings.Repeat("[", 20_000):     "exceeded max depth",
		`{"amount":1]`:                  "invalid character",
	} {
		_, err := decodeInput[order]([]byte(text))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%.60s: got %v, want %s", text, err, want)
		}
	}
}
