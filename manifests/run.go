package manifests

import "bytes"

// A run is many entries of a keep list in a row whose lines all have one of the
// forms of line. Of a run the YAML parser gets the first and the last entry
// alone; see doc.go.
type run struct {
	first, last extentOfEntry
	between     int // how many entries are
}

// An extentOfEntry is where an entry of a run stands.
type extentOfEntry struct {
	line    int // its first, from 1
	at, end int // offsets of its first line and behind its last one
}

const (
	longRun     = 64 // entries: fewer are not worth it
	shortestRun = 3
)

// findRuns returns the runs of at least so many entries in a text that checkText
// let pass.
func findRuns(text []byte, least int) []run {
	if bytes.Contains(text, []byte("\ufffe")) || bytes.Contains(text, []byte("\uffff")) {
		return nil // which the parser refuses even in a comment
	}
	f := &runFinder{least: max(least, shortestRun)}
	for n := 1; f.next < len(text); n++ {
		f.at, f.next = f.next, nextLine(text, f.next)
		f.read(bytes.TrimSuffix(text[f.at:f.next], []byte("\n")), n)
	}
	f.end()
	return f.runs
}

// A runFinder looks for runs line by line. It may see one where there is none,
// in a text of several lines: that is for skim to find out.
type runFinder struct {
	least    int
	at, next int // offsets of this line and the next one
	runs     []run
	keep     bool // the lines are those of a list keep

	run   run
	count int // of entries in run
	dash  int // the column of their dashes

	begun bool // an entry
	entry extentOfEntry
	inner int  // the column of its keys
	keys  uint // those it has, a bit for each in entryKeys
	bare  bool
}

const idBit = 1 // of media_id, which is the first of entryKeys

func (f *runFinder) read(text []byte, number int) {
	if f.keep {
		switch l := readLine(text); {
		case l.kind == emptyLine:
			return
		case l.kind == itemLine:
			f.begin(l, number)
			return
		case l.kind == settingLine && f.goesOn(l):
			f.keys |= 1 << l.key
			f.entry.end = f.next
			return
		}
	}
	if indent := blanks(text); f.begun && indent > f.dash && indent < len(text) {
		f.begun = false // whatever this is, it is the entry's
	}
	f.end()
	if len(text) > 0 && bytes.IndexByte([]byte(" -#\r"), text[0]) < 0 {
		f.keep = bytes.HasPrefix(text, []byte("keep:"))
	}
}

// begin begins an entry with an item line.
func (f *runFinder) begin(l line, number int) {
	f.close()
	if l.dash != f.dash {
		f.end()
	}
	f.begun, f.entry = true, extentOfEntry{line: number, at: f.at, end: f.next}
	f.dash, f.inner, f.bare, f.keys = l.dash, l.inner, l.key == bareID, 0
	if !f.bare {
		f.keys = 1 << l.key
	}
}

// goesOn reports whether a line goes on with the entry that is begun.
func (f *runFinder) goesOn(l line) bool {
	return f.begun && !f.bare && l.inner == f.inner && f.keys&(1<<l.key) == 0
}

// close adds the entry that is begun to the run. One without an id is a mistake,
// and ends the run.
func (f *runFinder) close() {
	switch {
	case !f.begun:
		return
	case !f.bare && f.keys&idBit == 0:
		f.begun = false
		f.end()
		return
	case f.count == 0:
		f.run.first = f.entry
	}
	f.begun = false
	f.run.last = f.entry
	f.count++
}

// end ends the run.
func (f *runFinder) end() {
	f.close()
	if f.count >= f.least {
		f.run.between = f.count - 2
		f.runs = append(f.runs, f.run)
	}
	f.count = 0
}

// outline returns text with an empty line in the place of each between the first
// and the last entry of a run.
func outline(text []byte, runs []run) []byte {
	var out bytes.Buffer
	at := 0
	for _, r := range runs {
		between := bytes.Count(text[r.first.end:r.last.at], []byte("\n"))
		out.Write(text[at:r.first.end])
		out.Write(bytes.Repeat([]byte("\n"), between))
		at = r.last.at
	}
	out.Write(text[at:])
	return out.Bytes()
}
