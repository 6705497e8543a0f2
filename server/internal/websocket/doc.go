// Package websocket speaks RFC 6455 and RFC 7692 with many clients that are
// idle most of the time.
//
// An [Upgrader] takes connections over from net/http. Each [Conn] has one
// goroutine in [Conn.Serve], which waits for the client, and any goroutine may
// write and close. While a connection is idle it holds no buffer and a stack of
// 2 KiB: frames are read, and messages handled, in a second goroutine that
// lives only as long as there is something to do. Buffers come from pools of
// the Upgrader: 4 KiB for a message that is coming in, more only if it is larger.
//
// What is due for a client is gathered in a [Batch] and goes out in one write.
// A payload that many clients get is deflated once; a large one is not even
// copied.
//
// Nothing a client sends costs more memory than [Options.MaxFrame] allows, and
// only as its bytes arrive. Whoever breaks the protocol is told why by a close
// code:
//
//	1002  the framing is wrong
//	1003  a binary message
//	1007  a message that is not UTF-8, or does not inflate
//	1008  empty fragments without end
//	1009  a message over MaxFrame, deflated or inflated
//	3008  silence, or a frame that is begun and does not end
//
// # Testing
//
// [Upgrader.Conn] makes a Conn of any net.Conn, such as one end of net.Pipe.
package websocket
