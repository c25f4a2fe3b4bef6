package manifests

import (
	"bytes"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"gopkg.in/yaml.v3"
	"pgregory.net/rapid"
)

// compiled is the schema as an editor has it.
func compiled(t testing.TB, text []byte) *jsonschema.Schema {
	t.Helper()
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("wxkeep.schema.json", parsed); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("wxkeep.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// values are the documents of a text as an editor sees them.
func values(t testing.TB, text string) []any {
	t.Helper()
	var all []any
	w := &walker{source: &source{text: []byte(text)}, problems: &Problems{}}
	if !parse(w, func(n *yaml.Node) { all = append(all, jsonOf(n)) }) {
		t.Fatalf("not YAML: %v\n%s", w.problems, text)
	}
	return all
}

func jsonOf(n *yaml.Node) any {
	switch n.Kind {
	case yaml.AliasNode:
		return jsonOf(n.Alias)
	case yaml.SequenceNode:
		items := []any{}
		for _, item := range n.Content {
			items = append(items, jsonOf(item))
		}
		return items
	case yaml.MappingNode:
		m := map[string]any{}
		for i := 0; i < len(n.Content); i += 2 {
			m[n.Content[i].Value] = jsonOf(n.Content[i+1])
		}
		return m
	}
	if n.Tag == "!!str" || n.Tag == "!!timestamp" { // a day is a text in YAML 1.2
		return n.Value
	}
	var v any
	if err := n.Decode(&v); err != nil {
		panic(err) // what a tag says that no test writes
	}
	return v
}

// oddNumber is a number that is not written as JSON would: a schema sees only
// what it is.
const oddNumber = `(\+.*|-?0[xob0-9_].*|-0.*|[0-9].*_.*|[0-9.]+[eE].*|\..*|[0-9]+\.0*)`

// beyond is what JSON Schema cannot say, by kind: the message of the decoder,
// and a text that has it and nothing else wrong: settings to add, or an account.
var beyond = map[string]struct{ message, text string }{
	"a key that is there twice":               {`^key ".*" is there twice; first in line`, "freeze: true\nfreeze: true\n"},
	"an anchor":                               {`^anchors \(&\) are refused`, "retire: &r [abd]\n"},
	"an alias":                                {`^aliases \(\*\) are refused|^anchors`, "retire: &r [abd]\ncanaries: *r\n"},
	"a tag":                                   {`^tags \(!\) are refused`, "state: !!str ledger\n"},
	"a value that goes on in the next line":   {`this value goes on in the next line`, "keep_rules:\n- name: a\n    b\n"},
	"an id twice in a list":                   {`^media_id ".*" is listed twice`, "retire: [abd, abd]\n"},
	"an id that is kept and retired":          {`^retire: media_id ".*" is kept at`, "retire: [abc]\n"},
	"a rule for a type that is not governed":  {`^types: ".*" is not a type that this manifest governs`, "keep_rules: [{types: [news]}]\n"},
	"a place twice":                           {`^references: ".*" is there twice`, "references: [menu, menu]\n"},
	"a host twice, with a slash and without":  {`^endpoints: ".*" is there twice`, "account: {name: a, appid: wx0123456789abcdef, endpoints: [\"https://api.weixin.qq.com\", \"https://api.weixin.qq.com/\"]}\n"},
	"a duration that is too long":             {`a duration cannot be longer`, "grace: 99999w\n"},
	"a duration shorter than a nanosecond":    {`: want more than 0$`, "keep_rules: [{older_than: 0.1ns}]\n"},
	"a pattern of files that has no end":      {`is no pattern; a bracket or a backslash`, "references: [{files: [\"a[b\"]}]\n"},
	"an address of a bucket that is none":     {`^state: want a directory or s3`, "state: s3://b%zz/x\n"},
	"a whole number that is written oddly":    {`: want a whole number from 0 to 999999999, not "` + oddNumber + `"$`, "guards: {max_deletes: 0x1F}\n"},
	"a number that is written oddly":          {`: want a number from 0 to 100, without a sign, not "` + oddNumber + `"$`, "guards: {max_delete_percent: 1e1}\n"},
	"a truth that is written oddly":           {`: want true or false, not "(True|TRUE|False|FALSE)"$`, "freeze: True\n"},
	"an id without quotes that is a number":   {`^(keep|retire|canaries|media_id): media_id "` + oddNumber + `" has '[+.]'`, "retire: [+5]\n"},
	"a name without quotes that is a number":  {`^account.name: want 1 to 63 characters .* not "(` + oddNumber + `|True|TRUE|False|FALSE)"$`, "account: {name: 1_0, appid: wx0123456789abcdef}\n"},
	"a from_appid of another account":         {`^from_appid: it names the account that is called for`, "account: {name: a, appid: wx0123456789abcdef, auth: {cloud_run: {from_appid: wx0123456789abcdee}}}\nreferences: []\n"},
	"hosts where nothing adds a token":        {`^endpoints: delete them; without cloudbase_access_token`, "account: {name: a, appid: wx0123456789abcdef, auth: {cloud_run: {}}, endpoints: [https://api.weixin.qq.com]}\nreferences: []\n"},
	"no duration but a number without quotes": {`: want a duration such as 7d, 36h or 1w2d, not "` + oddNumber + `"$`, "grace: 0x0\n"},
}

const agreedAccount = "account: {name: a, appid: wx0123456789abcdef}\n"

const agreedHead = "apiVersion: wxkeep/v1\n" + agreedAccount + "types: [image]\nkeep: [abc]\n"

// verdict is what the decoder says of a text: whether it is right, or would be
// but for what is beyond a schema.
func verdict(text string) (Problems, bool) {
	l := newLoader(Options{})
	f := &file{path: "m.yaml", real: "/m.yaml", given: true}
	l.files = append(l.files, f)
	l.decode(f, []byte(text))
	parts := slices.ContainsFunc(l.accounts(), func(d *document) bool { return len(d.account.Parts) > 0 })
	if len(l.parts()) == 0 && !parts { // what concerns several files is not for a schema of one
		l.link()
	}
	return l.problems, !slices.ContainsFunc(l.problems, func(p Problem) bool {
		return !slices.ContainsFunc(slices.Collect(maps.Keys(beyond)), func(kind string) bool {
			if kind == "a duration shorter than a nanosecond" && !strings.Contains(text, "0.1ns") {
				return false
			}
			return regexp.MustCompile(beyond[kind].message).MatchString(p.Message)
		})
	})
}

// agree holds that the schema refuses what the decoder refuses, but for what is
// beyond it.
func agree(t interface {
	Helper()
	Fatalf(string, ...any)
}, s *jsonschema.Schema, text string, documents []any) {
	t.Helper()
	problems, want := verdict(text)
	for _, document := range documents {
		err := s.Validate(document)
		if err == nil && !want || err != nil && len(problems) == 0 {
			t.Fatalf("the decoder says %q, the schema %v, of\n%s", problems.Error(), err, text)
		}
	}
}

func TestTheSchemaSaysWhatItCan(t *testing.T) {
	t.Parallel()
	s := compiled(t, Schema())
	for kind, b := range beyond {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			text := agreedHead + b.text
			if strings.HasPrefix(b.text, "account: ") {
				text = strings.Replace(agreedHead, agreedAccount, b.text, 1)
			}
			problems, _ := verdict(text)
			if len(problems) == 0 {
				t.Fatal("the decoder finds nothing wrong")
			}
			for _, p := range problems {
				if !regexp.MustCompile(b.message).MatchString(p.Message) {
					t.Errorf("another mistake: %s", p)
				}
			}
			for _, document := range values(t, text) {
				if err := s.Validate(document); err != nil {
					t.Errorf("it is not beyond the schema: %v", err)
				}
			}
		})
	}
}

