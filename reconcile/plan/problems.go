package plan

// Problems is the document of wxkeep validate.
type Problems struct {
	Valid    bool      `json:"valid"`
	Problems []Problem `json:"problems"`
}

// A Problem is one mistake in a manifest.
type Problem struct {
	Position string `json:"position"` // file:line:column, as the manifest was named
	Message  string `json:"message"`

	// Where it is, for formats that want it in parts. File is relative to the
	// repository's root, with slashes, and empty when no file is meant; Line and
	// Column count from 1 and are 0 when the whole file is meant.
	File         string `json:"-"`
	Line, Column int    `json:"-"`
}
