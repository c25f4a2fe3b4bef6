package wechat

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"wxkeep/state/material"
)

func TestScrub(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{"plain", "dial tcp 127.0.0.1:1: connection refused", "dial tcp 127.0.0.1:1: connection refused"},
		{"a query", "GET https://h/p?access_token=x&type=image&foo=y failed", "GET https://h/p?access_token=REDACTED&type=image&foo=REDACTED failed"},
		{"a query of the cloud", "GET http://h/p?cloudbase_access_token=x&from_appid=wx1 failed", "GET http://h/p?cloudbase_access_token=REDACTED&from_appid=REDACTED failed"},
		{"a cloudbase_access_token before a value", "cloudbase_access_token=x", "cloudbase_access_token=REDACTED"},
		{"a name before a value", "access_token=x and AppSecret=y", "access_token=REDACTED and AppSecret=REDACTED"},
		{"a proxy's password", `invalid proxy address "http://me:pass@proxy:1"`, `invalid proxy address "http://REDACTED@proxy:1"`},
		{"a known secret", "token " + testToken + " expired", "token REDACTED expired"},
		{"a known secret within a word", "x" + testSecret + "y", "xREDACTEDy"},
		{"the beginning of a secret", "token " + testToken[:12] + "… expired", "token REDACTED… expired"},
		{"the end of a secret", "…" + testSecret[20:], "…REDACTED"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, scrub(tt.text, []string{"", testToken, testSecret})); diff != "" {
				t.Errorf("scrub() (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNoPartOfASecretSurvives(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		secret := rapid.StringMatching(`[ -~]{8,60}`).Draw(t, "secret")
		from := rapid.IntRange(0, len(secret)-tellingPart).Draw(t, "from")
		to := rapid.IntRange(from+tellingPart, len(secret)).Draw(t, "to")
		text := rapid.String().Draw(t, "before") + secret[from:to] + rapid.String().Draw(t, "after")
		got := scrub(text, []string{secret})
		for i := 0; i+tellingPart <= len(secret); i++ {
			if part := secret[i : i+tellingPart]; strings.Contains(got, part) && !strings.Contains(redacted, part) {
				t.Fatalf("%q holds %q of %q", got, part, secret)
			}
		}
	})
}

// Whatever an errmsg says, no part of the token that the call carried is in the
// error: written as it is, or as URLs, JSON and base64 write it, wherever it
// stands, and however long the rest is.
func TestNoSecretSurvivesWhateverTheErrmsg(t *testing.T) {
	t.Parallel()
	var message atomic.Value
	config := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{"errcode": 48001, "errmsg": message.Load()})
	})
	rapid.Check(t, func(t *rapid.T) {
		secret := rapid.StringMatching(`[!-~]{8,80}`).Draw(t, "secret")
		form := rapid.SampledFrom(writings(secret)).Draw(t, "form")
		around := rapid.SampledFrom([]string{"", " ", "rid: ", "hint: [", "invalid ip ", ", ", "://", "&access_token=", strings.Repeat("x", maxMessage-4), "\n\x1b"})
		message.Store(around.Draw(t, "before") + form + around.Draw(t, "after") + rapid.String().Draw(t, "rest"))
		config.Token = NewAccessToken(func(context.Context) (string, error) { return secret, nil })
		c, err := New(config)
		if err != nil {
			t.Fatal(err)
		}
		_, err = NewReader(c).Counts(context.Background())
		e, ok := errors.AsType[*Error](err)
		if !ok {
			t.Fatalf("got %v", err)
		}
		for _, text := range []string{e.Msg, e.RID, strings.TrimSuffix(e.Advice, byCode[48001].advice)} {
			for i := 0; i+tellingPart <= len(form); i++ {
				if part := form[i : i+tellingPart]; strings.Contains(text, part) && !strings.Contains(redacted, part) {
					t.Fatalf("%q holds %q of %q", text, part, form)
				}
			}
		}
	})
}

// echo answers with everything it was told.
func echo(status int, form string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		told := strings.NewReplacer(`"`, "'", "\n", "").Replace(r.FormValue("access_token") + r.FormValue("component_access_token") + r.FormValue("cloudbase_access_token") + " http://" + r.Host + r.RequestURI + " " + string(body))
		w.Header().Set("Location", "http://127.0.0.1:1/?next="+told)
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, form, told)
	}
}

