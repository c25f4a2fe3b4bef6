package notify

import (
	"encoding/json"
	"io"
	"log"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"wxkeep/reconcile/plan"
	"wxkeep/state/material"
)

// quietLog is that of servers that are meant to meet broken connections.
var quietLog = log.New(io.Discard, "", 0)

func accountsIn(t *testing.T, body []byte) []string {
	t.Helper()
	var d Document
	if err := json.Unmarshal(body, &d); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, a := range d.Accounts {
		names = append(names, a.Name)
	}
	return names
}

// TestSignatures holds what Python's hmac, hashlib and base64 make of the same
// key and time.
func TestSignatures(t *testing.T) {
	t.Parallel()
	at := time.UnixMilli(1795436731000)
	u, err := url.Parse("https://oapi.dingtalk.com/robot/send?access_token=a%2Bb")
	if err != nil {
		t.Fatal(err)
	}
	signed := signDingTalk(*u, "SECkey", at)
	want := url.Values{"access_token": {"a+b"}, "timestamp": {"1795436731000"}, "sign": {"iKSfUNS/pMv+DSPLGCmzmayyE19XdN7/bVLChcwQM9I="}}
	if diff := cmp.Diff(want, signed.Query()); diff != "" {
		t.Errorf("DingTalk's query (-want +got):\n%s", diff)
	}
	if strings.ContainsAny(strings.TrimPrefix(signed.RawQuery, "access_token="), "/+") {
		t.Errorf("the signature is not escaped: %s", signed.RawQuery)
	}
	timestamp, sign := signFeishu("SECkey", at)
	if timestamp != "1795436731" || sign != "TIF5xQZ4WlbWegE3voYkBL42fS+F4gTvmCMcRK+QjCA=" {
		t.Errorf("Feishu's: %s %s", timestamp, sign)
	}
}

func TestEvents(t *testing.T) {
	t.Parallel()
	guard := func(name, status string) []plan.Guard { return []plan.Guard{{Name: name, Status: status}} }
	tests := map[string]struct {
		account plan.Account
		count   count
		want    []Event
	}{
		"nothing to do":                           {plan.Account{}, count{}, nil},
		"deletions wait":                          {plan.Account{}, count{waiting: 3}, []Event{Due}},
		"deletions were done":                     {plan.Account{}, count{deleted: 3}, []Event{Done}},
		"the quota left some":                     {plan.Account{Status: plan.QuotaUsed}, count{deleted: 3, waiting: 1}, []Event{Due, Done}},
		"a guard blocks":                          {plan.Account{Status: plan.GuardBlocked, Guards: guard(plan.MaxDeletes, plan.Blocked)}, count{waiting: 3}, []Event{Blocked, Due}},
		"a wrong account":                         {plan.Account{Status: plan.Foreign, Guards: guard(plan.WrongAccount, plan.Blocked)}, count{}, []Event{Blocked}},
		"a guard that only trims":                 {plan.Account{Guards: guard(plan.MaxDeletesPerDay, plan.Limited)}, count{waiting: 3}, []Event{Due}},
		"freeze stops only apply":                 {plan.Account{Guards: guard(plan.Freeze, plan.Blocked)}, count{waiting: 3}, []Event{Due}},
		"freeze in an apply":                      {plan.Account{Status: plan.GuardBlocked, Guards: guard(plan.Freeze, plan.Blocked)}, count{waiting: 3}, []Event{Blocked, Due}},
		"an error":                                {plan.Account{Status: plan.Denied, Error: "x"}, count{}, []Event{Failed}},
		"an error, and what it left is not known": {plan.Account{Status: plan.Unseen, Error: "x"}, count{waiting: 3}, []Event{Failed}},
		"locked":                                  {plan.Account{Status: plan.Locked, Error: "x"}, count{}, []Event{Failed}},
		"some failed":                             {plan.Account{Status: plan.Incomplete}, count{deleted: 1, failed: 1}, []Event{Failed, Done}},
		"interrupted":                             {plan.Account{Status: plan.Interrupted}, count{deleted: 1, waiting: 1}, []Event{Failed, Due, Done}},
		"refused by WeChat is no failure":         {plan.Account{}, count{other: 1}, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, eventsOf(test.account, test.count)); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEveryOutcomeIsCounted(t *testing.T) {
	t.Parallel()
	var changes []plan.Change
	for _, o := range []plan.Outcome{"", plan.Deleted, plan.AlreadyAbsent, plan.Changed, plan.Refused, plan.ArchiveFailed, plan.Deferred, plan.Failed, plan.Undecided} {
		changes = append(changes, plan.Change{Item: item(material.Image, "x", ""), Action: plan.Delete, Outcome: o}, plan.Change{Action: plan.Hold})
	}
	if got, want := counted(changes), (count{waiting: 2, deleted: 1, failed: 3, other: 3}); got != want {
		t.Errorf("counted %+v, want %+v", got, want)
	}
}

func TestLinks(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ link, want, err string }{
		"a page":                    {"https://ci.example/runs/7?a=1&b=2#x", "https://ci.example/runs/7?a=1&b=2#x", ""},
		"an address":                {"http://[::1]:8080/x", "http://[::1]:8080/x", ""},
		"signs that would end it":   {"https://ci.example/a(b)|c>*d?e=[f]'`~", "https://ci.example/a%28b%29%7Cc%3E%2Ad?e=%5Bf%5D%27%60%7E", ""},
		"no URL":                    {"runs/7", "", "want a URL that begins with https:// or http://"},
		"a script":                  {"javascript:alert(1)//x", "", "want a URL that begins with https:// or http://"},
		"a host that is none":       {"https://ci)example/x", "", "its host has signs that no host has"},
		"a password":                {"https://me:secret@ci.example/", "", "leave out what stands before the @: everybody in the chat reads it"},
		"as long as it may be":      {"https://ci.example/" + strings.Repeat("x", 981), "https://ci.example/" + strings.Repeat("x", 981), ""},
		"longer than there is room": {"https://ci.example/" + strings.Repeat("x", 982), "", "longer than 1000 bytes"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := ParseLink(test.link)
			text := ""
			if err != nil {
				text = err.Error()
			}
			if diff := cmp.Diff([]string{test.want, test.err}, []string{got, text}); diff != "" {
				t.Errorf("link and error (-want +got):\n%s", diff)
			}
		})
	}
}

