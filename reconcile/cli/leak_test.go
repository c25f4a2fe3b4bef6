package cli_test

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"io/fs"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"wxkeep/state/material"
	"wxkeep/state/wechat/sandbox"
)

// What must not be found anywhere, with characters that URLs, JSON and HTML
// write in other ways.
const (
	leakSecret = "Kq7Zb+Vz2mX/9pL4tR8wY=1nB6cD&Gh3J"
	leakToken  = "91_Tz8wHd5sJ+3fC7yM2kW/6vPq9=xN4rB&eA8"

	leakComponentSecret = "Ym4Lp8Rt+2cX6vB/9nZq3=Ws7Kd5&Jf1G"
	leakTicket          = "ticket@@@Vb6Nq2Wz+8sXc4Rt/Yp7=Lk3&Hm9"
	leakRefresh         = "refreshtoken@@@Dj5Gt9Xw+3vCz/7bRk=Nq4&Ms8"
	leakComponentToken  = "92_Hs3Jf7Kq+9wTz/4xPv=Bm6&Rn2Yc8"

	leakCloudToken = "93_Pc5Xr8Gw+2nHv/7kTj=Fy4&Sb6Mz3"
)

// A leakMode is a way to call the API. Each of its secrets is in a variable of
// that name, and in the file secret_NAME in DIR, which is the manifest's directory.
type leakMode struct {
	name    string
	auth    string // of the manifest
	secrets map[string]string
	again   bool // another mode makes the same calls: not each of them is tried
}

// references are those that the mode can read; no line where that is all.
func (m leakMode) references() string {
	if strings.HasPrefix(m.auth, "cloud_run") {
		return "references: [menu, news]\n"
	}
	return ""
}

// leakModes are all ways to have a secret. What is issued by the sandbox is
// searched for, too.
var leakModes = []leakMode{
	{"app_secret in a variable", "app_secret: {env: APP_SECRET}", map[string]string{"APP_SECRET": leakSecret}, false},
	{"app_secret in a file", "app_secret: {file: secret_APP_SECRET}", map[string]string{"APP_SECRET": leakSecret}, true},
	{"app_secret by a command", "app_secret: {command: [cat, \"DIR/secret_APP_SECRET\"]}", map[string]string{"APP_SECRET": leakSecret}, true},
	{"access_token in a variable", "access_token: {env: TOKEN}", map[string]string{"TOKEN": leakToken}, false},
	{"access_token in a file", "access_token: {file: secret_TOKEN}", map[string]string{"TOKEN": leakToken}, true},
	{
		"third_party by secret and ticket", "third_party: {component_appid: wxfedcba9876543210, component_appsecret: {env: COMPONENT_SECRET}, " +
			"component_verify_ticket: {command: [cat, \"DIR/secret_TICKET\"]}, refresh_token: {file: secret_REFRESH}}",
		map[string]string{"COMPONENT_SECRET": leakComponentSecret, "TICKET": leakTicket, "REFRESH": leakRefresh}, false,
	},
	{
		"third_party by token", "third_party: {component_appid: wxfedcba9876543210, component_access_token: {env: COMPONENT_TOKEN}}",
		map[string]string{"COMPONENT_TOKEN": leakComponentToken}, false,
	},
	{"cloud_run by token", "cloud_run: {cloudbase_access_token: {file: secret_CLOUD}}", map[string]string{"CLOUD": leakCloudToken}, false},
	{"access_token by a command", "access_token: {command: [cat, \"DIR/secret_TOKEN\"]}", map[string]string{"TOKEN": leakToken}, true},
}

// A leaking is one run in which something goes wrong.
type leaking struct {
	*pretend
	mode leakMode
}

