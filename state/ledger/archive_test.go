package ledger

import (
	"encoding/json"
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wxkeep/state/material"
)

func TestArchiveGivesBackWhatWasSaved(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, s Store, _ func(string, []byte)) {
		ctx, c := t.Context(), newClock()
		l := open(s, c)
		_, r := begun(t, l)
		picture := []byte("\x89PNG\r\n\x1a\n\x00")
		extra := json.RawMessage(`{"title":"<十月>","description":"a & b"}`)
		clip := material.Item{ID: "clip", Type: material.Video, Name: "clip", UpdateTime: 1690000001}
		sha, err := r.Save(ctx, item("a").Item, "image/png", picture, nil)
		check(t, err)
		again, err := r.Save(ctx, clip, "text/html", picture, extra)
		check(t, err)
		if sha != digest(picture) || again != sha {
			t.Errorf("saved as %s and %s, want %s", sha, again, digest(picture))
		}
		blobs, err := s.List(ctx, root+"blobs/")
		check(t, err)
		if diff := cmp.Diff([]string{root + "blobs/" + sha}, blobs); diff != "" {
			t.Errorf("blobs mismatch (-want +got):\n%s", diff)
		}
		want := Archived{Item: clip, Kind: "text/html", SHA256: sha, Size: len(picture), Extra: extra, Saved: c.Now(), Run: r.ID()}
		got, content, err := l.Load(ctx, "clip")
		check(t, err)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("archived mismatch (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(picture, content); diff != "" {
			t.Errorf("content mismatch (-want +got):\n%s", diff)
		}
		if _, _, err := l.Load(ctx, "never"); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "never is not in the archive") {
			t.Errorf("what was never saved: %v", err)
		}
	})
}

func TestADamagedArchiveIsAnError(t *testing.T) {
	t.Parallel()
	content := []byte("the only copy")
	blob, index := root+"blobs/"+digest(content), root+"archive/a.json"
	tests := []struct {
		name, key string
		data      []byte
		want      string
	}{
		{"the content was cut", blob, content[:5], "its 5 bytes have the SHA-256"},
		{"the content was altered", blob, []byte("the only Copy"), "it was altered or cut"},
		{"the content is empty", blob, []byte{}, "its 0 bytes"},
		{"the content is missing", blob, nil, "it is missing"},
		{"the index was cut", index, []byte(`{"version":1,"media`), "not its JSON"},
		{"the index names no content", index, []byte(`{"version":1,"media_id":"a","type":"image"}`), "does not say which content"},
		{"the index is another's", index, []byte(`{"version":1,"media_id":"A","type":"image","size":1,"sha256":"` + digest(content) + `"}`), "is about A, not a"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			onEveryStore(t, func(t *testing.T, s Store, alter func(string, []byte)) {
				l := open(s, newClock())
				_, r := begun(t, l)
				_, err := r.Save(t.Context(), item("a").Item, "image/png", content, nil)
				check(t, err)
				alter(tt.key, tt.data)
				_, _, err = l.Load(t.Context(), "a")
				if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), tt.key) {
					t.Fatalf("error %v, want %q of %s", err, tt.want, tt.key)
				}
				_, err = r.Save(t.Context(), item("a").Item, "image/png", content, nil)
				if strings.Contains(tt.want, "is about A") {
					if err == nil {
						t.Error("the archive of A was overwritten")
					}
					return
				}
				check(t, err)
				_, got, err := l.Load(t.Context(), "a")
				check(t, err)
				if diff := cmp.Diff(content, got); diff != "" {
					t.Errorf("saved again: mismatch (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestSaveDoesNotBelieveTheStore(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, spoil, want string }{
		{"the content is not what was written", "blobs/", "read back, it is not what was written"},
		{"the index is not what was written", "archive/", "read back, it is not what was written"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := newMemory()
			_, r := begun(t, open(m, newClock()))
			created := ""
			m.befall(func(_ int, what string) fault {
				if created != "" {
					m.objects[created] = m.objects[created][:1]
					created = ""
				}
				if key, ok := strings.CutPrefix(what, "create "); ok && strings.Contains(key, tt.spoil) {
					created = key
				}
				return none
			})
			_, err := r.Save(t.Context(), item("a").Item, "image/png", []byte("content"), nil)
			if c := (*Corrupt)(nil); !errors.As(err, &c) || !strings.Contains(c.Problem, tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

func TestSaveRefusesWhatIsNoContent(t *testing.T) {
	t.Parallel()
	m := newMemory()
	_, r := begun(t, open(m, newClock()))
	if _, err := r.Save(t.Context(), item("a").Item, "image/png", nil, nil); err == nil || err.Error() != "archive a: the content is empty" {
		t.Errorf("no content: %v", err)
	}
	if _, err := r.Save(t.Context(), item("../../x").Item, "image/png", []byte("x"), nil); err == nil {
		t.Error("what is no media_id became a key")
	}
	m.befall(func(int, string) fault { return fail })
	if _, err := r.Save(t.Context(), item("a").Item, "image/png", []byte("x"), nil); !errors.Is(err, errFault) {
		t.Errorf("a store that is full: %v", err)
	}
}
