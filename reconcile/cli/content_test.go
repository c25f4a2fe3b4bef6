package cli_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"

	"github.com/rogpeppe/go-internal/testscript"
)

// content APPID MEDIA_ID FILE writes what get_material gives into a file, with
// the secret in WX_APP_SECRET.
func content(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: content APPID MEDIA_ID FILE")
	}
	var token tokenAnswer
	ts.Check(json.Unmarshal(post(ts, "/cgi-bin/stable_token", map[string]string{
		"grant_type": "client_credential", "appid": args[0], "secret": ts.Getenv("WX_APP_SECRET"),
	}), &token))
	b := post(ts, "/cgi-bin/material/get_material?access_token="+token.Token, map[string]string{"media_id": args[1]})
	if json.Valid(b) {
		ts.Fatalf("%s has no content: %s", args[1], b)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), b, 0o600))
}

// A tokenAnswer is an answer of a token endpoint.
type tokenAnswer struct {
	Token string `json:"access_token"`
}

// issue-token APPID FILE does what a team's token service does: it fetches a
// token with /cgi-bin/token, new at each call, by the secret in WX_APP_SECRET, and
// puts it into the file.
func issueToken(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: issue-token APPID FILE")
	}
	resp, err := http.Get(ts.Getenv("ENDPOINT") + "/cgi-bin/token?grant_type=client_credential&appid=" + args[0] + "&secret=" + ts.Getenv("WX_APP_SECRET"))
	ts.Check(err)
	defer func() { _ = resp.Body.Close() }()
	var token tokenAnswer
	ts.Check(json.NewDecoder(resp.Body).Decode(&token))
	if token.Token == "" {
		ts.Fatalf("no token for %s", args[0])
	}
	written := ts.MkAbs(args[1])
	ts.Check(os.WriteFile(written+".new", []byte(token.Token+"\n"), 0o600))
	ts.Check(os.Rename(written+".new", written))
}

// post calls the sandbox at ENDPOINT.
func post(ts *testscript.TestScript, path string, body any) []byte {
	b, err := json.Marshal(body)
	ts.Check(err)
	resp, err := http.Post(ts.Getenv("ENDPOINT")+path, "application/json", bytes.NewReader(b))
	ts.Check(err)
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	ts.Check(err)
	return answer
}
