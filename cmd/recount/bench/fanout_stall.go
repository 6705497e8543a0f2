package bench

import (
	"bytes"
	"context"
	"fmt"

	"github.com/recountdev/recount/fault"
)

// stall lets so many more clients join each room and read nothing more, in place
// of those that did before. They belong to no count.
func (c *crowd) stall(ctx context.Context, each int) error {
	c.relent()

	for room := range c.order.Rooms {
		for range each {
			one := &client{crowd: c, room: room}

			err := one.joinAndStall(ctx)
			if one.conn != nil {
				c.stalled = append(c.stalled, one.conn)
			}

			if err != nil {
				return fmt.Errorf("a client that is to stop reading: %w", err)
			}
		}
	}

	return nil
}

// relent cuts off all who stall.
func (c *crowd) relent() {
	for _, conn := range c.stalled {
		conn.Close()
	}

	c.stalled = nil
}

// joinAndStall joins the room where it is now, and reads no more than the answer.
func (c *client) joinAndStall(ctx context.Context) (err error) {
	if c.conn, err = dialSmall(ctx, c.crowd.order.Address); err != nil {
		return err
	}

	if err := c.shakeHands(); err != nil {
		return err
	}

	_, err = c.conn.Write(maskedText(fmt.Appendf(nil, `["1","1",%q,"phx_join",{"since":"now"}]`, c.crowd.order.Rooms[c.room])))
	if err != nil {
		return err
	}

	var (
		answer []byte
		some   [1024]byte
	)

	for !bytes.Contains(answer, []byte(`"phx_reply",{"status":"ok"`)) {
		if len(answer) > readAtOnce {
			return fault.Internal("the server did not answer the join: %.300s", answer)
		}

		n, err := c.conn.Read(some[:])
		if err != nil {
			return err
		}

		answer = append(answer, some[:n]...)
	}

	return nil
}