func TestTheSchemaAndTheDecoderAgreeOnTheFullManifest(t *testing.T) {
	t.Parallel()
	s := compiled(t, Schema())
	for _, file := range fileName.Split(full, -1)[1:] {
		for _, document := range values(t, file) {
			if err := s.Validate(document); err != nil {
				t.Errorf("%v\n%s", err, file)
			}
		}
	}
}

// TestTheSchemaAndTheDecoderAgree holds it for random manifests, and for what
// becomes of them when one to three things in them are changed.
func TestTheSchemaAndTheDecoderAgree(t *testing.T) {
	t.Parallel()
	s := compiled(t, Schema())
	right, wrong := 0, 0
	rapid.Check(t, func(r *rapid.T) {
		document := anyDocument(r)
		for range 20 { // changes are cheap, drawing a document is not
			changed := clone(document)
			for range rapid.IntRange(0, 3).Draw(r, "changes") {
				changed = change(r, changed)
			}
			text, err := yaml.Marshal(changed)
			if err != nil {
				r.Fatal(err)
			}
			m, ok := changed.(map[string]any)
			if !ok || len(m) == 0 {
				continue // not a mapping at all
			}
			if _, ok := verdict(string(text)); ok {
				right++
			} else {
				wrong++
			}
			agree(r, s, string(text), []any{m})
		}
	})
	if right < 100 || wrong < 100 {
		t.Errorf("%d manifests without a mistake and %d with one: too few of a kind", right, wrong)
	}
}