func TestInertTextCanStillBeRead(t *testing.T) {
	t.Parallel()
	for from, want := range map[string]string{
		"campaign_2025 (2).png":            "campaign_2025 (2).png",
		"max_delete_percent: 2 of 5, 40 %": "max_delete_percent: 2 of 5, 40 %",
		"_旧_活动_😀_":                         "＿旧_活动＿😀＿",
		"👩\u200d💻":                         "👩\u200d💻",
		"a\tb\r\nc":                        "a b  c",
		"\xff":                             "\ufffd",
		strings.Repeat("中", 301):           strings.Repeat("中", 299) + "…",
	} {
		if got := inert(from); got != want {
			t.Errorf("inert(%q) = %q, want %q", from, got, want)
		}
	}
}

// FuzzInert holds that no text brings a sign with which anything begins.
func FuzzInert(f *testing.F) {
	f.Add(acting)
	f.Add("_a_b__ _")
	f.Add("a\xff:\xfe//www.WWW.Www.")
	f.Fuzz(func(t *testing.T, s string) {
		got := inert(s)
		if strings.ContainsAny(got, "<>[]*`~#|\\&@\n\r") || strings.Contains(got, "://") || !utf8.ValidString(got) {
			t.Errorf("inert(%q) = %q acts", s, got)
		}
		if strings.ContainsFunc(got, acts) || utf8.RuneCountInString(got) > longest {
			t.Errorf("inert(%q) = %q has a sign that does not show, or is too long", s, got)
		}
		before := ' '
		for i, r := range got {
			after, _ := utf8.DecodeRuneInString(got[i+utf8.RuneLen(r):])
			if r == '_' && (!word(before) || !word(after)) {
				t.Errorf("inert(%q) = %q has an underscore at %d that begins or ends a word", s, got, i)
			}
			before = r
		}
	})
}

func word(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