func newLeaking(t *testing.T, mode leakMode, wrap func(http.Handler) http.Handler) *leaking {
	t.Helper()
	a := sandbox.Account{AppID: pretendAppID, Secret: leakSecret, AccessToken: leakToken}
	a.ThirdParty = &sandbox.ThirdParty{
		ComponentAppID: "wxfedcba9876543210", ComponentAppSecret: leakComponentSecret, ComponentVerifyTicket: leakTicket,
		ComponentAccessToken: leakComponentToken, RefreshToken: leakRefresh, Rotate: true,
	}
	a.CloudRun = &sandbox.CloudRun{Token: leakCloudToken}
	for _, id := range []material.ID{"kept_1", "orphan_1", "orphan_2"} {
		a.Materials = append(a.Materials, sandbox.Material{Type: material.Image, ID: id, Age: 400 * 24 * time.Hour})
	}
	p := &pretend{sandbox: sandbox.New(a), dir: t.TempDir()}
	server := httptest.NewServer(wrap(p.sandbox))
	t.Cleanup(server.Close)
	p.url, p.state, p.manifest = server.URL, filepath.Join(p.dir, "ledger"), filepath.Join(p.dir, "wxkeep.yaml")
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, value := range mode.secrets {
		p.env = append(p.env, name+"="+value)
		write("secret_"+name, value+"\n")
	}
	write("wxkeep.yaml", "apiVersion: wxkeep/v1\naccount: {name: brand-main, appid: "+pretendAppID+", auth: {"+
		strings.ReplaceAll(mode.auth, "DIR", p.dir)+"}}\ntypes: [image]\nkeep: [kept_1]\nguards: {max_delete_percent: 100}\n"+mode.references())
	return &leaking{p, mode}
}

// commands are a plan and an apply that say all they can, each in its way.
func (l *leaking) commands() [][]string {
	file := func(name string) string { return filepath.Join(l.dir, name) }
	return [][]string{
		{"plan", "--log-level", "debug", "--allow-command", "--all", "--record", "--out", file("plan.json"), "--report", "json=" + file("report.json")},
		{"plan", "--log-level", "debug", "--allow-command", "--log-format", "json", "-o", "json"},
		{"apply", "--log-level", "debug", "--allow-command", "--auto-approve", "--log-format", "json", "-o", "json", "--report", "json=" + file("result.json")},
		{"apply", "--log-level", "debug", "--allow-command", "--auto-approve"},
		{"history", "-o", "json"},
	}
}