// nearly are settings on both sides of each limit of the format.
func nearly() []string {
	const wx = "component_appid: wx0123456789abcdef"
	texts := []string{
		"", "keep: []", "keep_rules: []", "parts: [p.yaml]", "retire: []", "types: []", "freeze: true", "keep: [abc]\nfreeze: 1", "keep: [abc]\narchive: on",
		"keep: [" + strings.Repeat("x", 128) + "]", "keep: [" + strings.Repeat("x", 129) + "]", "keep: [12345, -7, true, 1.5]", "keep: [12345, -7, true]", "keep: [\"\"]", "keep: [null]",
		"keep: [{media_id: a, name: \"\", reason: 7, owner: true}]", "keep: [{name: x}]", "keep: [{media_id: a, until: 2027-02-28}]", "keep: [{media_id: a, until: 2027-02-29}]",
		"keep_rules: [{reason: x}]", "keep_rules: [{name: \"\"}]", "keep_rules: [{name: \"a**\"}]", "keep_rules: [{name: \"a*b*\"}]", "keep_rules: [{name: 7}]", "keep_rules: [{types: []}]",
		"keep_rules: [{newer_than: 0s}]", "keep_rules: [{newer_than: 1s}]", "keep_rules: [{older_than: 0}]", "keep: []\ngrace: 0", "keep: []\ngrace: 1", "keep: []\ngrace: \"\"",
		"keep: []\nstate: \"\"", "keep: []\nstate: a/b", "keep: []\nstate: s3://b", "keep: []\nstate: s3:///x", "keep: []\nstate: s3://k:s@b", "keep: []\nstate: gs://b", "keep: []\nstate: 7",
		"keep: []\nparts: [\"\"]", "keep: []\nparts: [/abs]", "keep: []\nreferences: []", "keep: []\nreferences: [menu, other]", "keep: []\nreferences: [{}]", "keep: []\nreferences: [{files: []}]",
		"keep: []\nreferences: [{files: [a]}, {files: [a]}]", "keep: []\ncanaries: [{media_id: a}]", "keep: []\nresolved_uses: [{place: x, media_id: a}]",
		"keep: []\nresolved_uses: [{place: \"\", media_id: a, sha256: \"" + hex64 + "\"}]", "keep: []\napprovals: [{changes: \"sha256:" + hex64 + "\"}]",
		"keep: []\napprovals: [{changes: \"sha256:" + hex64 + "\", until: 2027-01-01}]", "keep: []\napprovals: [{changes: \"" + hex64 + "\", until: 2027-01-01}]",
	}
	for _, channel := range []string{
		"", "{}", "hush", "{wecom: {env: A}}", "{wecom: hush}", "{wecom: {env: A}, slack: {env: B}}", "{wecom: {env: A}, sign: {env: B}}", "{sign: {env: B}}",
		"{feishu: {env: A}, sign: {env: B}}", "{feishu: {env: A}, dingtalk: {env: B}, sign: {env: C}}", "{slack: {env: A}, on: []}", "{slack: {env: A}, on: [due, due]}",
		"{slack: {env: A}, on: [due, done, failed, blocked]}", "{webhook: {env: A}, on: due}", "{webhook: {env: A}, on: [deu]}", "{other: {env: A}}",
	} {
		texts = append(texts, "keep: []\nnotify: ["+channel+"]")
	}
	for _, guard := range []string{
		"max_delete_percent: 100", "max_delete_percent: 100.5", "max_delete_percent: -0.5", "max_deletes: 999999999", "max_deletes: 1000000000", "max_deletes: 1.5", "max_deletes: \"1\"",
		"min_age: 7", "min_age: 0", "min_age: 7d", "allow_empty: 1", "allow_irreversible: [image]", "allow_irreversible: [news, news]", "max_deletes_per_day: 0", "other: 1",
	} {
		texts = append(texts, "keep: []\nguards: {"+guard+"}")
	}
	for _, account := range []string{
		"endpoints: []", "endpoints: [https://api.weixin.qq.com/]", "endpoints: [http://api.weixin.qq.com]", "other: 1", "auth: {}", "auth: {app_secret: hush}", "auth: {app_secret: {}}",
		"auth: {app_secret: {env: X, file: y}}", "auth: {app_secret: {env: 7}}", "auth: {app_secret: {env: true}}", "auth: {app_secret: {env: a0123456789abcdef0123456789abcdef}}",
		"auth: {app_secret: {env: a123456789abcdef0123456789abcdef}}", "auth: {app_secret: {file: \"\"}}", "auth: {app_secret: {command: []}}", "auth: {app_secret: {command: [\"\"]}}",
		"auth: {app_secret: {command: [a, \"\", 7]}}", "auth: {app_secret: {env: X}, access_token: {env: Y}}", "auth: {cloud_run: {}}",
	} {
		texts = append(texts, "keep: []\n"+account)
	}
	for i := range 16 {
		party := wx
		for bit, key := range []string{"component_access_token", "component_appsecret", "component_verify_ticket", "refresh_token"} {
			if i>>bit&1 == 1 {
				party += ", " + key + ": {env: X}"
			}
		}
		texts = append(texts, "keep: []\nauth: {third_party: {"+party+"}}")
	}
	return append(texts, "keep: []\nauth: {third_party: {component_access_token: {env: X}}}", "keep: []\nauth: {third_party: {"+wx+", component_access_token: {env: X}, token_query: x}}")
}

