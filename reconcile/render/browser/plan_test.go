package browser

import (
	"encoding/base64"
	"fmt"
	"time"

	"wxkeep/reconcile/plan"
	"wxkeep/reconcile/render"
	"wxkeep/state/material"
)

var made = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

func item(t material.Type, n int, name string) material.Item {
	it := material.Item{
		ID: material.ID(fmt.Sprintf("MKCozssSWUCfHdJwjl7y_%s_%06d-FzUabcdefgh", t, n)), Type: t, Name: name,
		UpdateTime: made.Add(-time.Duration(100+n/3) * 24 * time.Hour).Unix(),
	}
	address := fmt.Sprintf("http://mmbiz.qpic.cn/mmbiz_png/0QmpxWU4jCNGPp-Y3IMqJM6tBXf8BV_kv3L8LSo1H7G19s7Db0crCa8gsvhayQXo6Pn%06d/0?wx_fmt=png", n)
	switch t {
	case material.Image:
		it.URL = address
	case material.News:
		it.Cover = address
	}
	return it
}

// brand is an account that says something of everything.
func brand(name string) plan.Account {
	left := 900
	return plan.Account{
		Name: name, AppID: "wx0123456789abcdef", Applicable: true,
		Manifest:   plan.Manifest{Digest: "sha256:aaaa", SettingsDigest: "sha256:bbbb", Paths: []string{"manifests/brand-main.yaml"}, GitCommit: "0123456789abcdef"},
		Listing:    plan.Listing{ObservedAt: made, Complete: true, Total: map[material.Type]int{material.Image: 126}, Listed: map[material.Type]int{material.Image: 126}},
		References: []plan.Reference{{Source: "menu", Status: plan.Scanned, Found: 2}, {Source: "drafts", Status: plan.Scanned}, {Source: "auto_reply", Status: plan.Off}},
		Guards: []plan.Guard{
			{Name: plan.WrongAccount, Status: plan.Passed, Message: "2 of 2 canaries are live"},
			{Name: plan.MaxDeletes, Status: plan.Passed, Value: 3, Limit: 500, Message: "3 deletions, at most 500"},
			{Name: plan.MaxDeletePercent, Status: plan.Passed, Value: 2.4, Limit: 25, Message: "3 of 126 live materials (2.4 %), at most 25 %"},
		},
		Calls:         plan.Calls{"/cgi-bin/material/batchget_material": {Used: 7, Needed: 9, Left: &left}},
		ChangesDigest: "sha256:cccc",
		Findings: []plan.Finding{
			{Kind: plan.Missing, MediaID: "qzMabcdefghijklmnopqrstuvwxyz0123456789FzU", Position: "manifests/brand-main.yaml:12:5", Message: "listed, but not in the account"},
			{Kind: plan.ExpiresSoon, MediaID: "Used1", Position: "manifests/brand-main.yaml:20:5", Message: "keeps it until 2026-11-30"},
		},
	}
}

func change(account string, it material.Item, a plan.Action, r plan.Reason, detail string) plan.Change {
	return plan.Change{Account: account, Item: it, Action: a, Reason: r, Detail: detail}
}

func document(account plan.Account, changes []plan.Change) *plan.Plan {
	account.Summary = plan.Sum(changes)
	return &plan.Plan{
		FormatVersion: plan.FormatVersion, WxkeepVersion: "v1.2.3", CreatedAt: made, ExpiresAt: made.Add(7 * 24 * time.Hour),
		ChangesDigest: "sha256:d6d26ca0f1ef6cbe35a2cbb1e1f4bb6f0bd1c4d2ec4a9d0ad7d4ee6b4cbb8c53", Accounts: []plan.Account{account}, Changes: changes,
	}
}

