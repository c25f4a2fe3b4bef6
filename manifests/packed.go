package manifests

import (
	"encoding/binary"
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

// entries is the keep list, packed or not.
func (a *Account) entries() []Entry {
	if a.Packed == "" {
		return a.Keep
	}
	return a.Packed.entries()
}

func pack(entries []Entry) Packed {
	b := make([]byte, 0, 27*len(entries))
	var last Entry
	for i := range entries {
		b = appendEntry(b, &entries[i], &last, i == 0)
		last = entries[i]
	}
	return Packed(b)
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

// entries returns the list as it was. What this very process packed is whole.
func (p Packed) entries() []Entry {
	u := unpacker{rest: []byte(p)}
	entries := make([]Entry, 0, len(p)/26+1)
	for len(u.rest) > 0 {
		entries = append(entries, u.entry())
	}
	return entries
}

type unpacker struct {
	rest []byte
	id   []byte   // of the entry before
	at   Position // of the entry before
}

func (u *unpacker) entry() Entry {
	has := u.rest[0]
	u.rest = u.rest[1:]
	same := u.uvarint()
	u.id = append(u.id[:same], u.text()...)
	since := u.varint()
	u.at.Column = int(u.varint())
	if has&packedFile != 0 {
		u.at = Position{File: string(u.text()), Column: u.at.Column}
	}
	u.at.Line += int(since)
	e := Entry{ID: material.ID(u.id), Position: u.at}
	for i, text := range [...]*string{&e.Name, &e.Reason, &e.Owner} {
		if has&(packedName<<i) != 0 {
			*text = string(u.text())
		}
	}
	if has&packedUntil != 0 {
		e.Until = time.Unix(u.varint(), 0).In(material.China)
	}
	return e
}

func (u *unpacker) uvarint() int {
	n, size := binary.Uvarint(u.rest)
	u.rest = u.rest[size:]
	return int(n)
}

func (u *unpacker) varint() int64 {
	n, size := binary.Varint(u.rest)
	u.rest = u.rest[size:]
	return n
}

func (u *unpacker) text() []byte {
	n := u.uvarint()
	text := u.rest[:n]
	u.rest = u.rest[n:]
	return text
}
