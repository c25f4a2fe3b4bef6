package wechat

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wxkeep/state"
)

// inCloud makes c a configuration of the cloud call.
func inCloud(c Config, token TokenSource) Config {
	c.Way, c.Token = CloudRun, token
	return c
}

// told records the queries of requests.
type told struct {
	mu      sync.Mutex
	queries []string
}

func (l *told) note(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		l.mu.Lock()
		l.queries = append(l.queries, r.URL.RawQuery)
		l.mu.Unlock()
		next(w, r)
	}
}

func TestPlainHTTPIsForTheCloudAloneAndForNoToken(t *testing.T) {
	t.Parallel()
	const refused = "endpoint http://api.weixin.qq.com: plain http would show the token to everybody; use https"
	tests := map[string]struct {
		config    Config
		want, err string
	}{
		"the cloud adds the token":           {Config{Way: CloudRun}, CloudEndpoint, ""},
		"said in so many words":              {Config{Way: CloudRun, Endpoint: "http://api.weixin.qq.com/"}, CloudEndpoint, ""},
		"https":                              {Config{Way: CloudRun, Endpoint: "https://api.weixin.qq.com"}, "https://api.weixin.qq.com", ""},
		"loopback":                           {Config{Way: CloudRun, Endpoint: "http://127.0.0.1:8080"}, "http://127.0.0.1:8080", ""},
		"a token of our own":                 {Config{Way: CloudRun, Token: fixed(testToken)}, DefaultEndpoint, ""},
		"a token of our own over plain http": {Config{Way: CloudRun, Token: fixed(testToken), Endpoint: CloudEndpoint}, "", refused},
		"an access_token over plain http":    {Config{Token: fixed(testToken), Endpoint: CloudEndpoint}, "", refused},
		"plain http to somebody else":        {Config{Way: CloudRun, Endpoint: "http://api.weixin.qq.com.example"}, "", "endpoint http://api.weixin.qq.com.example: plain http would show the token to everybody; use https; without a token, http://api.weixin.qq.com is allowed too"},
		"plain http to somebody else's port": {Config{Way: CloudRun, Endpoint: "http://api.weixin.qq.com:81"}, "", "endpoint http://api.weixin.qq.com:81: plain http would show the token to everybody; use https; without a token, http://api.weixin.qq.com is allowed too"},
		"plain http with a path":             {Config{Way: CloudRun, Endpoint: "http://api.weixin.qq.com/x"}, "", "endpoint http://api.weixin.qq.com/x: plain http would show the token to everybody; use https; without a token, http://api.weixin.qq.com is allowed too"},
		"no token and no cloud":              {Config{}, "", "a client needs a token source"},
		"from_appid where nobody reads it":   {Config{Token: fixed(testToken), FromAppID: "wx0123456789abcdef"}, "", "from_appid is for the cloud call alone"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, text := "", ""
			c, err := New(tt.config)
			if err != nil {
				text = err.Error()
			} else {
				got = c.wire.endpoints[0]
			}
			if got != tt.want || text != tt.err {
				t.Errorf("got %q, %q; want %q, %q", got, text, tt.want, tt.err)
			}
		})
	}
}

