package manifests

import (
	"encoding/binary"
	"iter"
	"strings"
	"time"

	"wxkeep/state/material"
)

// Packed is a keep list in little memory, for a run that reads a million entries
// before it needs those of the first account: some 26 bytes an entry that is an id
// alone, a sixth of an [Entry]. Two of them one behind the other are one.
//
// Of each entry it has a byte of what the entry has besides its id; how much of
// the id is the one's before, and the rest of it; its line since the one before;
// its column; and what it has besides. Lengths are varints.
type Packed string

// packedEntry is about how many bytes an entry that is an id alone packs into.
const packedEntry = 26

// What an entry has besides its id.
const (
	packedFile byte = 1 << iota // another file than the one before: nothing refers to that
	packedName
	packedReason
	packedOwner
	packedUntil
)

// Unpacked returns a with its keep list, which Load packed if [Options.Pack] said
// so; a itself stays as it is.
func (a *Account) Unpacked() *Account {
	if a.Packed == "" {
		return a
	}
	whole := *a
	whole.Keep, whole.Packed = a.entries(), ""
	return &whole
}

// Entries yields the keep list, packed or not, each entry with its number from 0
// on. An entry is to be read until the next one comes.
func (a *Account) Entries() iter.Seq2[int, *Entry] {
	if a.Packed != "" {
		return a.Packed.all
	}
	return func(yield func(int, *Entry) bool) {
		for i := range a.Keep {
			if !yield(i, &a.Keep[i]) {
				return
			}
		}
	}
}

// entries is the keep list, packed or not.
func (a *Account) entries() []Entry {
	if a.Packed == "" {
		return a.Keep
	}
	return a.Packed.entries()
}

// A packing packs entries one by one.
type packing struct {
	text strings.Builder
	buf  []byte
	last Entry
}

// list returns what was added.
func (p *packing) list() Packed { return Packed(p.text.String()) }

func (p *packing) add(e *Entry) {
	p.buf = appendEntry(p.buf[:0], e, &p.last, p.text.Len() == 0)
	_, _ = p.text.Write(p.buf) // a Builder has no error
	p.last = *e
}

func appendEntry(b []byte, e, last *Entry, first bool) []byte {
	var has byte
	same, since := common(e.ID, last.ID), e.Position.Line-last.Position.Line
	if first || e.Position.File != last.Position.File {
		has, same, since = packedFile, 0, e.Position.Line
	}
	has |= bit(packedName, e.Name != "") | bit(packedReason, e.Reason != "") | bit(packedOwner, e.Owner != "") | bit(packedUntil, !e.Until.IsZero())
	b = binary.AppendUvarint(append(b, has), uint64(same))
	b = appendText(b, string(e.ID[same:]))
	b = binary.AppendVarint(b, int64(since))
	b = binary.AppendVarint(b, int64(e.Position.Column))
	if has&packedFile != 0 {
		b = appendText(b, e.Position.File)
	}
	for _, text := range [...]string{e.Name, e.Reason, e.Owner} {
		if text != "" {
			b = appendText(b, text)
		}
	}
	if has&packedUntil != 0 {
		b = binary.AppendVarint(b, e.Until.Unix())
	}
	return b
}

func bit(b byte, is bool) byte {
	if is {
		return b
	}
	return 0
}

func appendText(b []byte, text string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

// common is how many characters two ids begin with alike.
func common(a, b material.ID) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// entries returns the list as it was.
func (p Packed) entries() []Entry {
	entries := make([]Entry, 0, len(p)/packedEntry+1)
	for _, e := range p.all {
		entries = append(entries, *e)
	}
	return entries
}

// all yields the entries one by one. What this very process packed is whole.
func (p Packed) all(yield func(int, *Entry) bool) {
	u := unpacker{rest: string(p)}
	var e Entry // one for all: each is read before the next one comes
	for i := 0; u.rest != ""; i++ {
		e = u.entry()
		if !yield(i, &e) {
			return
		}
	}
}

type unpacker struct {
	rest string
	id   []byte   // of the entry before
	at   Position // of the entry before
}

func (u *unpacker) entry() Entry {
	has := u.rest[0]
	u.rest = u.rest[1:]
	same := u.uvarint()
	u.id = append(u.id[:same], u.text()...)
	since := u.varint()
	u.at.Column = u.varint()
	if has&packedFile != 0 {
		u.at = Position{File: u.text(), Column: u.at.Column}
	}
	u.at.Line += since
	e := Entry{ID: material.ID(u.id), Position: u.at}
	for i, text := range [...]*string{&e.Name, &e.Reason, &e.Owner} {
		if has&(packedName<<i) != 0 {
			*text = u.text()
		}
	}
	if has&packedUntil != 0 {
		e.Until = time.Unix(int64(u.varint()), 0).In(material.China)
	}
	return e
}

func (u *unpacker) uvarint() uint64 {
	var n uint64
	for shift := 0; ; shift += 7 {
		b := u.rest[0]
		u.rest = u.rest[1:]
		n |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return n
		}
	}
}

// varint reads what binary.AppendVarint wrote.
func (u *unpacker) varint() int {
	n := u.uvarint()
	return int(int64(n>>1) ^ -int64(n&1))
}

func (u *unpacker) text() string {
	n := u.uvarint()
	text := u.rest[:n]
	u.rest = u.rest[n:]
	return text
}
