package aggregate

import (
	"context"
	"crypto/sha256"
	"encoding"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/recountdev/recount/event"
	"github.com/recountdev/recount/store"
)

// image says how far the newest snapshot of a stream goes, and how many bytes of
// data were folded since.
type image struct {
	version event.Version
	bytes   int
}

// schemaOf describes the fields of a type: snapshots of another schema are of no
// use. It returns "" for a type that JSON would lose something of.
func schemaOf(t reflect.Type) string {
	text, whole := describe(t, nil)
	if !whole {
		return ""
	}

	sum := sha256.Sum256([]byte(text))

	return hex.EncodeToString(sum[:8])
}

// Types that say themselves how they are encoded.
var (
	marshaler     = reflect.TypeFor[json.Marshaler]()
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
)

// describe returns the type in words, and whether JSON keeps all of it.
func describe(t reflect.Type, within []reflect.Type) (string, bool) {
	if slices.Contains(within, t) {
		return t.String(), true
	}

	if t.Implements(marshaler) || reflect.PointerTo(t).Implements(marshaler) {
		return t.String(), true
	}

	within = append(within, t)

	switch t.Kind() {
	case reflect.Struct:
		var text strings.Builder
		for field := range t.Fields() {
			if !field.IsExported() || field.Tag.Get("json") == "-" {
				return "", false
			}

			inner, whole := describe(field.Type, within)
			if !whole {
				return "", false
			}

			fmt.Fprintf(&text, "%s %s %q;", field.Name, inner, field.Tag.Get("json"))
		}

		return "struct{" + text.String() + "}", true
	case reflect.Pointer, reflect.Slice, reflect.Array:
		inner, whole := describe(t.Elem(), within)

		return fmt.Sprintf("%v(%s)", t.Kind(), inner), whole
	case reflect.Map:
		key, whole := describe(t.Key(), within)
		inner, also := describe(t.Elem(), within)

		return "map(" + key + ")" + inner, whole && also
	case reflect.Interface, reflect.Func, reflect.Chan, reflect.UnsafePointer:
		return "", false
	default:
		return t.Kind().String(), true
	}
}

// imageName returns the name of the mark with a stream's snapshot.
func imageName(stream event.Stream) string {
	const prefix, longest = "snapshot/", 255
	if len(prefix)+len(stream) <= longest {
		return prefix + string(stream)
	}

	sum := sha256.Sum256([]byte(stream))

	return prefix + hex.EncodeToString(sum[:])
}

// header is what a snapshot says before the state.
func (r *Runtime) header(k *kind, stream event.Stream) []byte {
	text := fmt.Sprintf("1\n%s\n%s.%d\n%s\n", r.epoch, k.schema, k.settings.SnapshotVersion, stream)

	return []byte(text)
}

// newest returns the state of the newest snapshot that is of use for a version, 0
// for the last; without one, the state before the first event.
func (r *Runtime) newest(ctx context.Context, k *kind, stream event.Stream, upto event.Version) (any, image) {
	state := k.fresh()
	if r.options.Marks == nil || k.schema == "" || k.settings.SnapshotEvery < 0 {
		return state, image{}
	}

	mark, err := r.options.Marks.Get(ctx, imageName(stream))
	if err != nil {
		return state, image{} // the log has everything
	}

	version, text, whole := unpack(mark.Value, r.header(k, stream))
	if !whole {
		r.discard(ctx, stream, mark)

		return state, image{}
	}

	if upto != 0 && version > upto {
		return state, image{}
	}

	head, err := r.options.Log.Head(ctx, stream)
	if err != nil {
		return state, image{}
	}

	if version > head {
		r.discard(ctx, stream, mark)

		return state, image{}
	}

	kept, err := k.decodeState(text)
	if err != nil {
		r.discard(ctx, stream, mark)

		return state, image{}
	}

	return kept, image{version: version}
}

// discard removes a snapshot that is of no use.
func (r *Runtime) discard(ctx context.Context, stream event.Stream, mark store.Mark) {
	if err := r.options.Marks.Delete(ctx, imageName(stream), mark.Revision); err != nil && ctx.Err() == nil {
		r.options.Logger.DebugContext(ctx, "a snapshot that is of no use cannot be removed", "stream", stream, "error", err)
	}
}

// considerImage asks for a snapshot when enough was folded since the last.
func (a *live) considerImage() {
	settings := &a.kind.settings
	if a.runtime.images == nil || a.kind.schema == "" || a.state == nil || a.isSequence() || settings.SnapshotEvery < 0 {
		return
	}

	every, size := settings.SnapshotEvery, settings.SnapshotBytes
	if every == 0 {
		every = 1000
	}

	if size <= 0 {
		size = 1 << 20
	}

	if a.version-a.image.version < event.Version(every) && a.image.bytes < size {
		return
	}

	wanted := request{kind: a.kind, stream: a.stream}
	if a.kind.flat {
		wanted.state, wanted.version = a.kind.zero(), a.version
		a.kind.assign(wanted.state, a.state)
	}

	if a.runtime.images.ask(wanted) {
		a.image = image{version: a.version}
	}
}

// snapshotter makes snapshots beside the aggregates, so that nobody has to wait
// for a state to be encoded. A state that is not flat it folds itself, from the
// log.
type snapshotter struct {
	runtime *Runtime

	mu     sync.Mutex
	closed bool
	wanted chan request
}

type request struct {
	kind   *kind
	stream event.Stream
	// state is a copy, if it is flat, of that at the version.
	state   any
	version event.Version
}

// mostWanted is how many snapshots wait to be made; more are not made now.
const mostWanted = 64

func newSnapshotter(r *Runtime) *snapshotter {
	return &snapshotter{runtime: r, wanted: make(chan request, mostWanted)}
}

// ask wants a snapshot, and reports whether it will be made.
func (s *snapshotter) ask(of request) bool {
	s.mu.Lock()
	defer s.mu.Unlock()

	if s.closed {
		return false
	}

	select {
	case s.wanted <- of:
		return true
	default:
		return false
	}
}

// close makes run return when it has made what is wanted.
func (s *snapshotter) close() {
	s.mu.Lock()
	defer s.mu.Unlock()

	if !s.closed {
		s.closed = true
		close(s.wanted)
	}
}

// run makes what is wanted until close.
func (s *snapshotter) run(ctx context.Context) {
	for of := range s.wanted {
		if ctx.Err() != nil {
			continue
		}

		err := guarded("the snapshot", func() error { return s.runtime.snapshot(ctx, of) })
		if err != nil && ctx.Err() == nil {
			s.runtime.options.Logger.WarnContext(ctx, "no snapshot could be made", "stream", of.stream, "error", err)
		}
	}
}

// snapshot keeps the state of a stream, and folds it before if need be.
func (r *Runtime) snapshot(ctx context.Context, of request) error {
	k, state, version := of.kind, of.state, of.version
	if state == nil {
		var (
			from image
			err  error
		)

		state, version, from, err = r.fold(ctx, k, of.stream, 0)
		if err != nil || version == from.version {
			return err
		}
	}

	text, err := k.encodeState(state)
	if err != nil {
		return err
	}

	_, err = r.options.Marks.Put(ctx, imageName(of.stream), pack(r.header(k, of.stream), version, text), store.AnyRevision)

	return err
}
