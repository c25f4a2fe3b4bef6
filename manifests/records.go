package manifests

import (
	"bytes"
	"encoding/binary"
	"slices"
	"time"
)

// records are the entries of a keep list as a digest has them, one behind the
// other: each is the fields of an entry with their lengths, the id first.
type records struct {
	text   []byte
	ends   []int // of each
	shared int   // how many characters all ids begin with alike
}

func recordsOf(a *Account) records {
	room := 2 * len(a.Packed)
	for i := range a.Keep {
		e := &a.Keep[i]
		room += len(e.ID) + len(e.Name) + len(e.Reason) + len(e.Owner) + len(time.RFC3339) + 8
	}
	r := records{text: make([]byte, 0, room), ends: make([]int, 0, max(len(a.Keep), len(a.Packed)/packedEntry))}
	for i, e := range a.Entries() {
		for _, field := range [...]string{string(e.ID), e.Name, e.Reason, e.Owner, instant(e.Until)} {
			r.text = appendText(r.text, field)
		}
		r.ends = append(r.ends, len(r.text))
		if i == 0 {
			r.shared = len(e.ID)
		}
		first, id := r.id(0), e.ID
		r.shared = min(r.shared, len(id))
		for string(id[:r.shared]) != string(first[:r.shared]) {
			r.shared--
		}
	}
	return r
}

// record returns the ith.
func (r records) record(i int) []byte {
	from := 0
	if i > 0 {
		from = r.ends[i-1]
	}
	return r.text[from:r.ends[i]]
}

// id returns the id of the ith.
func (r records) id(i int) []byte {
	id, _ := cutField(r.record(i))
	return id
}

// cutField returns the first field of a record, and the rest.
func cutField(record []byte) (field, rest []byte) {
	n, size := binary.Uvarint(record)
	end := size + int(n)
	return record[size:end], record[end:]
}

// compare compares two records field by field: by id, then by all else.
func (r records) compare(i, j int) int {
	a, b := r.record(i), r.record(j)
	for len(a) > 0 {
		var x, y []byte
		x, a = cutField(a)
		y, b = cutField(b)
		if c := bytes.Compare(x, y); c != 0 {
			return c
		}
	}
	return 0
}

// A rank is the beginning of an id, behind what all ids begin with, and the number
// of its record: as one word they are sorted in a fraction of the time. Records
// that begin alike are compared wholly. More than there are numbers are not ranked.
const (
	rankNumber = 24 // bits of the number
	maxRanked  = 1 << rankNumber
)

// inOrder returns the numbers of all records in the order of compare.
func (r records) inOrder() []int {
	order := make([]int, len(r.ends))
	for i := range order {
		order[i] = i
	}
	if len(order) > maxRanked {
		slices.SortFunc(order, r.compare)
		return order
	}
	ranks := make([]uint64, len(order))
	for i := range ranks {
		var start [8]byte // no id has a zero, so a shorter one comes first
		copy(start[:(64-rankNumber)/8], r.id(i)[r.shared:])
		ranks[i] = binary.BigEndian.Uint64(start[:]) | uint64(i)
	}
	slices.Sort(ranks)
	for i, rank := range ranks {
		order[i] = int(rank % maxRanked)
	}
	for from := 0; from < len(order); {
		to := from + 1
		for to < len(order) && ranks[to]>>rankNumber == ranks[from]>>rankNumber {
			to++
		}
		slices.SortFunc(order[from:to], r.compare)
		from = to
	}
	return order
}