// TestTheSchemaAndTheDecoderAgreeAtTheLimits puts each setting into an account
// document and into a part.
func TestTheSchemaAndTheDecoderAgreeAtTheLimits(t *testing.T) {
	t.Parallel()
	s := compiled(t, Schema())
	for _, text := range nearly() {
		account, more := "", text
		for _, key := range []string{"endpoints: ", "auth: ", "other: "} {
			if i := strings.Index(text, "\n"+key); i >= 0 {
				account, more = ", "+text[i+1:], text[:i]
			}
		}
		for _, name := range []string{"a", strings.Repeat("a", 63), strings.Repeat("a", 64), "-a", "7", "-7", "true"} {
			top := "apiVersion: wxkeep/v1\naccount: {name: " + name
			whole := top + ", appid: wx0123456789abcdef" + account + "}\ntypes: [image]\n" + more + "\n"
			part := top + account + "}\n" + more + "\n"
			agree(t, s, whole, values(t, whole))
			agree(t, s, part, values(t, part))
		}
	}
}

// A choice of values for each form that the format has.
var (
	anyDay      = rapid.SampledFrom([]string{"2027-03-31", "2024-02-29", "2026-12-01"})
	anyDuration = rapid.SampledFrom([]string{"7d", "36h", "1w2d", "1d12h30m", "1.5h", "90d", "2w"})
	anyFileList = rapid.SliceOfN(rapid.SampledFrom([]string{"site/**/*.html", "a.md", "[a-z]*.txt"}), 1, 3)
	hex64       = strings.Repeat("0123456789abcdef", 4)
	anySecret   = rapid.Custom(func(t *rapid.T) any {
		return rapid.SampledFrom([]any{
			map[string]any{"env": "WX_APP_SECRET"}, map[string]any{"file": "secrets/app"}, map[string]any{"command": []any{"vault", "read", ""}},
		}).Draw(t, "secret")
	})
)

