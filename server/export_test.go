package server

// Routes returns the method and path of every route, for the test that compares
// them with openapi.yaml.
func (s *Server) Routes() []string {
	var out []string
	for _, r := range s.table() {
		out = append(out, r.method+" "+r.path)
	}

	return out
}
