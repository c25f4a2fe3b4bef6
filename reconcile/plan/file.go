package plan

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// The errors of a plan file. Both mean: do not apply it, plan again.
var (
	// ErrAltered means that the file is not as wxkeep wrote it.
	ErrAltered = errors.New("plan file altered")
	// ErrVersion means that a newer wxkeep wrote the file.
	ErrVersion = errors.New("plan file of another version")
)

// digestField finds the file's own digest: it stands before anything nested.
var digestField = regexp.MustCompile(`\A[^{]*\{[^{\[]*?"digest":\s*"(sha256:[0-9a-f]{64})"`)

// encode is json.Marshal without the HTML escapes, which make names unreadable.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// Encode returns the plan as a file, and sets p.Digest: the SHA-256 of that file
// with the digest's own hex digits as zeros.
func (p *Plan) Encode() ([]byte, error) {
	var b bytes.Buffer
	if err := p.Write(&b); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// Decode reads a plan file. It returns [ErrVersion] for another major version
// and [ErrAltered] when the digest does not fit the bytes.
func Decode(b []byte) (*Plan, error) {
	var head struct {
		FormatVersion string `json:"format_version"`
	}
	if err := json.Unmarshal(b, &head); err != nil {
		return nil, fmt.Errorf("not a plan file: %w", err)
	}
	major, _, _ := strings.Cut(FormatVersion, ".")
	if got, _, _ := strings.Cut(head.FormatVersion, "."); got != major {
		return nil, fmt.Errorf("%w: format_version is %q, this wxkeep reads %s.x", ErrVersion, head.FormatVersion, major)
	}
	at := digestField.FindSubmatchIndex(b)
	if at == nil {
		return nil, fmt.Errorf("%w: it has no digest", ErrAltered)
	}
	digest := string(b[at[2]:at[3]])
	zeroed := bytes.Clone(b)
	copy(zeroed[at[2]:], noDigest)
	if digestOf(zeroed) != digest {
		return nil, fmt.Errorf("%w: its digest does not fit its content", ErrAltered)
	}
	var p Plan
	if err := json.Unmarshal(b, &p); err != nil {
		return nil, fmt.Errorf("read plan file: %w", err)
	}
	return &p, nil
}