// anyDocument is a manifest without a mistake.
func anyDocument(t *rapid.T) map[string]any {
	ids := rapid.SliceOfNDistinct(anyID, 0, 6, rapid.ID[string]).Draw(t, "ids")
	kept := rapid.IntRange(0, len(ids)).Draw(t, "kept")
	d := map[string]any{"apiVersion": "wxkeep/v1", "keep": anyKeep(t, ids[:kept])}
	some := func(key string, value func() any) {
		if rapid.Bool().Draw(t, key) {
			d[key] = value()
		}
	}
	some("keep_rules", func() any { return rapid.SliceOfN(rapid.Custom(anyRuleValue), 0, 3).Draw(t, "rules") })
	some("retire", func() any { return ids[kept:] })
	if rapid.IntRange(0, 4).Draw(t, "part") == 0 {
		d["account"] = map[string]any{"name": "a"}
		return d
	}
	account := map[string]any{"name": rapid.SampledFrom([]string{"a", "brand-main", "0x-"}).Draw(t, "name"), "appid": "wx0123456789abcdef"}
	d["account"], d["types"] = account, []any{"image", "voice", "video", "news"}[:rapid.IntRange(2, 4).Draw(t, "types")]
	if rapid.Bool().Draw(t, "auth") {
		account["auth"] = anyAuth(t)
	}
	if rapid.Bool().Draw(t, "endpoints") {
		account["endpoints"] = []any{"https://api2.weixin.qq.com", "https://api.weixin.qq.com/"}
	}
	some("parts", func() any { return []any{"teams/a.yaml", "../up.yaml"} })
	some("state", func() any {
		return rapid.SampledFrom([]string{"ledger", "s3://bucket/wxkeep", "s3://b?region=x"}).Draw(t, "state")
	})
	d["references"] = append([]any{map[string]any{"files": anyFileList.Draw(t, "files")}}, anys(places()[:rapid.IntRange(0, 5).Draw(t, "places")])...)
	some("resolved_uses", func() any {
		return []any{map[string]any{"place": "menu/联系我们", "media_id": "abc", "sha256": hex64}}
	})
	some("canaries", func() any { return ids })
	some("guards", func() any { return anyGuards(t) })
	some("approvals", func() any {
		return []any{map[string]any{"changes": "sha256:" + hex64, "until": anyDay.Draw(t, "day"), "reason": anyText.Draw(t, "reason")}}
	})
	some("grace", func() any { return anyDuration.Draw(t, "grace") })
	some("archive", func() any { return rapid.SampledFrom([]string{"required", "off"}).Draw(t, "archive") })
	some("freeze", func() any { return rapid.Bool().Draw(t, "freeze") })
	some("notify", func() any { return rapid.SliceOfN(rapid.Custom(anyChannel), 0, 3).Draw(t, "channels") })
	return d
}

func anyKeep(t *rapid.T, ids []string) []any {
	entries := []any{}
	for _, id := range ids {
		if rapid.Bool().Draw(t, "short") {
			entries = append(entries, id)
			continue
		}
		e := map[string]any{"media_id": id}
		for _, key := range rapid.SliceOfDistinct(rapid.SampledFrom(entryKeys[1:4]), rapid.ID[string]).Draw(t, "remarks") {
			e[key] = rapid.OneOf(rapid.Map(anyText, toAny[string]), rapid.SampledFrom([]any{7, 2.5, true})).Draw(t, key)
		}
		if rapid.Bool().Draw(t, "until") {
			e["until"] = anyDay.Draw(t, "day")
		}
		entries = append(entries, e)
	}
	return entries
}

