package reconcile_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wxkeep/reconcile"
	"wxkeep/reconcile/plan"
	"wxkeep/state"
	"wxkeep/state/material"
	"wxkeep/state/wechat"
	"wxkeep/state/wechat/sandbox"
)

// Pictures get images from their listed URLs.
type pictures struct{ *wechat.Pictures }

func (p pictures) Fetch(ctx context.Context, it material.Item) (reconcile.Content, error) {
	b, err := p.Picture(ctx, it.URL)
	return reconcile.Content{Kind: http.DetectContentType(b), Bytes: b}, err
}

// A gallery gives the same for every image.
type gallery struct {
	content reconcile.Content
	err     error
}

func (g gallery) Fetch(context.Context, material.Item) (reconcile.Content, error) {
	return g.content, g.err
}

func TestImagesAreArchivedFromTheirURLsWhenTheQuotaOfGetMaterialIsUsedUp(t *testing.T) {
	t.Parallel()
	const byURL = "deleted: archived from its image URL, not by get_material"
	type verdicts = map[string]string
	orphans := []sandbox.Material{one(material.Image, "a", 40), one(material.Image, "b", 50), one(material.Image, "c", 60)}
	none := ""
	tests := []struct {
		name      string
		materials []sandbox.Material
		daily     int               // of get_material
		known     bool              // WeChat tells what is left of it
		pictures  reconcile.Fetcher // nil: the sandbox's
		status    plan.Status
		want      verdicts
		get       int // calls of get_material
		says      string
	}{
		{name: "it suffices", materials: orphans, daily: 3, want: verdicts{"a": "deleted", "b": "deleted", "c": "deleted"}, get: 3},
		{name: "it ends on the way", materials: orphans, daily: 1, want: verdicts{"a": byURL, "b": byURL, "c": "deleted"}, get: 2},
		{name: "as is known before, it would not reach", materials: orphans, daily: 2, known: true, want: verdicts{"a": byURL, "b": byURL, "c": byURL}},
		{
			name: "what is left is for what has no image URL", daily: 1, known: true,
			materials: append([]sandbox.Material{one(material.Voice, "v", 70)}, orphans...),
			want:      verdicts{"a": byURL, "b": byURL, "c": byURL, "v": "deleted"}, get: 1,
		},
		{
			name: "and for as many of these as it allows", daily: 1, known: true, status: plan.QuotaUsed,
			materials: append([]sandbox.Material{one(material.Voice, "v", 70), one(material.Voice, "u", 65)}, orphans...),
			want:      verdicts{"a": byURL, "b": byURL, "c": byURL, "v": "deleted", "u": "deferred: 4 of 5 deletions fit today"}, get: 1,
		},
		{
			name: "a voice, and an image without a URL, wait", daily: 1, status: plan.QuotaUsed, get: 2,
			materials: append([]sandbox.Material{one(material.Voice, "v", 10), {Type: material.Image, Name: "bare", URL: &none, Age: days(20)}}, orphans...),
			want:      verdicts{"a": byURL, "b": byURL, "c": "deleted", "v": "deferred: 45009", "bare": "deferred: 45009"},
			says:      "2 of 5 deferred, since their content cannot be had: ",
		},
		{
			name: "a web page is no image", materials: orphans, daily: 1, get: 2, status: plan.QuotaUsed,
			pictures: gallery{content: reconcile.Content{Kind: "text/html; charset=utf-8", Bytes: []byte("<html>")}},
			want:     verdicts{"a": "deferred: 45009; its content is no image, but text/html", "b": "deferred: 45009; its content is no image, but text/html", "c": "deleted"},
			says:     "2 of 3 deferred",
		},
		{
			name: "other bytes are no image", materials: orphans, daily: 1, get: 2, status: plan.QuotaUsed,
			pictures: gallery{content: reconcile.Content{Kind: "application/octet-stream", Bytes: []byte{0, 1, 2}}},
			want:     verdicts{"a": "deferred: 45009; its content is no image", "b": "deferred: 45009; its content is no image", "c": "deleted"},
		},
		{
			name: "the images' host does not answer", materials: orphans, daily: 1, get: 2, status: plan.QuotaUsed,
			pictures: gallery{err: fmt.Errorf("image URL: %w", state.ErrUnreachable)},
			want:     verdicts{"a": "deferred: 45009; image URL: server not reached", "b": "deferred: 45009; image URL: server not reached", "c": "deleted"},
		},
		{
			name: "it does not answer, and get_material has some left", materials: orphans, daily: 2, known: true, get: 3, status: plan.QuotaUsed,
			pictures: gallery{err: errors.New("image URL: server not reached")},
			want:     verdicts{"a": "deferred: 45009; image URL: server not reached", "b": "deleted", "c": "deleted"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorldOf(t, sandbox.Account{
				Materials: append(images("keep-", 3), tt.materials...),
				Quotas:    map[string]sandbox.Quota{sandbox.GetMaterial: {Daily: tt.daily}},
			}).remember(t)
			bytesOf := w.pictures(t)
			w.manifest.Guards.QuotaReservePercent = 0
			a := w.account()
			if !tt.known {
				a.Meter = nil
			}
			a.Pictures = tt.pictures
			if a.Pictures == nil {
				a.Pictures = pictures{wechat.NewPictures(w.client)}
			}
			opt := w.options()
			opt.Parallelism = 1
			all := reconcile.Plan(t.Context(), []*reconcile.Account{a}, nil, opt)
			reconcile.Apply(t.Context(), t.Context(), all)
			if err := reconcile.Release(t.Context(), all); err != nil {
				t.Fatal(err)
			}
			d := all[0]
			got := verdicts{}
			for _, c := range d.Changes {
				if c.Outcome != "" {
					got[c.Item.Name] = verdict(c, tt.want[c.Item.Name])
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("outcomes (-want +got):\n%s", diff)
			}
			if said := strings.Join(d.Summary.Result.Messages, "\n"); d.Summary.Status != tt.status || !strings.Contains(said, tt.says) {
				t.Errorf("status %d, want %d; %s", d.Summary.Status, tt.status, said)
			}
			if n := w.sandbox.Calls()[sandbox.GetMaterial]; n != tt.get {
				t.Errorf("get_material was called %d times, want %d", n, tt.get)
			}
			w.checkBook(t, t.Errorf)
			w.checkSource(t, d, bytesOf)
		})
	}
}

// verdict is an outcome and its note, as far as the one wanted says it.
func verdict(c plan.Change, want string) string {
	all := string(c.Outcome)
	if c.Note != "" {
		all += ": " + c.Note
	}
	outcome, parts, _ := strings.Cut(want, ": ")
	for part := range strings.SplitSeq(parts, "; ") {
		if string(c.Outcome) != outcome || !strings.Contains(c.Note, part) || parts == "" && c.Note != "" {
			return all
		}
	}
	return want
}

// pictures is what get_material would give of each image.
func (w *world) pictures(t tester) map[material.ID][]byte {
	t.Helper()
	all := map[material.ID][]byte{}
	for _, it := range w.sandbox.Live(appid) {
		if it.Type == material.Image && it.URL != "" {
			b, err := wechat.NewPictures(w.client).Picture(context.Background(), it.URL)
			if err != nil {
				t.Fatal(err)
			}
			all[it.ID] = b
		}
	}
	return all
}

// checkSource holds that the archive has the right bytes, and says where they
// came from.
func (w *world) checkSource(t *testing.T, d *reconcile.Decision, bytesOf map[material.ID][]byte) {
	t.Helper()
	for _, c := range d.Changes {
		if c.Outcome != plan.Deleted || c.Item.Type != material.Image {
			continue
		}
		a, b, err := w.ledger().Load(t.Context(), c.Item.ID)
		if err != nil || !bytes.Equal(b, bytesOf[c.Item.ID]) {
			t.Errorf("%s: %d bytes are archived, %v", c.Item.Name, len(b), err)
		}
		var extra struct {
			From string `json:"from"`
		}
		if a.Extra != nil {
			if err := json.Unmarshal(a.Extra, &extra); err != nil {
				t.Error(err)
			}
		}
		if byURL := strings.Contains(c.Note, "image URL"); byURL != (extra.From == "image_url") {
			t.Errorf("%s: the note says %q, the archive %q", c.Item.Name, c.Note, extra.From)
		}
	}
}
