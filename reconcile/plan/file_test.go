package plan

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wxkeep/state/material"
)

// sample is a plan with something in every field.
func sample() *Plan {
	at := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	left := 900
	return &Plan{
		FormatVersion: FormatVersion, WxkeepVersion: "v1.2.3", CreatedAt: at, ExpiresAt: at.Add(7 * 24 * time.Hour),
		ChangesDigest: "sha256:" + strings.Repeat("c", 64),
		Accounts: []Account{{
			Name: "brand-main", AppID: "wx0123456789abcdef",
			Manifest:   Manifest{Digest: "sha256:" + strings.Repeat("a", 64), SettingsDigest: "sha256:" + strings.Repeat("b", 64), Paths: []string{"wxkeep.yaml"}, GitCommit: "abc"},
			Listing:    Listing{ObservedAt: at, Complete: true, Total: map[material.Type]int{material.Image: 2}, Listed: map[material.Type]int{material.Image: 2}},
			References: []Reference{{Source: "menu", Status: Scanned, Found: 2}},
			Guards:     []Guard{{Name: MaxDeletePercent, Status: Passed, Value: 2.4, Limit: 25, Message: "<fine> & good"}},
			Calls:      Calls{"/cgi-bin/material/batchget_material": {Used: 1, Needed: 1, Left: &left}},
			Summary:    Summary{Live: 2, Keep: 1, Delete: 1},
			Findings:   []Finding{{Kind: Missing, MediaID: "gone", Position: "wxkeep.yaml:3:5", Message: "listed, but not in the account"}},
			Applicable: true, Status: Incomplete, Error: "something",
			Result: &Result{StartedAt: at, FinishedAt: at, Outcomes: map[Outcome]int{Deleted: 1}, Verified: true, Messages: []string{"well"}},
		}},
		Changes: []Change{
			{Account: "brand-main", Item: material.Item{ID: "old", Type: material.Image, Name: "a <b> & 图.png", UpdateTime: 1690000000, URL: "http://mmbiz.qpic.cn/x/0"}, Action: Delete, Reason: Orphan, Detail: "never kept", Cause: ThisChange, Outcome: Deleted, Note: "lost"},
			{Account: "brand-main", Item: material.Item{ID: "new", Type: material.Image}, Action: Hold, Reason: TooNew},
			{Account: "brand-main", Item: material.Item{ID: "logo", Type: material.Image}, Action: Keep, Reason: Listed},
		},
	}
}

