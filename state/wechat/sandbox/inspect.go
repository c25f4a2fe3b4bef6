package sandbox

import (
	"encoding/json"
	"net/http"
)

// callsPath is the sandbox's own: GET gives {"endpoint path": calls, …}.
const callsPath = "/_sandbox/calls"

func (s *Sandbox) serveCalls(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(s.Calls()) // nobody is left to tell
}
