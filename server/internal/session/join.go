package session

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/topic"
	"github.com/recountdev/recount/wire"
)

// joinRequest is the payload of phx_join.
type joinRequest struct {
	Since    json.RawMessage `json:"since"`
	Epoch    string          `json:"epoch"`
	Replay   string          `json:"replay"`
	Presence json.RawMessage `json:"presence"`
}

// joinReply is the answer to phx_join. Places are numbers, or strings where the
// topic is a category. The actor is who the client's events will be by.
type joinReply struct {
	Epoch     string          `json:"epoch"`
	Version   json.RawMessage `json:"version"`
	First     json.RawMessage `json:"first"`
	Recovered bool            `json:"recovered"`
	Actor     string          `json:"actor,omitempty"`
	Caller    *callerReply    `json:"caller,omitempty"`
}

// callerReply is what an anonymous client is from now on.
type callerReply struct {
	ID    string `json:"id"`
	Token string `json:"token"`
}

// join subscribes the client to a topic.
func (s *Session) join(ctx context.Context, m *wire.Message) {
	if old := s.find(m.Topic); old != nil && s.remove(old) { // the client has forgotten it
		old.subscription.Leave(false)
		s.answer(wire.AppendPush(nil, old.joinRef, m.Topic, "phx_close", emptyObject))
	}

	ch, reply, err := s.enter(ctx, m)
	if err != nil {
		s.refuseJoin(m, err)

		return
	}

	s.failed = 0
	if _, err := s.callerNow(); err != nil { // the token expired meanwhile
		s.end(ch, err)
	}

	s.mu.Lock()
	defer s.mu.Unlock()

	if !slices.Contains(s.channels, ch) {
		return // what ended it has told the client
	}

	s.answerLocked(wire.AppendReply(nil, m, "ok", reply))
	ch.ready = true
	s.wakeLocked(ch)
}

// refuseJoin answers a join that failed: the more of them fail in a row, the
// later, because a client may try again at once and for ever.
func (s *Session) refuseJoin(m *wire.Message, err error) {
	const (
		atOnce  = 3
		first   = 100 * time.Millisecond
		longest = 5 * time.Second // below the 10 s that clients wait
	)

	s.failed++
	answer := s.refusal(m, err)
	if s.failed <= atOnce {
		s.answer(answer)

		return
	}

	time.AfterFunc(min(first<<min(s.failed-atOnce-1, 10), longest), func() { s.answer(answer) })
}

// enter finds out whether the client may join and what it gets.
func (s *Session) enter(ctx context.Context, m *wire.Message) (*channel, []byte, error) {
	name, err := topic.ParseName(m.Topic)
	if err != nil {
		return nil, nil, err
	}

	if err := s.house.Door.CheckName(name.Stream()); err != nil {
		return nil, nil, err
	}

	if err := s.roomForTopic(); err != nil {
		return nil, nil, err
	}

	caller, err := s.callerNow()
	if err != nil {
		return nil, nil, err
	}

	if err := s.house.Door.MayJoin(ctx, &caller, name.Stream()); err != nil {
		return nil, nil, err
	}

	request, presence, err := parseJoin(m, name)
	if err != nil {
		return nil, nil, err
	}

	found, err := s.house.Door.Category(name.Stream())
	if err != nil {
		return nil, nil, err
	}

	if presence != nil && !found.Presence() {
		return nil, nil, fault.Invalid("phx_join: category %q has no presence: leave presence out, or declare it", name.Category())
	}

	ch := &channel{name: name, joinRef: bytes.Clone(m.JoinRef), category: found}
	request.Wake = func() { s.wake(ch) }

	subscription, joined, err := s.house.Topics.Join(ctx, request)
	if err != nil {
		return nil, nil, err
	}

	ch.subscription = subscription
	if err := s.add(ch); err != nil {
		return nil, nil, err
	}

	if found.Presence() {
		subscription.Track(caller.ID, orEmpty(presence))
	}

	return ch, s.joinReply(name, &joined, &caller), nil
}

// add takes a channel into the session.
func (s *Session) add(ch *channel) error {
	s.mu.Lock()
	closed := s.closed
	if !closed {
		s.channels = append(s.channels, ch)
	}
	s.mu.Unlock()

	if closed {
		ch.subscription.Leave(false)

		return fault.Unavailable("the connection is closed")
	}

	return nil
}

