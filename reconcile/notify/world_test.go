package notify

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"wxkeep/reconcile/plan"
	"wxkeep/state/material"
)

// made is when the plans of these tests were made.
var made = time.Date(2026, 11, 23, 12, 25, 31, 0, time.UTC)

// key is what no error may hold, nor a part of it: it stands in every URL.
const key = "k3y-Zq9vXw7Lr2Tn"

// A reply is what a receiver answers.
type reply struct {
	status int
	body   string
	header http.Header
}

// taken is what each service answers to a message that it takes.
var taken = map[Service]reply{
	WeCom:    {200, `{"errcode":0,"errmsg":"ok"}`, nil},
	DingTalk: {200, `{"errcode":0,"errmsg":"ok"}`, nil},
	Feishu:   {200, `{"code":0,"msg":"success","data":{}}`, nil},
	Slack:    {200, "ok", nil},
	Webhook:  {204, "", nil},
}

// A receiver is a real HTTP server that keeps what it gets. It gives its replies
// one after another, the last one for ever.
type receiver struct {
	*httptest.Server
	mu       sync.Mutex
	replies  []reply
	requests []string
	bodies   [][]byte
}

func receive(t testing.TB, replies ...reply) *receiver {
	t.Helper()
	r := &receiver{replies: replies}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

// ServeHTTP keeps the request.
func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	head := fmt.Sprintf("%s %s\n", req.Method, req.URL.RequestURI())
	for _, name := range []string{"Content-Type", "User-Agent"} {
		head += fmt.Sprintf("%s: %s\n", name, req.Header.Get(name))
	}
	r.requests, r.bodies = append(r.requests, head), append(r.bodies, body)
	now := r.replies[0]
	if len(r.replies) > 1 {
		r.replies = r.replies[1:]
	}
	for name, values := range now.header {
		w.Header()[name] = values
	}
	w.WriteHeader(now.status)
	_, _ = io.WriteString(w, now.body)
}

func (r *receiver) got() ([]string, [][]byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.requests, r.bodies
}

// sender is one for tests: patient, and quick to try again.
func sender() Sender {
	return Sender{Now: func() time.Time { return made.Add(500 * time.Millisecond) }, Time: time.Minute, Wait: time.Nanosecond}
}

// channel is one that wants everything told about the accounts of p.
func channel(s Service, url string, p *plan.Plan) Channel {
	c := Channel{Service: s, URL: url, Name: string(s) + " (environment variable HOOK)", On: map[string][]Event{}}
	for _, a := range p.Accounts {
		c.On[a.Name] = []Event{Due, Blocked, Failed, Done}
	}
	return c
}

func item(t material.Type, id, name string) material.Item {
	return material.Item{ID: material.ID(id), Type: t, Name: name}
}