func encoded(t *testing.T, p *Plan) []byte {
	t.Helper()
	b, err := p.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestPlanFileRoundTrip(t *testing.T) {
	t.Parallel()
	p := sample()
	b := encoded(t, p)
	got, err := Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(p, got); diff != "" {
		t.Errorf("plan mismatch (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(string(b), string(encoded(t, got))); diff != "" {
		t.Errorf("bytes mismatch (-want +got):\n%s", diff)
	}
	if p.Digest == noDigest || !bytes.Contains(b, []byte(p.Digest)) {
		t.Errorf("digest %s is not in the file", p.Digest)
	}
}

func TestPlanFileIsShapedLikeTerraforms(t *testing.T) {
	t.Parallel()
	b, err := sample().Changes[0].MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	want := `{"address":"brand-main/image/old","mode":"managed","type":"image","name":"old","account":"brand-main","reason":"orphan","detail":"never kept","cause":"this_change",` +
		`"change":{"actions":["delete"],"before":{"media_id":"old","type":"image","name":"a <b> & 图.png","update_time":1690000000,"url":"http://mmbiz.qpic.cn/x/0"},"after":null},` +
		`"outcome":"deleted","note":"lost"}`
	if diff := cmp.Diff(want, string(b)); diff != "" {
		t.Errorf("change mismatch (-want +got):\n%s", diff)
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	good := string(encoded(t, sample()))
	tests := []struct {
		name, file string
		is         error
		text       string
	}{
		{"an id changed by hand", strings.Replace(good, `"media_id": "old"`, `"media_id": "log"`, 1), ErrAltered, "plan file altered: its digest does not fit its content"},
		{"a digest changed by hand", strings.Replace(good, digestIn(good), "sha256:"+strings.Repeat("0", 64), 1), ErrAltered, "plan file altered: its digest does not fit its content"},
		{"a file without a digest", `{"format_version": "1.0"}`, ErrAltered, "plan file altered: it has no digest"},
		{"a digest inside something else", `{"format_version": "1.0", "accounts": [{"digest": "sha256:` + strings.Repeat("0", 64) + `"}]}`, ErrAltered, "plan file altered: it has no digest"},
		{"another major version", strings.Replace(good, `"1.0"`, `"2.0"`, 1), ErrVersion, `plan file of another version: format_version is "2.0", this wxkeep reads 1.x`},
		{"half a file", good[:len(good)/2], nil, "not a plan file: unexpected end of JSON input"},
		{"nothing", "", nil, "not a plan file: unexpected end of JSON input"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := Decode([]byte(tt.file))
			if err == nil {
				t.Fatal("accepted")
			}
			if tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("error %v is not %v", err, tt.is)
			}
			if diff := cmp.Diff(tt.text, err.Error()); diff != "" {
				t.Errorf("error mismatch (-want +got):\n%s", diff)
			}
		})
	}
}

// digestIn is the digest in a file.
func digestIn(file string) string {
	_, rest, _ := strings.Cut(file, `"digest": "`)
	return rest[:len(noDigest)]
}

func TestDecodeIgnoresUnknownFieldsOfAMinorVersion(t *testing.T) {
	t.Parallel()
	b := bytes.Replace(encoded(t, sample()), []byte(`"1.0"`), []byte(`"1.7"`), 1)
	b = bytes.Replace(b, []byte(`"mode":`), []byte(`"weather": "fine", "mode":`), 1)
	digest := digestIn(string(b))
	b = bytes.Replace(b, []byte(digest), []byte(noDigest), 1)
	b = bytes.Replace(b, []byte(noDigest), []byte(digestOf(b)), 1)
	p, err := Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Changes) != 3 {
		t.Errorf("%d changes, want 3", len(p.Changes))
	}
}

func TestChangesDigestIsOverTheDeletionsAlone(t *testing.T) {
	t.Parallel()
	appids := map[string]string{"brand-main": "wx0123456789abcdef"}
	p := sample()
	digest := ChangesDigest(appids, p.Changes)

	other := sample()
	other.Changes[0].Item.Name, other.Changes[0].Item.UpdateTime = "another", 1
	other.Changes = append(other.Changes[1:], other.Changes[0])
	if got := ChangesDigest(appids, other.Changes); got != digest {
		t.Errorf("times, names, order or holds change the digest: %s, want %s", got, digest)
	}
	other.Changes[0].Action = Delete
	if got := ChangesDigest(appids, other.Changes); got == digest {
		t.Error("one deletion more has the same digest")
	}
	if got := ChangesDigest(map[string]string{"brand-main": "wx0000000000000000"}, p.Changes); got == digest {
		t.Error("another account has the same digest")
	}
}

func TestWorst(t *testing.T) {
	t.Parallel()
	order := []Status{Interrupted, Foreign, Denied, Error, Stale, Unseen, GuardBlocked, Locked, Incomplete, QuotaUsed, HasDeletions, Done}
	for i, a := range order {
		for _, b := range order[i:] {
			if Worst(a, b) != a || Worst(b, a) != a {
				t.Errorf("of %d and %d, %d has to win", a, b, a)
			}
		}
	}
	if got := Worst(99, 99); got != Error {
		t.Errorf("a status nobody knows is %d, want an error", got)
	}
}

// FuzzDecode holds that what is accepted is written again as the same bytes.
func FuzzDecode(f *testing.F) {
	b, err := sample().Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte(`{"format_version":"1.0","digest":"` + noDigest + `"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := Decode(b)
		if err != nil {
			return
		}
		once, err := p.Encode()
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		again, err := Decode(once)
		if err != nil {
			t.Fatalf("what was written is refused: %v", err)
		}
		twice, err := again.Encode()
		if err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("written twice differently (%v):\n%s\n%s", err, once, twice)
		}
	})
}
