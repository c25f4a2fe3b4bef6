package plan

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
)

// Write writes the plan as a file, and sets p.Digest, as [Plan.Encode] does, a
// change at a time: a plan of a million materials is a gigabyte. An error of the
// plan itself comes before the first byte.
func (p *Plan) Write(w io.Writer) error {
	first := sealer{hash: sha256.New(), room: sealRoom}
	if err := p.seal(&first); err != nil {
		return err
	}
	if first.room < 0 {
		return p.stream(w)
	}
	_, err := w.Write(bytes.Replace(first.file, []byte(noDigest), []byte(p.Digest), 1))
	return err
}

// Seal sets p.Digest to that of the file, without writing it.
func (p *Plan) Seal() error { return p.seal(&sealer{hash: sha256.New(), room: -1}) }

func (p *Plan) seal(s *sealer) error {
	p.Digest = noDigest
	if err := p.stream(s); err != nil {
		return fmt.Errorf("encode plan: %w", err)
	}
	p.Digest = "sha256:" + hex.EncodeToString(s.hash.Sum(nil))
	return nil
}

// A sealer takes the digest of a file, and holds the file as long as it is short:
// a long one is made twice, since its digest stands at its beginning.
type sealer struct {
	hash hash.Hash
	file []byte
	room int // for so much more; less than 0 when there was too much
}

const sealRoom = 2 << 20

func (s *sealer) Write(b []byte) (int, error) {
	if s.room -= len(b); s.room < 0 {
		s.file, s.room = nil, -1
	} else {
		s.file = append(s.file, b...)
	}
	return s.hash.Write(b)
}

// noChanges is how the file ends when it has none: they are the last field.
const noChanges = "[]\n}\n"

// stream writes the file with the digest that p has.
func (p *Plan) stream(w io.Writer) error {
	bare := *p
	if p.Changes != nil {
		bare.Changes = []Change{}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(&bare); err != nil {
		return err
	}
	head := Escape(b.Bytes())
	if len(p.Changes) == 0 {
		_, err := w.Write(head)
		return err
	}
	if _, err := w.Write(append(bytes.TrimSuffix(head, []byte(noChanges)), '[')); err != nil {
		return err
	}
	e.SetIndent("    ", "  ")
	for i := range p.Changes {
		b.Reset()
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString("\n    ")
		if err := e.Encode(p.Changes[i].shape()); err != nil {
			return err
		}
		if _, err := w.Write(bytes.TrimSuffix(Escape(b.Bytes()), []byte("\n"))); err != nil {
			return err
		}
	}
	_, err := io.WriteString(w, "\n  ]\n}\n")
	return err
}
