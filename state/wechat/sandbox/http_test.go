package sandbox_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"wxkeep/state/material"
	"wxkeep/state/wechat/sandbox"
)

const appid = "wx0123456789abcdef"

// start is what the sandbox's clock shows in tests: 2026-11-23 09:00 UTC+8.
var start = time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)

// A caller calls a sandbox over HTTP with a token that never expires.
type caller struct {
	t       *testing.T
	sandbox *sandbox.Sandbox
	url     string
	token   string
}

func call(t *testing.T, accounts ...sandbox.Account) *caller {
	t.Helper()
	if len(accounts) == 0 {
		accounts = []sandbox.Account{{}}
	}
	a := &accounts[0]
	if a.AppID == "" {
		a.AppID = appid
	}
	if a.AccessToken == "" {
		a.AccessToken = "pretend-token-fixed"
	}
	s := sandbox.NewAt(func() time.Time { return start }, accounts...)
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return &caller{t: t, sandbox: s, url: server.URL, token: a.AccessToken}
}

// An answer is what came back. Err is set, and the rest is not, when the
// connection was cut.
type answer struct {
	Status int
	Header http.Header
	Body   string
	Err    error
}

func (c *caller) do(method, path, body string) answer {
	c.t.Helper()
	sep := "?"
	if strings.Contains(path, "?") {
		sep = "&"
	}
	if c.token != "" {
		path += sep + "access_token=" + c.token
	}
	return c.send(method, path, body, "application/json")
}

func (c *caller) send(method, path, body, contentType string) answer {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.url+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Content-Type", contentType)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return answer{Err: err}
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	return answer{Status: resp.StatusCode, Header: resp.Header, Body: string(b), Err: err}
}

func (c *caller) post(path, body string) answer { c.t.Helper(); return c.do("POST", path, body) }
func (c *caller) get(path string) answer        { c.t.Helper(); return c.do("GET", path, "") }

func (c *caller) delete(id material.ID) answer {
	c.t.Helper()
	return c.post(sandbox.DelMaterial, `{"media_id":"`+string(id)+`"}`)
}

// code returns the errcode of an answer: 0 when there is none.
func (a answer) code(t *testing.T) int {
	t.Helper()
	if a.Err != nil {
		t.Fatalf("no answer: %v", a.Err)
	}
	var e struct {
		Code int `json:"errcode"`
	}
	if err := json.Unmarshal([]byte(a.Body), &e); err != nil {
		t.Fatalf("answer %q: %v", a.Body, err)
	}
	return e.Code
}

// A page is a batchget_material answer.
type page struct {
	Item []struct {
		MediaID    material.ID `json:"media_id"`
		Name       string      `json:"name"`
		UpdateTime int64       `json:"update_time"`
	} `json:"item"`
	Total int `json:"total_count"`
	Count int `json:"item_count"`
}

func (a answer) page(t *testing.T) page {
	t.Helper()
	if code := a.code(t); code != 0 {
		t.Fatalf("list: errcode %d", code)
	}
	var p page
	if err := json.Unmarshal([]byte(a.Body), &p); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p page) names() []string {
	var out []string
	for _, it := range p.Item {
		out = append(out, it.Name)
	}
	return out
}

func images(names ...string) []sandbox.Material {
	var out []sandbox.Material
	for _, n := range names {
		out = append(out, sandbox.Material{Type: material.Image, Name: n})
	}
	return out
}

func imageID(name string) material.ID { return sandbox.MediaID(appid, material.Image, name, 0) }
