package category_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/category"
	"github.com/recountdev/recount/event"
)

// How do I say what the data of an event must look like, and who may append it?
func Example() {
	set, err := category.New(map[string]category.Declaration{
		"meeting": {
			Events: map[string]category.EventType{
				"card_added":    {Schema: []byte(`{"type": "object", "required": ["title"], "properties": {"title": {"type": "string"}}}`)},
				"reaction_sent": {LiveOnly: true},
			},
			Signals: []string{"cursor_moved"},
			Guards: category.Guards{
				Append: func(_ context.Context, r *auth.Request) error {
					if r.Caller.Role == "viewer" {
						return errors.New("viewers only look")
					}

					return nil
				},
			},
		},
	})
	if err != nil {
		fmt.Println(err)

		return
	}

	ada := &auth.Caller{ID: "ada", Role: "viewer"}
	fmt.Println(set.Authorize(context.Background(), &auth.Request{Operation: auth.Append, Caller: ada, Stream: "meeting:42", Type: "card_added"}))

	meeting, err := set.Find("meeting")
	if err != nil {
		fmt.Println(err)

		return
	}

	fmt.Println(meeting.CheckEvents([]event.Draft{{Type: "card_added", Data: []byte(`{"title": 5}`)}}))
	fmt.Println(meeting.Means("cursor_moved"), meeting.Means("card_added"))

	// Output:
	// append of "card_added" to "meeting:42" is forbidden: viewers only look
	// event card_added: /title: expected a string, got a number
	// signal event
}
