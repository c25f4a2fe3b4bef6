package sandbox

import (
	"encoding/json"
	"net/http"
)

// The sandbox's own paths. GET of the first gives {"endpoint path": calls, …},
// POST to the second is [Sandbox.Midnight].
const (
	callsPath    = "/_sandbox/calls"
	midnightPath = "/_sandbox/midnight"
)

// serveOwn answers a request for one of the sandbox's own paths, and reports
// whether it was one.
func (s *Sandbox) serveOwn(w http.ResponseWriter, r *http.Request) bool {
	switch {
	case r.URL.Path == callsPath:
		s.serveCalls(w)
	case r.URL.Path == midnightPath && r.Method == http.MethodPost:
		s.Midnight()
		w.WriteHeader(http.StatusNoContent)
	default:
		return false
	}
	return true
}

func (s *Sandbox) serveCalls(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(s.Calls()) // nobody is left to tell
}
