package sandbox

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"wxkeep/state/material"
)

// The paths that the sandbox answers.
const (
	Token        = "/cgi-bin/token"
	StableToken  = "/cgi-bin/stable_token"
	Count        = "/cgi-bin/material/get_materialcount"
	BatchGet     = "/cgi-bin/material/batchget_material"
	GetMaterial  = "/cgi-bin/material/get_material"
	DelMaterial  = "/cgi-bin/material/del_material"
	AddMaterial  = "/cgi-bin/material/add_material"
	QuotaGet     = "/cgi-bin/openapi/quota/get"
	MenuGet      = "/cgi-bin/menu/get"
	SelfMenu     = "/cgi-bin/get_current_selfmenu_info"
	AutoReply    = "/cgi-bin/get_current_autoreply_info"
	MediaGet     = "/cgi-bin/media/get"
	DraftCount   = "/cgi-bin/draft/count"
	DraftGet     = "/cgi-bin/draft/batchget"
	PublishedGet = "/cgi-bin/freepublish/batchget"
	pictureCalls = "picture"
	unknownCalls = "unknown"
)

// An endpoint is one path of the API.
type endpoint struct {
	method   string
	login    bool  // takes an appid and secret, not a token
	platform bool  // called by a third-party platform for itself, with a token of its own
	sets     []int // permission sets of which one is needed; none: any will do
	note     func(*call)
	// serve does the work: it writes the answer to c.out and returns 0, or
	// returns an errcode.
	serve func(*call) int
}

// endpoints returns all of them. Sets: wechat-api.md sections 2, 4 and 8. That
// of media/get was chosen.
func endpoints() map[string]endpoint {
	manage := []int{11, 100}
	read := []int{3, 11, 18, 30, 31, 100}
	shown := []int{1, 3, 15}
	return map[string]endpoint{
		Token:       {method: http.MethodGet, login: true, serve: (*call).token},
		StableToken: {method: http.MethodPost, login: true, serve: (*call).stableToken},

		ComponentToken:  {method: http.MethodPost, login: true, platform: true, serve: (*call).componentToken},
		AuthorizerToken: {method: http.MethodPost, login: true, platform: true, serve: (*call).authorizerToken},
		AuthorizerList:  {method: http.MethodPost, login: true, platform: true, serve: (*call).listAuthorizers},

		Count:       {method: http.MethodGet, sets: manage, serve: (*call).countMaterial},
		BatchGet:    {method: http.MethodPost, sets: manage, serve: (*call).listMaterial},
		GetMaterial: {method: http.MethodPost, sets: read, serve: (*call).getMaterial},
		DelMaterial: {method: http.MethodPost, sets: manage, note: (*call).noteDelete, serve: (*call).delMaterial},
		AddMaterial: {method: http.MethodPost, sets: manage, serve: (*call).addMaterial},
		QuotaGet:    {method: http.MethodPost, serve: (*call).getQuota},

		MenuGet:      {method: http.MethodGet, sets: []int{15}, serve: (*call).getMenu},
		SelfMenu:     {method: http.MethodGet, sets: shown, serve: (*call).getSelfMenu},
		AutoReply:    {method: http.MethodGet, sets: shown, serve: (*call).getAutoReply},
		MediaGet:     {method: http.MethodGet, sets: append(shown, read...), serve: (*call).getMedia},
		DraftCount:   {method: http.MethodGet, sets: manage, serve: (*call).countDrafts},
		DraftGet:     {method: http.MethodPost, sets: manage, serve: (*call).listDrafts},
		PublishedGet: {method: http.MethodPost, sets: []int{7}, serve: (*call).listPublished},
	}
}

// maxBody is the most bytes read of a request: an image of 10 MB and its
// multipart wrapping fit.
const maxBody = 12 << 20