// planned is a plan with something due, something blocked and something failed.
func planned() *plan.Plan {
	p := &plan.Plan{
		FormatVersion: plan.FormatVersion, WxkeepVersion: "devel", CreatedAt: made, ExpiresAt: made, ChangesDigest: "sha256:c0ffee",
		Accounts: []plan.Account{
			{
				Name: "brand-main", AppID: "wx0123456789abcdef", Applicable: true, ChangesDigest: "sha256:fade",
				Listing: plan.Listing{Listed: map[material.Type]int{material.Image: 120, material.Voice: 3}},
				Summary: plan.Summary{Live: 123, Keep: 112, InUse: 2, Hold: 1, Delete: 8, Missing: 1},
				Calls:   plan.Calls{"/cgi-bin/material/batchget_material": {Used: 7, Needed: 7, Left: new(900)}, "/cgi-bin/menu/get": {Used: 1, Needed: 1}},
			},
			{Name: "quiet", AppID: "wx1123456789abcdef", Applicable: true, Summary: plan.Summary{Live: 9, Keep: 9}},
			{
				Name: "second", AppID: "wx2123456789abcdef", Status: plan.GuardBlocked,
				Listing: plan.Listing{Listed: map[material.Type]int{material.Image: 5}},
				Guards: []plan.Guard{
					{Name: plan.MaxDeletes, Status: plan.Passed, Value: 2, Limit: 500, Message: "2 deletions, at most 500"},
					{Name: plan.MaxDeletePercent, Status: plan.Blocked, Value: 40, Limit: 25, Message: "2 of 5 live materials, at most 25 %: raise max_delete_percent"},
				},
				Summary: plan.Summary{Live: 5, Keep: 3, Delete: 2},
			},
			{Name: "third", AppID: "wx3123456789abcdef", Status: plan.Denied, Error: "/cgi-bin/stable_token: errcode 40125: invalid appsecret"},
		},
	}
	for i := range 7 {
		p.Changes = append(p.Changes, plan.Change{Account: "brand-main", Item: item(material.Image, fmt.Sprintf("Image%d", i), fmt.Sprintf("campaign_%d.png", i)), Action: plan.Delete, Reason: plan.Orphan})
	}
	p.Changes = append(p.Changes,
		plan.Change{Account: "brand-main", Item: item(material.Voice, "Voice0", "旧活动.mp3"), Action: plan.Delete, Reason: plan.Orphan},
		plan.Change{Account: "brand-main", Item: item(material.Image, "New0", "new.png"), Action: plan.Hold, Reason: plan.TooNew},
		plan.Change{Account: "brand-main", Item: item(material.Image, "Used0", "used.png"), Action: plan.Keep, Reason: plan.Referenced},
		plan.Change{Account: "brand-main", Item: item(material.Voice, "Used1", ""), Action: plan.Keep, Reason: plan.Referenced},
		plan.Change{Account: "second", Item: item(material.Image, "Nameless-1", ""), Action: plan.Delete, Reason: plan.Orphan},
		plan.Change{Account: "second", Item: item(material.Image, "Second2", "x.png"), Action: plan.Delete, Reason: plan.Orphan},
	)
	return p
}

// applied is planned after an apply: of the first account's deletions one failed
// and one was left for later.
func applied() *plan.Plan {
	p := planned()
	p.Accounts = p.Accounts[:2]
	p.Accounts[0].Status = plan.Incomplete
	p.Accounts[0].Result = &plan.Result{
		StartedAt: made, FinishedAt: made, Messages: []string{"Image5: failed: no answer"},
		Outcomes: map[plan.Outcome]int{plan.Deleted: 5, plan.Failed: 1, plan.Deferred: 1, plan.Refused: 1},
	}
	n := 0
	for i := range p.Changes {
		if p.Changes[i].Action == plan.Delete && p.Changes[i].Account == "brand-main" {
			p.Changes[i].Outcome = []plan.Outcome{plan.Deleted, plan.Deleted, plan.Deleted, plan.Deleted, plan.Deleted, plan.Failed, plan.Deferred, plan.Refused}[n]
			n++
		}
	}
	return p
}

// acting would do something in one of the services if it were let.
const acting = "\x1b[31m\u202egnp\u2028::error::x\r\n# head\n> quote <!channel> <@U123> <at user_id=\"all\">all</at> @all @everyone " +
	"[click](https://evil.example/x) ![i](http://evil.example/i) <https://evil.example|x> **bold** _it_ `code` ~strike~ " +
	"<font color=\"warning\">w</font> <script>alert(1)</script> &lt;b&gt; | a | b | www.evil.example"

// hostile is planned, with names and errors that would like to do something.
func hostile() *plan.Plan {
	p := planned()
	for i := range p.Changes {
		from := i * len(acting) / len(p.Changes) // names are shown from their beginning
		p.Changes[i].Item.Name = acting[from:]
	}
	p.Accounts[2].Guards[1].Message = acting
	p.Accounts[3].Error = acting
	return p
}
