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
	var token struct {
		AccessToken string `json:"access_token"`
	}
	ts.Check(json.Unmarshal(post(ts, "/cgi-bin/stable_token", map[string]string{
		"grant_type": "client_credential", "appid": args[0], "secret": ts.Getenv("WX_APP_SECRET"),
	}), &token))
	b := post(ts, "/cgi-bin/material/get_material?access_token="+token.AccessToken, map[string]string{"media_id": args[1]})
	if json.Valid(b) {
		ts.Fatalf("%s has no content: %s", args[1], b)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), b, 0o600))
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
