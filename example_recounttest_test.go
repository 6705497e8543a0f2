package recount_test

import (
	"context"
	"testing"

	"github.com/recountdev/recount"
	"github.com/recountdev/recount/auth"
	"github.com/recountdev/recount/category"
	"github.com/recountdev/recount/client"
	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/recounttest"
)

// closeMeeting is what a program of yours might do: close a meeting, unless
// something happens in it at the same moment.
func closeMeeting(ctx context.Context, c *client.Client, meeting event.Stream) error {
	head, err := c.Head(ctx, meeting)
	if err != nil {
		return err
	}

	_, err = c.Append(ctx, meeting, client.Exactly(head), event.Draft{Type: "meeting_closed"})

	return err
}

// How do I test a program that talks to Recount? Give it one in memory.
func TestCloseMeeting(t *testing.T) {
	t.Parallel()

	r := recounttest.New(t, recount.Options{
		Categories: map[string]category.Declaration{"meeting": {}},
		Auth:       auth.Options{Anonymous: true},
	})
	r.Append("meeting:42", "meeting_opened", map[string]string{"room": "7b"})

	c, err := client.New(r.URL, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()

	if err := closeMeeting(t.Context(), c, "meeting:42"); err != nil {
		t.Fatal(err)
	}

	if events := r.Wait("meeting:42", 2); events[1].Type != "meeting_closed" {
		t.Errorf("the last event is %s", events[1].Type)
	}
}
