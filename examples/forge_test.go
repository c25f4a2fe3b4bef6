package examples_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// A forge is what the examples need of GitHub's and GitLab's API, and a release
// of wxkeep to download. Every call has to carry its token.
type forge struct {
	url    string
	sha256 string // of the release

	mu       sync.Mutex
	archive  []byte
	comments []comment
	pulls    []pull
	packages map[string][]byte
}

type comment struct {
	ID   int               `json:"id"`
	Body string            `json:"body"`
	User map[string]string `json:"user"`
}

type pull struct {
	Head  string `json:"head"`
	Base  string `json:"base"`
	Title string `json:"title"`
	Body  string `json:"body"`
}

// forgeToken is a token of the forge.
const forgeToken = "token-of-the-forge"

func newForge(t *testing.T) *forge {
	t.Helper()
	f := &forge{archive: release(t), packages: map[string][]byte{}}
	f.sha256 = fmt.Sprintf("%x", sha256.Sum256(f.archive))
	mux := http.NewServeMux()
	mux.HandleFunc("GET /wxkeep.tar.gz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(f.archive) })
	mux.HandleFunc("GET /repos/{owner}/{repo}/issues/{number}/comments", f.listComments)
	mux.HandleFunc("POST /repos/{owner}/{repo}/issues/{number}/comments", f.addComment)
	mux.HandleFunc("PATCH /repos/{owner}/{repo}/issues/comments/{id}", f.changeComment)
	mux.HandleFunc("GET /repos/{owner}/{repo}/pulls", f.listPulls)
	mux.HandleFunc("POST /repos/{owner}/{repo}/pulls", f.addPull)
	mux.HandleFunc("PUT /projects/{id}/packages/generic/{rest...}", f.putPackage)
	mux.HandleFunc("GET /projects/{id}/packages/generic/{rest...}", f.getPackage)
	server := httptest.NewServer(f.guarded(mux))
	t.Cleanup(server.Close)
	f.url = server.URL
	return f
}

// release is an archive as .goreleaser.yaml has them.
func release(t *testing.T) []byte {
	t.Helper()
	binary, err := os.ReadFile(filepath.Join(binaries, "wxkeep"))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	zipped := gzip.NewWriter(&b)
	files := tar.NewWriter(zipped)
	if err := files.WriteHeader(&tar.Header{Name: "wxkeep", Mode: 0o755, Size: int64(len(binary))}); err != nil {
		t.Fatal(err)
	}
	if _, err := files.Write(binary); err != nil {
		t.Fatal(err)
	}
	if files.Close() != nil || zipped.Close() != nil {
		t.Fatal("the release cannot be written")
	}
	return b.Bytes()
}

// guarded lets nobody without the token do anything but get the release.
func (f *forge) guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ") + r.Header.Get("JOB-TOKEN")
		if r.URL.Path != "/wxkeep.tar.gz" && token != forgeToken {
			http.Error(w, "not with this token", http.StatusUnauthorized)
			return
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		next.ServeHTTP(w, r)
	})
}

// listComments gives pages of comments as GitHub does.
func (f *forge) listComments(w http.ResponseWriter, r *http.Request) {
	var page, size int
	if _, err := fmt.Sscan(r.FormValue("page")+" "+r.FormValue("per_page"), &page, &size); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	from := min((page-1)*size, len(f.comments))
	_ = json.NewEncoder(w).Encode(append([]comment{}, f.comments[from:min(from+size, len(f.comments))]...))
}

func (f *forge) addComment(w http.ResponseWriter, r *http.Request) {
	c := comment{ID: 1000 + len(f.comments), User: map[string]string{"login": "github-actions[bot]"}}
	if err := json.NewDecoder(r.Body).Decode(&c); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	f.comments = append(f.comments, c)
	w.WriteHeader(http.StatusCreated)
	_, _ = io.WriteString(w, `{"html_url": "https://forge.example/comment"}`)
}

func (f *forge) changeComment(w http.ResponseWriter, r *http.Request) {
	for i := range f.comments {
		if fmt.Sprint(f.comments[i].ID) == r.PathValue("id") {
			_ = json.NewDecoder(r.Body).Decode(&f.comments[i])
			_, _ = io.WriteString(w, `{"html_url": "https://forge.example/comment"}`)
			return
		}
	}
	http.NotFound(w, r)
}

func (f *forge) listPulls(w http.ResponseWriter, r *http.Request) {
	found := []pull{}
	for _, p := range f.pulls {
		if r.FormValue("head") == "your-org:"+p.Head {
			found = append(found, p)
		}
	}
	_ = json.NewEncoder(w).Encode(found)
}

func (f *forge) addPull(w http.ResponseWriter, r *http.Request) {
	var p pull
	if err := json.NewDecoder(r.Body).Decode(&p); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	f.pulls = append(f.pulls, p)
	w.WriteHeader(http.StatusCreated)
	_, _ = io.WriteString(w, `{"html_url": "https://forge.example/pull"}`)
}

func (f *forge) putPackage(w http.ResponseWriter, r *http.Request) {
	b, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	f.packages[r.PathValue("rest")] = b
	w.WriteHeader(http.StatusCreated)
}

func (f *forge) getPackage(w http.ResponseWriter, r *http.Request) {
	b, ok := f.packages[r.PathValue("rest")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	_, _ = w.Write(b)
}