// twelve is a small plan: every type, action and most reasons, one picture that
// is not there, one image without an address.
func twelve() *plan.Plan {
	gone, blank := item(material.Image, 6, "gone.png"), item(material.Image, 7, "无链接.png")
	gone.URL = "http://mmbiz.qpic.cn/mmbiz_png/missing/0"
	blank.URL = ""
	long := "2026年夏季新品发布会_主视觉_横版_最终版_v3_final_final2_(1).png"
	changes := []plan.Change{
		change("brand-main", item(material.Image, 1, "cover 😀.png"), plan.Delete, plan.Orphan, "never kept"),
		change("brand-main", item(material.Image, 2, long), plan.Delete, plan.Orphan, "kept until run 20261101T080000Z-3f2a"),
		change("brand-main", item(material.Image, 3, "fresh.png"), plan.Hold, plan.TooNew, "changed yesterday; due on 2026-11-29"),
		change("brand-main", item(material.Image, 4, "used.png"), plan.Keep, plan.Referenced, `draft "夏日预告" (article 2), cover, last seen 2026-11-23`),
		change("brand-main", item(material.Image, 5, "logo.png"), plan.Keep, plan.Listed, "logo of every article (manifests/brand-main.yaml:12:5)"),
		change("brand-main", gone, plan.Delete, plan.Orphan, "never kept"),
		change("brand-main", blank, plan.Hold, plan.MaybeInUse, "menu/二维码 shows an image that the API does not identify"),
		change("brand-main", item(material.Image, 8, "brand-10.png"), plan.Keep, plan.Rule, "name brand-* (manifests/brand-main.yaml:30:5)"),
		change("brand-main", item(material.Image, 9, "brand-9.png"), plan.Keep, plan.Rule, "name brand-* (manifests/brand-main.yaml:30:5)"),
		change("brand-main", item(material.Voice, 1, "旧活动.mp3"), plan.Delete, plan.Orphan, "never kept"),
		change("brand-main", item(material.Video, 1, "新品介绍"), plan.Hold, plan.RefusedBefore, "WeChat refused on 2026-11-20 (48005)"),
		change("brand-main", item(material.News, 1, "关于我们"), plan.Keep, plan.Listed, "manifests/brand-main.yaml:14:5"),
	}
	return document(brand("brand-main"), changes)
}

// none is the plan of an account in which all is as it should be.
func none() *plan.Plan { return document(brand("brand-main"), nil) }

// thousands is a plan of n materials.
func thousands(n int) *plan.Plan {
	changes := make([]plan.Change, n)
	for i := range n {
		typ := material.Types()[min(3, i%20/16)]
		if i%50 == 49 {
			typ = material.News
		}
		c := change("brand-main", item(typ, i, fmt.Sprintf("活动海报_%06d.png", (i*7919)%n)), plan.Delete, plan.Orphan, "never kept")
		switch i % 10 {
		case 0:
			c.Action, c.Reason, c.Detail = plan.Hold, plan.TooNew, "changed yesterday"
		case 1:
			c.Action, c.Reason, c.Detail = plan.Keep, plan.Referenced, fmt.Sprintf("draft %q, in the text", fmt.Sprintf("门店活动第%d期", i))
		case 2, 3, 4:
			c.Action, c.Reason, c.Detail = plan.Keep, plan.Listed, fmt.Sprintf("manifests/brand-main.yaml:%d:5", i)
		}
		changes[i] = c
	}
	return document(brand("brand-main"), changes)
}

// blocked is a plan of two accounts that apply stops at.
func blocked() *plan.Plan {
	p := twelve()
	p.Accounts[0].Applicable, p.Accounts[0].Status = false, plan.GuardBlocked
	p.Accounts[0].Guards[2] = plan.Guard{Name: plan.MaxDeletePercent, Status: plan.Blocked, Value: 40, Limit: 25, Message: "4 of 10 live materials (40 %), at most 25 %; raise guards.max_delete_percent, or approve this changes digest"}
	p.Accounts = append(p.Accounts, plan.Account{
		Name: "second", AppID: "wxfedcba9876543210", Status: plan.Denied,
		Error: "credentials refused: no secret from environment variable X: it is empty or not set",
	})
	return p
}

// done is what an apply reports.
func done() *plan.Plan {
	p := twelve()
	p.Accounts[0].Status = plan.Incomplete
	p.Accounts[0].Result = &plan.Result{
		StartedAt: made, FinishedAt: made.Add(3 * time.Minute), Verified: true,
		Outcomes: map[plan.Outcome]int{plan.Deleted: 2, plan.Failed: 1, plan.Refused: 1}, Messages: []string{"1 image was uploaded meanwhile"},
	}
	p.Changes[0].Outcome, p.Changes[1].Outcome = plan.Deleted, plan.Deleted
	p.Changes[5].Outcome, p.Changes[5].Note = plan.Failed, "accepted, but still listed"
	p.Changes[9].Outcome, p.Changes[9].Note = plan.Refused, "48005: a menu or automatic reply uses it"
	return p
}

// embedded are pictures of a page: the first one's.
func embedded(p *plan.Plan) render.Pictures {
	picture := "data:image/png;base64," + base64.StdEncoding.EncodeToString(swatch("embedded"))
	return render.Pictures{material.URLKey(p.Changes[0].Item.URL): picture}
}
