package server_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/category"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/server"
	"github.com/recountdev/recount/store"
)

// TestRefusedFromOutside sees what nobody may say or ask from outside.
func TestRefusedFromOutside(t *testing.T) {
	t.Parallel()

	h := newHouse(t, declared(t, map[string]category.Declaration{
		"meeting": {},
		"secret":  {Guards: category.Guards{Join: auth.Refuse, Append: auth.Refuse}},
	}), func(o *server.Options) { o.Limits.Event = event.Limits{Stream: 40} })

	_, err := h.log.Append(t.Context(), store.Batch{Stream: "secret:merger", Drafts: []event.Draft{{Type: "x", ID: "order-1"}}})
	must(t, err)

	long := "meeting:" + strings.Repeat("4", 40)
	for _, c := range []struct {
		method, path, body string
		status             int
		code, help         string
	}{
		{"GET", "/v1/feed?category=meeting:x", "", http.StatusBadRequest, "invalid", "colon"},
		{"GET", "/v1/feed?category=meeting", "", http.StatusForbidden, "forbidden", "admin"},
		{"GET", "/v1/streams/" + long, "", http.StatusRequestEntityTooLarge, "too_large", "40"},
		{"POST", "/v1/streams/" + long, `{"type":"x"}`, http.StatusRequestEntityTooLarge, "too_large", "40"},
		{"POST", "/v1/streams/none:1", `{"type":"x"}`, http.StatusNotFound, "not_found", "not declared"},
		{"POST", "/v1/streams/meeting:1", `{"type":"$archived"}`, http.StatusBadRequest, "invalid", "system's own"},
		{"POST", "/v1/streams/meeting:1", `{"type":"x","actor":"bob"}`, http.StatusForbidden, "forbidden", "leave it out"},
		{"POST", "/v1/streams/meeting:1", `{"type":"x","recountmeta":"{\"actor\":\"bob\"}"}`, http.StatusForbidden, "forbidden", "leave it out"},
		{"POST", "/v1/streams/meeting:1", `{"type":"x","id":"order-1"}`, http.StatusConflict, "conflict", "another stream"},
	} {
		t.Run(fmt.Sprintf("%s %.40s %s", c.method, c.path, c.body), func(t *testing.T) {
			t.Parallel()

			got := h.ask(c.method, c.path, c.body).expect(t, c.status)
			if code, detail := got.problem(t); code != c.code || !strings.Contains(detail, c.help) || strings.Contains(got.body, "merger") {
				t.Errorf("got %s", got.body)
			}
		})
	}

	h.ask("GET", "/v1/feed?category=meeting", "", "Test-Caller: admin").expect(t, http.StatusOK)

	p := h.dial().welcomed(http.StatusSwitchingProtocols)
	if answer := p.ask(long, "phx_join", `{}`); !strings.Contains(answer, `"too_large"`) {
		t.Errorf("the join of a long name: %s", answer)
	}

	p.join("meeting:2", `{"since":"now"}`)
	for _, push := range []struct{ name, data, code string }{
		{"$append", `{"events":[{"type":"$archived"}]}`, "invalid"},
		{"$append", `{"events":[{"type":"x","meta":{"actor":"bob"}}]}`, "forbidden"},
		{"$append", `{"events":[{"type":"x","id":"order-1"}]}`, "conflict"},
		{"$action", `{"type":"$archived"}`, "invalid"},
	} {
		if answer := p.ask("meeting:2", push.name, push.data); !strings.Contains(answer, `"`+push.code+`"`) || strings.Contains(answer, "merger") {
			t.Errorf("%s %s: %s", push.name, push.data, answer)
		}
	}
}

// TestUnreadBody sees that a request whose body nobody reads, and which does not
// come, does not hold its connection for ever.
func TestUnreadBody(t *testing.T) {
	t.Parallel()

	for _, line := range []string{"GET /healthz", "POST /v1/nothing", "GET /v1/streams/a:1", "POST /v1/streams/a:1"} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()

			withPipe(t, func(h *house, conn net.Conn) {
				began := time.Now()
				_, err := io.WriteString(conn, line+" HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n")
				must(h.t, err)

				if _, err := io.Copy(io.Discard, bufio.NewReader(conn)); err != nil {
					h.t.Errorf("the connection ends with %v", err)
				}

				if took := time.Since(began); took > 2*time.Minute {
					h.t.Errorf("it took %v", took)
				}
			})
		})
	}
}