// Whatever goes wrong, no error and no trace holds a token, a secret, a query,
// or an error that does.
func TestNoErrorHoldsASecret(t *testing.T) {
	t.Parallel()
	secure := startQuiet(t, httptest.NewUnstartedServer(status(200)), true)
	tests := map[string]func(t *testing.T) Config{
		"nobody listens":               func(t *testing.T) Config { return configFor(t, "http://"+deadAddress(t)) },
		"the certificate is bad":       func(t *testing.T) Config { return configFor(t, secure) },
		"the name is not found":        withDeadResolver,
		"the proxy has a password":     withProxy,
		"the connection is cut":        func(t *testing.T) Config { return serve(t, abort) },
		"the body is cut":              func(t *testing.T) Config { return serve(t, cut) },
		"no answer in time":            withoutAnswer,
		"5xx echoes the URL":           func(t *testing.T) Config { return serve(t, echo(500, "%s")) },
		"4xx echoes the URL":           func(t *testing.T) Config { return serve(t, echo(404, "%s")) },
		"a redirect echoes the URL":    func(t *testing.T) Config { return serve(t, echo(302, "%s")) },
		"a page echoes the URL":        func(t *testing.T) Config { return serve(t, echo(200, "<html>%s")) },
		"JSON that breaks off":         func(t *testing.T) Config { return serve(t, echo(200, `{"a":"%s"`)) },
		"a word that is not JSON":      func(t *testing.T) Config { return serve(t, echo(200, `{"a":%s}`)) },
		"a number that is none":        func(t *testing.T) Config { return serve(t, echo(200, `{"total_count":"%s","expires_in":"%[1]s"}`)) },
		"a media_id that is none":      func(t *testing.T) Config { return serve(t, echo(200, `{"item":[{"media_id":"%s"}]}`)) },
		"a permanent error echoes":     func(t *testing.T) Config { return serve(t, echo(200, `{"errcode":48001,"errmsg":"%s"}`)) },
		"a refused token is echoed":    func(t *testing.T) Config { return serve(t, echo(200, `{"errcode":40001,"errmsg":"%s"}`)) },
		"giving up after many tries":   func(t *testing.T) Config { return serve(t, echo(200, `{"errcode":-1,"errmsg":"%s"}`)) },
		"the IP address is not listed": func(t *testing.T) Config { return serve(t, echo(200, `{"errcode":40164,"errmsg":"%s"}`)) },
	}
	for name, configure := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := configure(t)
			var mu sync.Mutex
			var said []string
			config.Trace = func(c Call) {
				mu.Lock()
				defer mu.Unlock()
				said = append(said, fmt.Sprintf("%+v", c))
			}
			stable := newStable(t, config)
			client := newClient(t, config)
			_, err1 := stable.Token(t.Context(), "")
			_, err2 := NewReader(client).Page(t.Context(), "image", 0, 20)
			_, err3 := NewDeleter(client, material.Set{"a": {}}, nil).Delete(t.Context(), "a")
			_, err4 := newComponentToken(t, config, testSecret, testToken).Token(t.Context(), "")
			component := newComponent(t, config, fixed(testToken))
			_, err5 := component.Authorizer(Authorizer{AppID: accountAppID, Refresh: giveSecret}).Token(t.Context(), "")
			_, err6 := component.Authorizer(Authorizer{AppID: accountAppID}).Token(t.Context(), "")
			cloud := newClient(t, inCloud(config, fixed(testToken)))
			_, err7 := NewReader(cloud).Page(t.Context(), "image", 0, 20)
			for _, err := range []error{err1, err2, err3, err4, err5, err6, err7} {
				said = append(said, saidBy(t, err)...)
			}
			for _, text := range said {
				noSecret(t, text)
			}
		})
	}
}

func withDeadResolver(t *testing.T) Config {
	config := configFor(t, "https://api.example.invalid")
	deadResolver(t)(config.HTTP.(*http.Transport))
	return config
}

func withoutAnswer(t *testing.T) Config {
	config := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // else the end of the connection is not seen
		<-r.Context().Done()
	})
	config.Timeout = time.Millisecond
	return config
}

func withProxy(t *testing.T) Config {
	config := configFor(t, "https://api.example.invalid")
	proxy := &url.URL{Scheme: "http", User: url.UserPassword("me", testSecret), Host: deadAddress(t)}
	config.HTTP.(*http.Transport).Proxy = http.ProxyURL(proxy)
	return config
}

// saidBy is everything that can be got out of an error.
func saidBy(t *testing.T, err error) []string {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	if _, ok := errors.AsType[*url.Error](err); ok {
		t.Errorf("%v holds a *url.Error", err)
	}
	said := []string{err.Error(), fmt.Sprintf("%+v", err), fmt.Sprintf("%#v", err)}
	if e, ok := errors.AsType[*Error](err); ok {
		said = append(said, e.Msg, e.Advice)
	}
	return said
}

func noSecret(t *testing.T, text string) {
	t.Helper()
	for _, secret := range []string{testToken, testSecret} {
		for i := 0; i+tellingPart <= len(secret); i++ {
			if strings.Contains(text, secret[i:i+tellingPart]) {
				t.Fatalf("%q holds %q of a secret", text, secret[i:i+tellingPart])
			}
		}
	}
	if strings.Contains(text, "access_token=") && !strings.Contains(text, "access_token=REDACTED") {
		t.Errorf("%q holds a query", text)
	}
}

// The error of a function that reads a secret is shown: it is ours.
func TestOwnWordsAboutASecretAreShown(t *testing.T) {
	t.Parallel()
	_, err := NewAccessToken(func(context.Context) (string, error) { return "", errors.New("file token.txt: no such file") }).Token(t.Context(), "")
	if err == nil || !strings.Contains(err.Error(), "file token.txt: no such file") {
		t.Errorf("got %v", err)
	}
}