func TestTheQueryOfACloudCall(t *testing.T) {
	t.Parallel()
	const appid = "wx0123456789abcdef"
	tests := map[string]struct {
		token TokenSource
		from  string
		want  string
	}{
		"neither token nor account":      {nil, "", ""},
		"an account":                     {nil, appid, "from_appid=" + appid},
		"a token, never as access_token": {fixed("T"), "", "cloudbase_access_token=T"},
		"both":                           {fixed("T"), appid, "cloudbase_access_token=T&from_appid=" + appid},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var l told
			config := inCloud(serve(t, l.note(say(`{"errcode":-1}`, fourCounts))), tt.token)
			config.FromAppID = tt.from
			if _, err := NewReader(newClient(t, config)).Counts(t.Context()); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{tt.want, tt.want}, l.queries); diff != "" {
				t.Errorf("queries of both tries (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatTheCloudDoesNotTakeIsNotCalled(t *testing.T) {
	t.Parallel()
	config := inCloud(serve(t, say(`{}`)), nil)
	c := newClient(t, config)
	searchers := []state.Searcher{NewDrafts(c), NewPublished(c), NewAutoReply(c)}
	got := map[string]string{}
	for _, s := range searchers {
		_, err := s.Search(t.Context())
		if !errors.Is(err, state.ErrNotGranted) {
			t.Errorf("%s: %v is not %v", s.Place(), err, state.ErrNotGranted)
		}
		got[s.Place()] = err.Error()
	}
	want := map[string]string{}
	for place, path := range map[string]string{"drafts": pathDrafts, "published": pathPublished, "auto_reply": pathAutoReply} {
		want[place] = path + ": interface not granted: the cloud call (cloud_run) cannot read it: leave " + place + " out of references, and keep by hand what it uses"
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("errors (-want +got):\n%s", diff)
	}
	if calls := c.Calls(); len(calls) > 0 {
		t.Errorf("called %v", calls)
	}
	if c.Way() != CloudRun || c.Way().Callable("/cgi-bin/openapi/quota/get") || !c.Way().Callable(pathTemporary) || !Own.Callable(pathDrafts) {
		t.Error("Callable does not say so")
	}
}

func TestWhatIsSaidOfARefusedCloudCall(t *testing.T) {
	t.Parallel()
	whitelist := "add this path to the whitelist of the open-interface service at cloud.weixin.qq.com/cloudrun/openapi and build a new version"
	tests := map[string]struct {
		token  TokenSource
		from   string
		code   string
		want   string // condition
		advice string
	}{
		"nothing added a token":              {nil, "", "41001", "credential", "switch on the open-interface service (开放接口服务)"},
		"the token was lost on the way":      {fixed(testToken), "", "41001", "credential", "the cloudbase_access_token was not taken for one"},
		"the cloud's token is refused":       {nil, "", "42001", "credential", "build a new version of the service"},
		"ours is refused again":              {fixed(testToken), "", "40001", "credential", "it has to come from /.tencentcloudbase/wx/cloudbase_access_token"},
		"the path is not in the whitelist":   {nil, "wx0123456789abcdef", "48001", "not granted", whitelist},
		"or the account is another":          {nil, "", "48001", "not granted", whitelist + "; where another account owns the environment, give cloud_run.from_appid"},
		"what has nothing to do with clouds": {nil, "", "45009", "quota", "run again tomorrow"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := inCloud(serve(t, say(`{"errcode":`+tt.code+`,"errmsg":"no"}`)), tt.token)
			config.FromAppID = tt.from
			_, err := NewReader(newClient(t, config)).Counts(t.Context())
			if diff := cmp.Diff([]string{tt.want}, named(err)); diff != "" {
				t.Errorf("conditions (-want +got):\n%s", diff)
			}
			text := err.Error()
			if !strings.Contains(text, tt.advice) {
				t.Errorf("%q does not say %q", text, tt.advice)
			}
			if strings.Contains(text, "from_appid") && tt.from != "" {
				t.Errorf("%q asks for what was given", text)
			}
		})
	}
}

func TestABadGatewayMayBeThePathsFault(t *testing.T) {
	t.Parallel()
	bad := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }
	_, err := NewReader(newClient(t, inCloud(serve(t, bad), nil))).Counts(t.Context())
	if err == nil || !errors.Is(err, state.ErrBusy) || !strings.Contains(err.Error(), "HTTP status 502: if it stays so, add this path to the whitelist") {
		t.Errorf("got %v", err)
	}
}

func TestTheSequenceOfTheOpenInterfaceServiceIsTraced(t *testing.T) {
	t.Parallel()
	config := inCloud(serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("x-openapi-seqid", "seq-"+testToken)
		_, _ = io.WriteString(w, fourCounts)
	}), fixed(testToken))
	var got Call
	config.Trace = func(c Call) { got = c }
	if _, err := NewReader(newClient(t, config)).Counts(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got.SeqID != "seq-REDACTED" {
		t.Errorf("got %q", got.SeqID)
	}
}

