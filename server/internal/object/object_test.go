package object_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/server/internal/object"
)

type request struct {
	Command string          `json:"command"`
	Data    json.RawMessage `json:"data"`
	Limit   *int            `json:"limit"`
	All     bool            `json:"all"`
	From    uint64          `json:"from"`
}

func TestDecode(t *testing.T) {
	t.Parallel()

	for text, want := range map[string]string{
		`{"command":"pay","data":{"a": 1}}`: "",
		`{}`:                                "",
		`[]`:                                "order: there is []: give an object",
		``:                                  "order: there is : give an object",
		`{"comand":1}`:                      `order: the key "comand" is not known: did you mean command?`,
		`{"whatever":1}`:                    `order: the key "whatever" is not known: there are command, data, limit, all, from`,
		`{"command":1}`:                     "order: command is a number, not what it should be: give a string",
		`{"limit":"1"}`:                     "order: limit is a string, not what it should be: give a whole number that is not negative",
		`{"all":1}`:                         "order: all is a number, not what it should be: give a true or false",
		`{"from":-1}`:                       "order: from is a number -1, not what it should be: give a whole number that is not negative",
		`{"command":"pay`:                   "order: it ends too soon",
		`{"command":}`:                      "order: invalid character",
	} {
		var r request

		err := object.Decode("order", []byte(" "+text+" "), &r)
		if want == "" && err != nil || want != "" && (fault.Of(err) != fault.CodeInvalid || !strings.HasPrefix(err.Error(), want)) {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}

		if strings.Contains(text, `"a"`) && (r.Command != "pay" || string(r.Data) != `{"a": 1}`) {
			t.Errorf("%s: got %+v", text, r)
		}
	}
}

func TestHint(t *testing.T) {
	t.Parallel()

	for word, want := range map[string]string{"plase": "did you mean place?", "refund": "there are place, pay"} {
		if got := object.Hint(word, []string{"place", "pay"}); got != want {
			t.Errorf("%s: got %s, want %s", word, got, want)
		}
	}
}
