package websocket

import "testing"

func TestBuffers(t *testing.T) {
	t.Parallel()

	var pool buffers

	for size, want := range map[int]int{
		0: 1 << 10, 1: 1 << 10, 1 << 10: 1 << 10, 1<<10 + 1: 2 << 10, 64 << 10: 64 << 10, 64<<10 + 1: 128 << 10,
		2 << 20: 2 << 20, 2<<20 + 1: 2<<20 + 1, 5_000_000: 5_000_000,
	} {
		b := pool.get(size)
		if len(b.b) != 0 || cap(b.b) != want || len(b.free()) != want {
			t.Errorf("get(%d): got length %d, capacity %d, want 0 and %d", size, len(b.b), cap(b.b), want)
		}

		b.b = append(b.b, 1)
		pool.put(b)

		if again := pool.get(size); len(again.b) != 0 || cap(again.b) != want {
			t.Errorf("get(%d) again: got length %d, capacity %d, want 0 and %d", size, len(again.b), cap(again.b), want)
		}
	}

	b := pool.get(1)
	b.b = append(b.b, "hello"...)

	if b = pool.grow(b, 5000); string(b.b) != "hello" || cap(b.b) != 8<<10 {
		t.Errorf("grow: got %q with capacity %d", b.b, cap(b.b))
	}
}