// A file gives one text after the other, and then the last for ever. An error
// stands for one that cannot be read.
type file struct {
	texts []any
	reads int
}

func (f *file) read(context.Context) (string, error) {
	at := min(f.reads, len(f.texts)-1)
	f.reads++
	if err, failed := f.texts[at].(error); failed {
		return "", err
	}
	return f.texts[at].(string), nil
}

func TestACloudTokenIsWaitedFor(t *testing.T) {
	t.Parallel()
	gone := errors.New("file token: no such file or directory")
	tests := map[string]struct {
		texts []any
		token string
		err   string
		naps  int
	}{
		"it is there":            {[]any{"T"}, "T", "", 0},
		"the placeholder goes":   {[]any{placeholder, placeholder, "T"}, "T", "", 2},
		"the placeholder stays":  {[]any{placeholder}, "", "credentials refused: the cloudbase_access_token is still the placeholder default-tcb-wx-access-token after 1m0s: switch on 微信令牌 at cloud.weixin.qq.com/cloudrun/openapi and build a new version", 30},
		"there never was a file": {[]any{gone, "T"}, "", "credentials refused: cloudbase_access_token: file token: no such file or directory", 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, n := &file{texts: tt.texts}, new(naps)
			source, err := NewCloudToken(Config{Sleep: n.Sleep}, f.read)
			if err != nil {
				t.Fatal(err)
			}
			token, err := source.Token(t.Context(), "")
			text := ""
			if err != nil {
				text = err.Error()
			}
			if token != tt.token || text != tt.err || len(n.taken) != tt.naps {
				t.Errorf("got %q, %q after %d waits; want %q, %q after %d", token, text, len(n.taken), tt.token, tt.err, tt.naps)
			}
			for _, d := range n.taken {
				if d != 2*time.Second {
					t.Errorf("waited %v, want 2s", d)
				}
			}
			if err != nil != errors.Is(err, state.ErrCredential) {
				t.Errorf("%v is not %v", err, state.ErrCredential)
			}
		})
	}
}

func TestAWaitForACloudTokenEndsWithTheRun(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	source, err := NewCloudToken(Config{Sleep: func(ctx context.Context, _ time.Duration) error { cancel(); return ctx.Err() }}, (&file{texts: []any{placeholder}}).read)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := source.Token(ctx, ""); !errors.Is(err, context.Canceled) || errors.Is(err, state.ErrCredential) {
		t.Errorf("got %v", err)
	}
}

// A run may take longer than the 30 minutes of a token, or than 50 of them.
func TestACloudTokenIsReadAgainEveryTenMinutesForAsLongAsTheRunTakes(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	f := &file{texts: []any{"T"}}
	source, err := NewCloudToken(Config{Now: func() time.Time { return now }, Sleep: new(naps).Sleep}, f.read)
	if err != nil {
		t.Fatal(err)
	}
	for minute := range 24 * 60 {
		now = now.Add(time.Minute)
		if token, err := source.Token(t.Context(), ""); token != "T" || err != nil {
			t.Fatalf("minute %d: got %q, %v", minute, token, err)
		}
	}
	if f.reads < 24*6 || f.reads > 24*7 {
		t.Errorf("read %d times in a day, want once every 9 or 10 minutes", f.reads)
	}
}

// The file may be replaced just when it is read.
func TestARefusedCloudTokenIsReadUntilThereIsAnother(t *testing.T) {
	t.Parallel()
	f, n := &file{texts: []any{"old", errors.New("file token: empty or not set"), placeholder, "new"}}, new(naps)
	source, err := NewCloudToken(Config{Sleep: n.Sleep}, f.read)
	if err != nil {
		t.Fatal(err)
	}
	first, err := source.Token(t.Context(), "")
	if first != "old" || err != nil {
		t.Fatalf("got %q, %v", first, err)
	}
	if second, err := source.Token(t.Context(), first); second != "new" || err != nil || len(n.taken) != 2 {
		t.Errorf("got %q, %v after %d waits", second, err, len(n.taken))
	}
}
