package plan

// Problems is the document of wxkeep validate.
type Problems struct {
	Valid    bool      `json:"valid"`
	Problems []Problem `json:"problems"`
}

// A Problem is one mistake in a manifest.
type Problem struct {
	Position string `json:"position"` // file:line:column
	Message  string `json:"message"`
}