func toAny[T any](v T) any { return v }

func anyRuleValue(t *rapid.T) any {
	all := map[string]any{
		"name": "brand-*", "types": []any{"voice", "image"}, "newer_than": anyDuration.Draw(t, "newer"),
		"older_than": anyDuration.Draw(t, "older"), "before": anyDay.Draw(t, "before"),
	}
	rule := map[string]any{}
	for _, key := range rapid.SliceOfNDistinct(rapid.SampledFrom(ruleKeys[:conditions]), 1, 3, rapid.ID[string]).Draw(t, "conditions") {
		rule[key] = all[key]
	}
	if rapid.Bool().Draw(t, "why") {
		rule["reason"], rule["owner"] = anyText.Draw(t, "reason"), "ops"
	}
	return rule
}

func anyAuth(t *rapid.T) any {
	secret := func(key string) any { return anySecret.Draw(t, key) }
	party := map[string]any{"component_appid": "wx0123456789abcdee", "component_access_token": secret("token")}
	if rapid.Bool().Draw(t, "made") {
		party = map[string]any{
			"component_appid": "wx0123456789abcdee", "component_appsecret": secret("secret"), "component_verify_ticket": secret("ticket"),
			"refresh_token": secret("refresh"), "token_query": "access_token",
		}
	}
	return rapid.SampledFrom([]any{
		map[string]any{"app_secret": secret("app")}, map[string]any{"access_token": secret("access")}, map[string]any{"third_party": party},
		map[string]any{"cloud_run": map[string]any{"cloudbase_access_token": secret("base"), "from_appid": "wx0123456789abcdef"}},
		map[string]any{"cloud_run": map[string]any{}},
	}).Draw(t, "auth")
}

func anyChannel(t *rapid.T) any {
	service := rapid.SampledFrom(services).Draw(t, "service")
	channel := map[string]any{service: anySecret.Draw(t, "url")}
	if slices.Contains(signed, service) && rapid.Bool().Draw(t, "signed") {
		channel["sign"] = anySecret.Draw(t, "sign")
	}
	if rapid.Bool().Draw(t, "on") {
		channel["on"] = anys(rapid.SliceOfNDistinct(rapid.SampledFrom(Events()), 1, 4, rapid.ID[string]).Draw(t, "events"))
	}
	return channel
}

func anyGuards(t *rapid.T) any {
	all := map[string]any{
		"max_delete_percent": 2.5, "max_deletes": 0, "min_keep_live_percent": 100, "min_age": anyDuration.Draw(t, "age"), "quota_reserve_percent": 0,
		"allow_empty": true, "allow_irreversible": []any{"video", "news", "video"}, "max_deletes_per_day": 999_999_999,
	}
	for key := range all {
		if rapid.Bool().Draw(t, "without") {
			delete(all, key)
		}
	}
	return all
}

// clone copies a document as it is read.
func clone(v any) any {
	text, err := yaml.Marshal(v)
	if err != nil {
		panic(err)
	}
	var n yaml.Node
	if err := yaml.Unmarshal(text, &n); err != nil {
		panic(err)
	}
	return jsonOf(n.Content[0])
}

// oddities are values that somebody may write anywhere.
var oddities = []any{
	nil, "", " ", true, false, 0, 7, -1, 1.5, 100, 1_000_000_000, "abc", "a b", "null", "true", "7", "7d", "-7d", "0s", "1h30", "2027-02-30", "2027-3-1",
	"wx0123456789ABCDEF", "a/**", "a[b]", "image", "menu", "s3://", "s3://k:s@b/x", "gs://b", "/abs", "素材", strings.Repeat("x", 129), hex64, "sha256:" + hex64,
	"0123456789abcdef0123456789abcdef", "https://api.weixin.qq.com", "https://example.com",
}