// check searches what a command said, and all files but those that have to have
// a secret.
func (l *leaking) check(t *testing.T, s said) {
	t.Helper()
	all := l.sandbox.Secrets()
	for _, secret := range l.mode.secrets {
		all = append(all, secret)
	}
	texts := map[string]string{"standard output": s.stdout, "standard error": s.stderr}
	err := filepath.WalkDir(l.dir, func(path string, d fs.DirEntry, err error) error {
		texts["the name "+path] = filepath.Base(path)
		if err != nil || !d.Type().IsRegular() || strings.HasPrefix(d.Name(), "secret_") {
			return err
		}
		b, err := os.ReadFile(path)
		texts[path] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for where, text := range texts {
		if part := leaked(text, all); part != "" {
			t.Errorf("%s has %q of a secret:\n%s", where, part, text)
		}
	}
}

// leaked returns a part of a secret that the text has, in any writing.
func leaked(text string, secrets []string) string {
	const part = 8
	for _, secret := range secrets {
		for _, form := range writings(secret) {
			for i := 0; i+part <= len(form); i++ {
				if strings.Contains(text, form[i:i+part]) {
					return form[i : i+part]
				}
			}
		}
	}
	return ""
}

// writings are the ways in which a secret may be written.
func writings(secret string) []string {
	b := []byte(secret)
	quoted, _ := json.Marshal(secret) // a string can always be written
	query, path := url.QueryEscape(secret), url.PathEscape(secret)
	return []string{
		secret, query, path, escapes.ReplaceAllStringFunc(query, strings.ToLower), escapes.ReplaceAllStringFunc(path, strings.ToLower),
		string(quoted[1 : len(quoted)-1]), strings.ReplaceAll(secret, "/", `\/`),
		base64.StdEncoding.EncodeToString(b), base64.URLEncoding.EncodeToString(b),
	}
}

var escapes = regexp.MustCompile(`%[0-9A-F]{2}`)

// The parts of the API that go wrong.
var leakStages = map[string]func(path string) bool{
	"every call": func(string) bool { return true },
	"all but login": func(path string) bool {
		return path != sandbox.StableToken && !strings.HasPrefix(path, "/cgi-bin/component/")
	},
	"deletions":  func(path string) bool { return path == sandbox.DelMaterial },
	"contents":   func(path string) bool { return path == sandbox.GetMaterial },
	"references": func(path string) bool { return path == sandbox.MenuGet || path == sandbox.DraftGet },
}

// What goes wrong there. told is everything that the call says, its secrets in all
// writings.
var leakAnswers = map[string]func(w http.ResponseWriter, told string){
	"a bad gateway with a page": answerWith(http.StatusBadGateway, "<html>%s</html>"),
	"not found with a page":     answerWith(http.StatusNotFound, "%s"),
	"a redirect":                answerWith(http.StatusFound, ""),
	"a page with status 200":    answerWith(http.StatusOK, "<html>%s"),
	"text that breaks off":      answerWith(http.StatusOK, `{"errmsg":%s`),
	"a busy server":             answerWith(http.StatusOK, `{"errcode":-1,"errmsg":%s}`),
	"a refused token":           answerWith(http.StatusOK, `{"errcode":40001,"errmsg":%s}`),
	"a refused secret":          answerWith(http.StatusOK, `{"errcode":40125,"errmsg":%s}`),
	"an address not listed":     answerWith(http.StatusOK, `{"errcode":40164,"errmsg":%s}`),
	"no permission":             answerWith(http.StatusOK, `{"errcode":48001,"errmsg":%s}`),
	"a used material":           answerWith(http.StatusOK, `{"errcode":48005,"errmsg":%s}`),
	"an unknown code":           answerWith(http.StatusOK, `{"errcode":99999,"errmsg":%s}`),
	"a cut connection":          func(http.ResponseWriter, string) { panic(http.ErrAbortHandler) },
	"a cut body": func(w http.ResponseWriter, told string) {
		_, _ = io.WriteString(w, `{"errcode":1,"errmsg":`+told)
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	},
}

func answerWith(status int, form string) func(http.ResponseWriter, string) {
	return func(w http.ResponseWriter, told string) {
		w.Header().Set("Location", "http://"+strings.Map(hostable, told)+".example/?next="+url.QueryEscape(told))
		w.WriteHeader(status)
		if form != "" {
			_, _ = io.WriteString(w, strings.Replace(form, "%s", told, 1))
		}
	}
}

// hostable keeps what may stand in a host's name.
func hostable(r rune) rune {
	if r < 'a' || r > 'z' {
		return -1
	}
	return r
}

// echoing answers the calls of a stage with what they said.
func echoing(stage func(string) bool, answer func(http.ResponseWriter, string)) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !stage(r.URL.Path) {
				next.ServeHTTP(w, r)
				return
			}
			body, _ := io.ReadAll(r.Body)
			told := []string{r.RequestURI, string(body)}
			for _, secret := range carried(r, body) {
				told = append(told, writings(secret)...)
			}
			text, _ := json.Marshal(strings.Join(told, " ")) // a string can always be written
			answer(w, string(text))
		})
	}
}

// carried are the secrets of a call: all values of its query, and of its body.
func carried(r *http.Request, body []byte) []string {
	var all []string
	for _, values := range r.URL.Query() {
		all = append(all, values...)
	}
	var fields map[string]any
	_ = json.Unmarshal(body, &fields) // not all are JSON
	for name, value := range fields {
		if text, ok := value.(string); ok && regexp.MustCompile(`secret|token|ticket`).MatchString(name) {
			all = append(all, text)
		}
	}
	return all
}

func TestNoSecretIsWrittenAnywhere(t *testing.T) {
	t.Parallel()
	for _, mode := range leakModes {
		for at, stage := range leakStages {
			for what, answer := range leakAnswers {
				if mode.again && at != "every call" {
					continue
				}
				t.Run(mode.name+", "+what+" for "+at, func(t *testing.T) {
					t.Parallel()
					l := newLeaking(t, mode, echoing(stage, answer))
					commands := l.commands()
					if at != "every call" {
						commands = [][]string{commands[0], commands[2], commands[4]}
					}
					for _, args := range commands {
						s := l.quick(args...)
						if args[0] != "history" {
							has(t, s.stderr, "DEBUG", "/cgi-bin/")
						}
						l.check(t, s)
					}
				})
			}
		}
	}
}