// A call is one request on its way through an endpoint.
type call struct {
	s       *Sandbox
	w       http.ResponseWriter
	r       *http.Request
	path    string
	query   url.Values
	body    []byte
	hint    hint
	now     time.Time
	account *account // whose call it is; nil when that cannot be told
	held    *token   // the token sent; nil for an unknown one
	bare    bool     // it came from the cloud, without a token
	errmsg  string   // in the place of the code's own; empty for that
	hit     Fault    // the effects of all faults that hit this call

	component *component // the platform whose own call it is, if it is one's

	noContent bool // articles go without their HTML
	showing   bool // messages are written as they are shown, not as they were made

	out         *bytes.Buffer
	contentType string
}

// A hint is what any body may say that faults are chosen by.
type hint struct {
	AppID   string        `json:"appid"`
	Type    material.Type `json:"type"`
	MediaID material.ID   `json:"media_id"`

	Component  string `json:"component_appid"`
	Authorizer string `json:"authorizer_appid"`
}

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func (s *Sandbox) serveEndpoint(w http.ResponseWriter, r *http.Request, e endpoint) {
	s.count(r.URL.Path)
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		panic(http.ErrAbortHandler) // the caller went away
	}
	c := &call{s: s, w: w, r: r, path: r.URL.Path, query: r.URL.Query(), body: body, now: s.Now()}
	c.out = buffers.Get().(*bytes.Buffer)
	c.out.Reset()
	defer buffers.Put(c.out)
	c.contentType = "text/plain"
	c.run(e)
}

// run answers the call, in the order that the package comment gives.
func (c *call) run(e endpoint) {
	_ = json.Unmarshal(c.body, &c.hint) // the endpoint itself complains about a bad body
	c.identify(e)
	if e.note != nil {
		e.note(c)
	}
	c.hit = c.s.strike(c)
	c.sleep(c.hit.Latency)
	if c.hit.Status != 0 {
		c.sendGateway(c.hit.Status)
		return
	}
	if c.hit.Cut == CutBefore {
		panic(http.ErrAbortHandler)
	}
	code := c.gate(e)
	if code == 0 {
		code = c.hit.Errcode
	}
	if code == 0 {
		code = e.serve(c)
	}
	switch c.hit.Lost {
	case LostBusy:
		code = -1
	case LostCut:
		panic(http.ErrAbortHandler)
	}
	c.send(code)
}

// identify finds out whose call it is.
func (c *call) identify(e endpoint) {
	if e.platform {
		c.identifyPlatform()
		return
	}
	if e.login {
		appid := c.hint.AppID
		if c.r.Method == http.MethodGet {
			appid = c.query.Get("appid")
		}
		c.account = c.s.accounts[appid]
		return
	}
	if !c.query.Has("access_token") {
		c.byCloud()
		return
	}
	if t := c.s.find(c.query.Get("access_token")); t != nil && !t.cloud {
		c.held, c.account = t, t.account
	}
}

// gate returns the errcode of the first thing that forbids the call, or 0.
func (c *call) gate(e endpoint) int {
	if c.r.Method != e.method {
		if e.method == http.MethodGet {
			return 43001
		}
		return 43002
	}
	if e.login {
		return c.loginQuota()
	}
	if code := c.admit(); code != 0 {
		return code
	}
	if !c.account.granted(e.sets) {
		return 48001
	}
	return c.s.spend(c.account, c.path, c.now)
}

// granted reports whether the account has one of the permission sets.
func (a *account) granted(sets []int) bool {
	if a.permissions == nil || len(sets) == 0 {
		return true
	}
	return slices.ContainsFunc(sets, func(set int) bool { return slices.Contains(a.permissions, set) })
}

// decode reads the JSON body into v, or returns the errcode for it.
func (c *call) decode(v any) int {
	if len(bytes.TrimSpace(c.body)) == 0 {
		return 44002
	}
	if json.Unmarshal(c.body, v) != nil {
		return 47001
	}
	return 0
}

// sleep waits for d, or gives up with the caller.
func (c *call) sleep(d time.Duration) {
	if d == 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-c.r.Context().Done():
		panic(http.ErrAbortHandler)
	}
}
