package manifests

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"slices"
	"time"
)

// Digest returns sha256: and the hash of everything that the manifests say
// about the account. Two manifests that mean the same have the same digest:
// comments, quoting, the order of keys, entries and documents, how entries are
// spread over files, and defaults written out do not change it.
func (a *Account) Digest() string {
	d := newDigester("wxkeep/v1 account")
	d.add(a.settings())
	d.keep(a)
	d.rules(a.Rules)
	d.retire(a.Retire)
	return d.sum()
}

// SettingsDigest is [Account.Digest] without keep, keep_rules and retire. A
// saved plan is stale when it changes.
func (a *Account) SettingsDigest() string {
	d := newDigester("wxkeep/v1 settings")
	d.add(a.settings())
	return d.sum()
}

// A digester hashes records as they come. The length before each field and the
// number before each list make sure that different things are written
// differently.
type digester struct {
	hash hash.Hash
	buf  []byte
}

func newDigester(what string) *digester {
	d := &digester{hash: sha256.New()}
	d.add(what)
	return d
}

func (d *digester) add(fields ...string) {
	for _, f := range fields {
		d.buf = appendText(d.buf, f)
	}
	d.flushLong()
}

// flushLong flushes when that is worth a call.
func (d *digester) flushLong() {
	const enough = 32 << 10
	if len(d.buf) > enough {
		d.flush()
	}
}

func (d *digester) count(n int) { d.buf = binary.AppendUvarint(d.buf, uint64(n)) }

func (d *digester) flush() {
	d.hash.Write(d.buf)
	d.buf = d.buf[:0]
}

func (d *digester) sum() string {
	d.flush()
	return "sha256:" + hex.EncodeToString(d.hash.Sum(nil))
}

// keep adds the entries in an order of their own.
func (d *digester) keep(a *Account) {
	r := recordsOf(a)
	d.count(len(r.ends))
	for _, i := range r.inOrder() {
		d.buf = append(d.buf, r.record(i)...)
		d.flushLong()
	}
}

func (d *digester) rules(rules []Rule) {
	var records [][]string
	for _, r := range rules {
		record := []string{r.Name, r.NewerThan.String(), r.OlderThan.String(), instant(r.Before), r.Reason, r.Owner}
		records = append(records, append(record, sorted(r.Types)...))
	}
	slices.SortFunc(records, slices.Compare)
	d.count(len(records))
	for _, record := range records {
		d.count(len(record))
		d.add(record...)
	}
}

func (d *digester) retire(retired []Retired) {
	var ids []string
	for _, r := range retired {
		ids = append(ids, string(r.ID))
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	d.count(len(ids))
	d.add(ids...)
}

// instant writes a time; the zero one, which means for ever or never, is empty.
func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// sorted returns a set of words in an order of its own.
func sorted[S ~string](words []S) []string {
	out := []string{}
	for _, w := range words {
		out = append(out, string(w))
	}
	slices.Sort(out)
	return slices.Compact(out)
}
