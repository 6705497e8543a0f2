package main

import (
	"net/mail"
	"strconv"
	"strings"

	"github.com/recountdev/recount/aggregate"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/fault"
)

// The events of an account. Its rules need none of what they say, so its state
// is empty.
type (
	registered struct {
		Email string `json:"email"`
	}
	poked struct {
		By int `json:"by"`
	}
)

// accounts are the aggregates and what they can be told.
type accounts struct {
	kind     *aggregate.Definition[struct{}]
	register *aggregate.Creator[struct{}, string, int]
	poke     *aggregate.Decider[struct{}, int, struct{}]
}

func newAccounts() accounts {
	kind := aggregate.Define("account",
		aggregate.On("registered", func(*struct{}, registered) {}),
		aggregate.On("poked", func(*struct{}, poked) {}),
	)

	return accounts{
		kind:     kind,
		register: aggregate.Creation(kind, "register", register),
		poke:     aggregate.Command(kind, "poke", poke),
	}
}

// register makes the next account: its number, the claim to its address and its
// first event are one append.
func register(s aggregate.Scope[struct{}], email string) (int, error) {
	email = strings.TrimSpace(email)
	if err := checkEmail(email); err != nil {
		return 0, err
	}

	if err := s.Reserve("email", email); err != nil {
		return 0, err
	}

	s.Emit(registered{Email: email})

	return strconv.Atoi(s.Stream().ID())
}

// poke is what event:{recipient} does.
func poke(s aggregate.Scope[struct{}], by int) (struct{}, error) {
	if s.Version() == 0 {
		return struct{}{}, fault.NotFound("there is no account %s", s.Stream().ID())
	}

	s.Emit(poked{By: by})

	return struct{}{}, nil
}

// mostEmail is how long an address may be (RFC 5321, with its erratum 1690).
const mostEmail = 254

// checkEmail wants a bare address, such as ada@example.com.
func checkEmail(email string) error {
	parsed, err := mail.ParseAddress(email)
	if err != nil || parsed.Address != email || len(email) > mostEmail {
		return fault.Rejected("%.100q is no e-mail address: write one such as ada@example.com", email)
	}

	return nil
}

// streamOf returns the stream of an account by its number, as a client wrote it.
func streamOf(number string) (event.Stream, int, error) {
	id, err := strconv.Atoi(number)
	if err != nil || id < 1 || strconv.Itoa(id) != number {
		return "", 0, fault.NotFound("there is no account %.40q: accounts have numbers, such as 1", number)
	}

	return event.Stream("account:" + number), id, nil
}
