package sandbox

import (
	"time"

	"wxkeep/state/material"
)

// An Account is one pretend Official Account.
type Account struct {
	AppID       string `yaml:"appid"`
	Secret      string `yaml:"app_secret"`   // AppSecret; made from the appid when empty
	AccessToken string `yaml:"access_token"` // a token that never expires; none when empty
	// IPWhitelist are the addresses that may fetch a token; nil allows all.
	IPWhitelist []string  `yaml:"ip_whitelist"`
	CloudRun    *CloudRun `yaml:"cloud_run"` // none when nil
	Generate    Generate  `yaml:"generate"`
	// Permissions are the permission sets (权限集) granted; nil grants all.
	// Material needs 11 or 100. Source: wechat-api.md section 4.
	Permissions []int            `yaml:"permissions"`
	Quotas      map[string]Quota `yaml:"quotas"` // by endpoint path
	// TestAccount makes it a 测试号, which may count and list 10 times a day where
	// Quotas does not say otherwise. Source: wechat-api.md section 6.
	TestAccount bool    `yaml:"test_account"`
	Faults      []Fault `yaml:"faults"`
	Order       Order   `yaml:"order"` // in which materials are listed
	// Materials come newest first, and before what Generate makes.
	Materials []Material `yaml:"-"`

	Menu        *Menu        `yaml:"menu"`         // made by API; none when nil
	WebsiteMenu *Menu        `yaml:"website_menu"` // made on the website: shown instead of Menu
	AutoReplies *AutoReplies `yaml:"auto_replies"` // none when nil
	ThirdParty  *ThirdParty  `yaml:"third_party"`  // none when nil
	Drafts      []Draft      `yaml:"drafts"`       // newest first, and before what Generate makes
	Published   []Draft      `yaml:"published"`    // newest first
	BoxOrder    Order        `yaml:"box_order"`    // in which drafts and publications are listed
}

// A Material is one permanent material (永久素材) of a pretend account. Only
// Type is required.
type Material struct {
	Type material.Type `yaml:"type"`
	ID   material.ID   `yaml:"media_id"` // made by [MediaID] when empty
	Long bool          `yaml:"long"`     // make an id of 64 characters, not 43
	Name string        `yaml:"name"`     // made from type and place when empty; of news: the first article's title

	Age     time.Duration `yaml:"-"`       // how long before the clock at loading it was last changed
	Updated time.Time     `yaml:"updated"` // last changed; wins over Age

	URL   *string `yaml:"url"`   // images; made from the id when nil, may be empty
	Color string  `yaml:"color"` // images: #rrggbb; equal colour and size give equal bytes
	Size  string  `yaml:"size"`  // images: WIDTHxHEIGHT in pixels, 16x16 when empty
	Thumb bool    `yaml:"thumb"` // an image uploaded with type=thumb: a JPEG in the image list

	Description string    `yaml:"description"` // videos
	Articles    []Article `yaml:"articles"`    // news; one titled Name when empty

	InUse     bool `yaml:"in_use"`    // deleting it is refused with 48005
	Protected bool `yaml:"protected"` // deleting it is refused with 48010

	Content []byte `yaml:"-"` // what get_material gives for an image or a voice; made when nil
}

// An Article is one article of a news material, a draft or a publication.
type Article struct {
	Title        string      `yaml:"title"`
	Author       string      `yaml:"author"`
	Digest       string      `yaml:"digest"`
	Content      string      `yaml:"content"` // HTML
	SourceURL    string      `yaml:"content_source_url"`
	Thumb        string      `yaml:"thumb"`          // the cover: the name of an image of this account
	ThumbMediaID material.ID `yaml:"thumb_media_id"` // or its id, which may be foreign; wins over Thumb
	ThumbURL     *string     `yaml:"thumb_url"`      // the cover's URL when nil
	ShowCover    bool        `yaml:"show_cover_pic"`
	URL          string      `yaml:"url"` // made when empty

	Embeds  []string `yaml:"embeds"`     // names of images whose URLs the HTML has at its end
	Images  []string `yaml:"images"`     // drafts: names of the images of an image message (图片消息)
	Deleted bool     `yaml:"is_deleted"` // publications

	embedIDs, imageIDs []material.ID // of Embeds and Images
}

// Generate asks for materials made up by number. They are older than all that
// are named.
type Generate struct {
	Image        int    `yaml:"image"`
	Voice        int    `yaml:"voice"`
	Video        int    `yaml:"video"`
	News         int    `yaml:"news"`          // of 1 to 3 articles, with generated images as covers
	Drafts       int    `yaml:"drafts"`        // likewise, and with one of those images in the HTML of each
	Seed         uint64 `yaml:"seed"`          // another seed gives other ids
	ArticleBytes int    `yaml:"article_bytes"` // about how long the HTML of an article is; 600 when 0
}

// A Quota limits the calls to one endpoint.
type Quota struct {
	Daily         int `yaml:"daily"`          // calls from midnight to midnight UTC+8, then 45009; 1,000,000 when 0
	Used          int `yaml:"used"`           // of Daily already used on the first day
	Minute        int `yaml:"minute"`         // calls in RefreshSecond seconds, then 45011; no limit when 0
	RefreshSecond int `yaml:"refresh_second"` // 60 when 0
}

// account is an Account at work. What is not behind the shelf's own lock is
// guarded by Sandbox.mu.
type account struct {
	appid       string
	secret      string
	permissions []int
	quotas      map[string]Quota
	meters      map[string]*meter
	faults      []*fault
	stable      *token   // of stable_token
	plain       *token   // of token
	cloud       *token   // cloudbase_access_token; nil without cloud_run
	paths       []string // whitelist of the cloud call; nil: all; never changes
	whitelist   []string // IP addresses; nil: all; never changes
	issued      int      // tokens made
	component   *component
	rotates     bool
	refreshes   []string // refresh tokens, of which the last is good
	shelf       *shelf
	box         *box
	menu        *Menu        // never changes
	website     *Menu        // never changes
	replies     *AutoReplies // never changes
	showing     material.Set // what menus and replies use; never changes
	temporaries map[material.ID]temporary
}