func (s *Session) roomForTopic() error {
	s.mu.Lock()
	defer s.mu.Unlock()

	if len(s.channels) >= s.limits.Topics {
		return fault.TooLarge("the connection has joined %d topics, the limit: leave one, or open another connection", s.limits.Topics)
	}

	return nil
}

// callerNow returns who asks, if that still holds.
func (s *Session) callerNow() (auth.Caller, error) {
	caller := s.Caller()
	if !caller.Expires.IsZero() && !caller.Expires.After(time.Now()) {
		return caller, fault.Unauthenticated("the token has expired: connect again with a fresh one, or send $authenticate before it expires")
	}

	return caller, nil
}

// joinReply writes the answer to a join.
func (s *Session) joinReply(name topic.Name, joined *topic.Joined, caller *auth.Caller) []byte {
	reply := joinReply{
		Epoch:     joined.Epoch,
		Version:   name.AppendPlace(nil, joined.Version),
		First:     name.AppendPlace(nil, joined.First),
		Recovered: joined.Recovered,
		Actor:     caller.ID,
	}

	if caller.Anonymous {
		// An application's own anonymous callers have no token of ours.
		if token, err := s.house.Auth.CallerToken(caller); err == nil {
			reply.Caller = &callerReply{ID: caller.ID, Token: token}
		}
	}

	return encode(reply)
}

// parseJoin reads the payload of a join.
func parseJoin(m *wire.Message, name topic.Name) (topic.Request, []byte, error) {
	request := topic.Request{Name: name}

	var join joinRequest
	if text := bytes.TrimSpace(m.Payload); len(text) > 0 && string(text) != "null" {
		if err := decode(m, &join); err != nil {
			return request, nil, err
		}
	}

	switch join.Replay {
	case "":
	case "all":
		request.All = true
	default:
		return request, nil, fault.Invalid(`phx_join: replay %.40q is not known: give "all", or leave it out`, join.Replay)
	}

	request.Epoch = join.Epoch
	if err := parseSince(join.Since, &request); err != nil {
		return request, nil, err
	}

	presence, err := checkPresence(m.Event, join.Presence)

	return request, presence, err
}

// parseSince reads the place to go on after.
func parseSince(raw json.RawMessage, request *topic.Request) error {
	text := string(raw)

	switch text {
	case "", "null":
		return nil
	case `"now"`:
		request.Now = true

		return nil
	}

	var (
		place uint64
		err   error
	)

	if inner, quoted := strings.CutPrefix(text, `"`); quoted && request.Name.IsCategory() {
		var position event.Position

		position, err = event.ParsePosition(strings.TrimSuffix(inner, `"`))
		place = position.Number()
	} else {
		place, err = strconv.ParseUint(text, 10, 53)
	}

	if err != nil && request.Name.IsCategory() {
		return fault.Invalid(`phx_join: since %.40s is not a position: give the last "upto" as it came, or "now"`, text)
	}

	if err != nil {
		return fault.Invalid(`phx_join: since %.40s is not a version: give a whole number, 0 or the last "upto", or "now"`, text)
	}

	request.Since = &place

	return nil
}

// maxPresence is the largest presence object, in bytes.
const maxPresence = 1 << 10

var errNoObject = errors.New("no object")

// checkPresence returns the presence object without white space, nil if there
// is none.
func checkPresence(where string, raw json.RawMessage) ([]byte, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}

	if len(raw) > maxPresence {
		return nil, fault.TooLarge("%s: presence has %d bytes, the limit is %d", where, len(raw), maxPresence)
	}

	var keys map[string]json.RawMessage

	err := json.Unmarshal(raw, &keys)
	if err == nil && keys == nil {
		err = errNoObject
	}

	if err != nil {
		return nil, fault.Invalid("%s: presence is %.40s: give an object", where, raw)
	}

	if _, taken := keys["phx_ref"]; taken {
		return nil, fault.Invalid("%s: presence has the key phx_ref, which Phoenix's clients need: choose another name", where)
	}

	var compact bytes.Buffer
	if err := json.Compact(&compact, raw); err != nil {
		return nil, fault.Invalid("%s: presence: %w", where, err)
	}

	return compact.Bytes(), nil
}

// orEmpty returns a JSON object, or an empty one.
func orEmpty(object []byte) []byte {
	if object == nil {
		return emptyObject
	}

	return object
}