// change changes one thing somewhere in a document.
func change(t *rapid.T, v any) any {
	deeper := rapid.IntRange(0, 3).Draw(t, "deeper") > 0
	switch v := v.(type) {
	case map[string]any:
		return changeMapping(t, v, deeper)
	case []any:
		return changeList(t, v, deeper)
	}
	return odd(t)
}

func odd(t *rapid.T) any {
	switch v := rapid.SampledFrom(oddities).Draw(t, "odd"); rapid.IntRange(0, 5).Draw(t, "as") {
	case 0:
		return []any{v}
	case 1:
		return map[string]any{rapid.SampledFrom([]string{"media_id", "files", "env", "x"}).Draw(t, "key"): v}
	case 2:
		return rapid.SampledFrom([]any{[]any{}, map[string]any{}}).Draw(t, "empty")
	default:
		return v
	}
}

func changeMapping(t *rapid.T, m map[string]any, deeper bool) any {
	keys := slices.Sorted(maps.Keys(m))
	if len(keys) == 0 {
		return odd(t)
	}
	key := rapid.SampledFrom(keys).Draw(t, "key")
	kind := rapid.IntRange(0, 5).Draw(t, "kind")
	switch {
	case deeper:
		m[key] = change(t, m[key])
	case kind == 0:
		delete(m, key)
	case kind == 1:
		m[rapid.SampledFrom([]string{"colour", "keep", "name", "component_access_token", "types", "retire", "appid", "reason", "cloud_run"}).Draw(t, "more")] = odd(t)
	case kind == 2:
		return odd(t)
	default:
		m[key] = odd(t)
	}
	return m
}

func changeList(t *rapid.T, items []any, deeper bool) any {
	if len(items) == 0 {
		return append(items, odd(t))
	}
	at := rapid.IntRange(0, len(items)-1).Draw(t, "item")
	kind := rapid.IntRange(0, 4).Draw(t, "kind")
	switch {
	case deeper:
		items[at] = change(t, items[at])
	case kind == 0:
		return append(items, clone(items[at]))
	case kind == 1:
		return append(items, odd(t))
	case kind == 2:
		return slices.Delete(items, at, at+1)
	default:
		items[at] = odd(t)
	}
	return items
}

func TestTheFormOfADurationIsWhatIsRead(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(durationForm)
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`([0-9]{0,3}w)?([0-9]{0,2}d)?[+-]?[0-9.]{0,4}(ns|us|µs|μs|ms|s|m|h|x|w|d)?[0-9]?(h|m|\.)?`).Draw(t, "text")
		_, err := ParseDuration(s)
		if got := s != "" && form.MatchString(s); got != (err == nil) {
			t.Fatalf("%q: the form fits: %v, but read: %v", s, got, err)
		}
	})
}

// TestEveryKeyIsExplained walks through the schema.
func TestEveryKeyIsExplained(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	var walk func(path string, s *schema)
	walk = func(path string, s *schema) {
		if s == nil {
			return
		}
		if s.AdditionalProperties != nil {
			for _, f := range s.Properties {
				if f.schema.Description == "" {
					t.Errorf("%s%s has no description", path, f.name)
				}
				used[f.schema.Description] = true
			}
		}
		for _, f := range append(slices.Clone(s.Properties), s.Defs...) {
			walk(path+f.name+".", f.schema)
		}
		for _, sub := range append(slices.Clone(s.AnyOf), s.Items, s.Then, s.Else) {
			walk(path, sub)
		}
	}
	walk("", composeSchema())
	for path, text := range descriptions {
		if !used[text] {
			t.Errorf("nothing has the description of %s", path)
		}
	}
}

const publishedSchema = "../examples/wxkeep.schema.json"

// TestTheSchemaOfTheExamplesIsThisOne holds the file for editors that work
// offline. UPDATE=1 writes it.
func TestTheSchemaOfTheExamplesIsThisOne(t *testing.T) {
	t.Parallel()
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(publishedSchema, Schema(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(publishedSchema)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(Schema()), string(got)); diff != "" {
		t.Errorf("wxkeep schema > examples/wxkeep.schema.json (-want +got):\n%s", diff)
	}
}
