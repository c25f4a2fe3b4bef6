package manifests

import (
	"cmp"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"wxkeep/state/material"
)

// A Position is a place in a manifest. Columns count characters, not bytes.
type Position struct {
	File   string // as given on the command line, or joined to the directory given
	Line   int    // from 1; 0 when the whole file is meant
	Column int    // from 1
}

// String returns file:line:column, or the file alone.
func (p Position) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// compare orders positions by file, line and column.
func (p Position) compare(q Position) int {
	return cmp.Or(strings.Compare(p.File, q.File), cmp.Compare(p.Line, q.Line), cmp.Compare(p.Column, q.Column))
}

// An Account is everything the manifests say about one Official Account: its
// account document, and the parts which that names, joined.
type Account struct {
	Name      string // account.name
	AppID     string // account.appid
	Auth      Auth
	Endpoints []string
	State     string // where the ledger lives, as written; empty for the default. Ledger has it as the system opens it
	Types     []material.Type
	Keep      []Entry // in document order, parts after the account document
	Packed    Packed  // in place of Keep, if Options.Pack says so
	Rules     []Rule
	Retire    []Retired
	Parts     []string // as written

	References   References
	ResolvedUses []ResolvedUse
	Canaries     []material.ID
	Guards       Guards
	Approvals    []Approval
	Grace        time.Duration
	Archive      bool // archive: required
	Freeze       bool
	Notify       []Channel

	Files    []string            // every file that speaks of this account
	Position Position            // of the account document
	Written  map[string]Position // where each setting stands, by its path, such as guards.max_deletes; what is not in it has its default
}

// Dir returns the directory of the account document, from which all relative
// paths in it are meant.
func (a *Account) Dir() string { return filepath.Dir(a.Position.File) }

// Ledger returns where the ledger lives: an s3:// URL, or a directory as the
// system opens it, joined to [Account.Dir] when it is relative. It is empty
// when the manifest does not say.
func (a *Account) Ledger() string {
	if a.State == "" || strings.Contains(a.State, "://") || filepath.IsAbs(a.State) {
		return a.State
	}
	return filepath.Join(a.Dir(), filepath.FromSlash(a.State))
}

// An Entry is one media_id that may remain.
type Entry struct {
	ID       material.ID
	Name     string
	Reason   string
	Owner    string
	Until    time.Time // the first instant at which the entry keeps nothing; zero for ever
	Position Position
}

// Expired reports whether the entry no longer keeps anything at now.
func (e Entry) Expired(now time.Time) bool { return !e.Until.IsZero() && !now.Before(e.Until) }

// A Rule keeps every material for which all its conditions hold.
type Rule struct {
	Name      string          // pattern: * is any run of characters, ? is one
	Types     []material.Type // empty: every governed type
	NewerThan time.Duration   // 0: no condition
	OlderThan time.Duration   // 0: no condition
	Before    time.Time       // last changed before this instant; zero: no condition
	Reason    string
	Owner     string
	Position  Position
}

// A Retired id is no longer kept by any rule.
type Retired struct {
	ID       material.ID
	Position Position
}

// References says which places are searched for uses of a material.
type References struct {
	Places []string // menu, auto_reply, drafts, published, news
	Files  []string // patterns of local files; relative ones are meant from Account.Dir
	Given  bool     // false: the manifest does not say, and Places has the default
}

// A ResolvedUse names the material that a menu or automatic reply shows.
type ResolvedUse struct {
	Place    string
	MediaID  material.ID
	SHA256   string
	Position Position
}

// Guards holds the limits that stop a run. DefaultGuards has their defaults.
type Guards struct {
	MaxDeletePercent    float64
	MaxDeletes          int
	MinKeepLivePercent  float64
	MinAge              time.Duration
	QuotaReservePercent float64
	AllowEmpty          bool
	AllowIrreversible   []material.Type
	MaxDeletesPerDay    int // 0 with DayLimited false: no limit
	DayLimited          bool
}

// An Approval lets one exact set of deletions exceed max_deletes and
// max_delete_percent.
type Approval struct {
	Changes  string    // a changes_digest: sha256: and 64 hex digits
	Until    time.Time // the first instant at which it no longer holds
	Reason   string
	Position Position
}

// Auth says how the account's API is called. Exactly one field is set; none is
// when the manifest has no auth.
type Auth struct {
	AppSecret   *Secret
	AccessToken *Secret
	ThirdParty  *ThirdParty
	CloudRun    *CloudRun
}

// A Secret says where a secret is found, never what it is. Exactly one field
// is set.
type Secret struct {
	Env      string   // a variable's name
	File     string   // a path as the system opens it: Load joins a relative one to the directory of the manifest that has it
	Written  string   // File as the manifest has it, which is what a digest speaks of
	Command  []string // argv, no shell
	Position Position
}

// ThirdParty is a platform that acts for the account.
type ThirdParty struct {
	ComponentAppID        string
	ComponentAccessToken  *Secret
	ComponentAppSecret    *Secret
	ComponentVerifyTicket *Secret
	RefreshToken          *Secret
	TokenQuery            string // component_access_token or access_token
}

// CloudRun is the cloud call (云调用) of 微信云托管, from inside a container.
//
// Source: wechat-api.md section 5.
type CloudRun struct {
	CloudbaseAccessToken *Secret // nil: the open-interface service (开放接口服务) adds the token
	FromAppID            string  // the account's own appid where another account's environment is shared with it (资源复用); else empty
}
