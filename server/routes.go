package server

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/recountdev/recount/fault"
	"github.com/recountdev/recount/internal/nearest"
)

// route is an operation of the HTTP surface. A stream's name is one segment of
// the path, percent-encoded.
type route struct {
	method, path string
	handle       handler
}

// table is the whole HTTP surface. openapi.yaml describes it, and a test
// compares the two.
func (s *Server) table() []route {
	return []route{
		{http.MethodGet, "/socket/websocket", s.upgrade},

		{http.MethodGet, "/v1/streams", s.known(s.listStreams)},
		{http.MethodGet, "/v1/streams/{stream}", s.known(s.readStream)},
		{http.MethodHead, "/v1/streams/{stream}", s.known(s.headStream)},
		{http.MethodPost, "/v1/streams/{stream}", s.known(s.appendToStream)},
		{http.MethodPost, "/v1/streams/{stream}/fork", s.known(s.forkStream)},
		{http.MethodPost, "/v1/commands/{stream}/{command}", s.known(s.dispatch)},
		{http.MethodGet, "/v1/state/{stream}", s.known(s.showState)},
		{http.MethodGet, "/v1/feed", s.known(s.readFeed)},
		{http.MethodHead, "/v1/feed", s.known(s.headFeed)},
		{http.MethodGet, "/v1/journal", s.known(s.readJournal)},
		{http.MethodGet, "/v1/queries/{name}", s.known(s.runQuery)},

		{http.MethodGet, "/healthz", s.showHealth},
		{http.MethodGet, "/readyz", s.showReadiness},
		{http.MethodGet, "/metrics", s.showMetrics},
	}
}

// routes returns the handler of the whole surface.
func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	methods := make(map[string][]string)
	for _, r := range s.table() {
		mux.Handle(r.method+" "+r.path, s.serve(r.path, r.handle))
		methods[r.path] = append(methods[r.path], r.method)
	}

	for path, of := range methods {
		mux.Handle(path, s.serve(path, otherMethods(of)))
	}

	mux.Handle("/", s.serve("other", notFound(slices.Sorted(maps.Keys(methods)))))

	return s.checkOrigin(mux)
}

// otherMethods answers OPTIONS, and refuses what a path does not have.
func otherMethods(of []string) handler {
	if slices.Contains(of, http.MethodGet) && !slices.Contains(of, http.MethodHead) {
		of = append(of, http.MethodHead)
	}

	allow := strings.Join(append(of, http.MethodOptions), ", ")

	return func(w http.ResponseWriter, r *http.Request) error {
		if r.Method == http.MethodOptions {
			answerOptions(w, r, allow)

			return nil
		}

		w.Header().Set("Allow", allow)

		return withStatus(http.StatusMethodNotAllowed, fault.Invalid("%.20q is not possible here: use %s", r.Method, allow))
	}
}

// notFound names the path that was probably meant.
func notFound(paths []string) handler {
	return func(_ http.ResponseWriter, r *http.Request) error {
		asked := r.URL.EscapedPath()
		trimmed := strings.TrimSuffix(asked, "/")
		if near, ok := nearest.Of(trimmed, alike(trimmed, paths)); ok {
			return fault.NotFound("there is nothing at %.80q: did you mean %.80s?", asked, near)
		}

		if strings.HasPrefix(asked, "/v1/streams/") {
			return fault.NotFound(`there is nothing at %.80q: a stream's name is one part of the path, so write a "/" in it as %%2F`, asked)
		}

		return fault.NotFound("there is nothing at %.80q: openapi.yaml lists what there is", asked)
	}
}

// alike returns the paths that have as many parts as the one asked for, with its
// own parts where a path has a variable.
func alike(asked string, paths []string) []string {
	parts := strings.Split(asked, "/")
	out := make([]string, 0, len(paths))
	for _, path := range paths {
		candidate := strings.Split(path, "/")
		if len(candidate) != len(parts) {
			continue
		}

		for i := range candidate {
			if strings.HasPrefix(candidate[i], "{") {
				candidate[i] = parts[i]
			}
		}

		out = append(out, strings.Join(candidate, "/"))
	}

	return out
}
