//go:build !linux

package websocket

import "syscall"

// rawOf returns nothing: here TryWrite leaves all to Write.
func rawOf(syscall.Conn) syscall.RawConn { return nil }

// tryParts is never called.
func (*Batch) tryParts(uintptr) bool { return true }