// Nobody is reached, or nobody answers.
func TestNoSecretIsWrittenWhereThereIsNoAnswer(t *testing.T) {
	t.Parallel()
	quiet := log.New(io.Discard, "", 0)
	untrusted := httptest.NewUnstartedServer(http.NotFoundHandler())
	untrusted.Config.ErrorLog = quiet
	untrusted.StartTLS()
	t.Cleanup(untrusted.Close)
	tests := map[string]struct {
		reach func(l *leaking) (endpoint string)
		says  string
	}{
		"the name is not found": { // a label that is too long is not asked for
			func(*leaking) string { return "https://" + strings.Repeat("a", 64) + ".example.invalid" }, "no such host",
		},
		"nobody listens":                 {func(*leaking) string { return "https://" + nobody(t) }, "connection refused"},
		"the certificate is not trusted": {func(*leaking) string { return untrusted.URL }, "--ca-file"},
		"plain HTTP to a TLS port":       {func(*leaking) string { return "http" + strings.TrimPrefix(untrusted.URL, "https") }, "HTTP status 400"},
		"TLS to a plain port":            {func(l *leaking) string { return "https" + strings.TrimPrefix(l.url, "http") }, "HTTP response to HTTPS client"},
		"interrupted while it waits":     {func(l *leaking) string { return l.url }, "interrupted"},
	}
	for _, mode := range leakModes {
		for what, tt := range tests {
			t.Run(mode.name+", "+what, func(t *testing.T) {
				t.Parallel()
				for i := range 4 {
					signals := make(chan os.Signal, 1)
					l := newLeaking(t, mode, silent(signals))
					l.url, l.signals = tt.reach(l), signals
					s := l.quick(l.commands()[i]...)
					if s.status == 0 {
						t.Errorf("exit status 0\n%s", s)
					}
					has(t, s.stderr, "/cgi-bin/", "DEBUG", tt.says)
					l.check(t, s)
				}
			})
		}
	}
}

// silent never answers a call, but interrupts the run.
func silent(signals chan<- os.Signal) func(http.Handler) http.Handler {
	return func(http.Handler) http.Handler {
		return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body) // else the end of the connection is not seen
			select {
			case signals <- os.Interrupt:
			default: // interrupted already
			}
			<-r.Context().Done()
		})
	}
}

// The environment's proxy is looked up once in a process, so it takes the binary.
func TestNoSecretOfAProxyIsWritten(t *testing.T) {
	t.Parallel()
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, r.Header.Get("Proxy-Authorization"), http.StatusProxyAuthRequired)
	}))
	t.Cleanup(refusing.Close)
	proxies := map[string]string{
		"nobody listens there":  "http://somebody:" + url.QueryEscape(leakSecret) + "@" + nobody(t),
		"it wants a password":   strings.Replace(refusing.URL, "http://", "http://somebody:"+url.QueryEscape(leakSecret)+"@", 1),
		"its address is broken": "http://somebody:" + url.QueryEscape(leakSecret) + "@[::1",
	}
	for what, proxy := range proxies {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			l := newLeaking(t, leakModes[0], func(next http.Handler) http.Handler { return next })
			l.url = "https://api.example.invalid"
			l.env = append(l.env, "HTTPS_PROXY="+proxy)
			for _, args := range [][]string{l.commands()[0], l.commands()[2]} {
				s := run(t, l.command(args...))
				if s.status == 0 {
					t.Errorf("exit status 0\n%s", s)
				}
				l.check(t, s)
				if part := leaked(s.stdout+s.stderr, []string{base64.StdEncoding.EncodeToString([]byte("somebody:" + leakSecret))}); part != "" {
					t.Errorf("%q of the proxy's password is in:\n%s", part, s)
				}
			}
		})
	}
}

// The search itself finds what it has to.
func TestASecretIsFoundInEveryWriting(t *testing.T) {
	t.Parallel()
	for _, text := range append(writings(leakSecret), "x"+leakSecret[5:13]+"y") {
		if leaked("before "+text+" after", []string{leakToken, leakSecret}) == "" {
			t.Errorf("%s is not found", text)
		}
	}
	if part := leaked("nothing of a secret, but "+leakSecret[5:12], []string{leakToken, leakSecret}); part != "" {
		t.Errorf("%q was found", part)
	}
}

// nobody is an address where nobody listens, and where no test that runs at the
// same time can begin to: the near end of a connection holds it.
func nobody(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = c.Close(), l.Close() })
	return c.LocalAddr().String()
}
