package manifests

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
)

// Schema returns the JSON Schema (2020-12) of one document of a manifest, an
// account document or a part, for editors. Its keys, words, patterns, defaults
// and limits are those with which [Load] reads, and so are its refusals, but
// for what JSON Schema cannot say: that a key or an id is there twice, what
// settings say of each other, and what YAML no longer tells when it is read.
func Schema() []byte {
	s := composeSchema()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(s); err != nil {
		panic(fmt.Sprintf("manifests: the schema is not JSON: %v", err)) // only strings, numbers and booleans
	}
	return b.Bytes()
}

func composeSchema() *schema {
	hasAppID := requires("account").with("account", requires("appid"))
	return &schema{
		Draft: "https://json-schema.org/draft/2020-12/schema",
		Title: "wxkeep manifest", Description: "What may remain of the permanent material (永久素材) of a WeChat Official Account.",
		Type: "object", If: hasAppID, Then: ref("account_document"), Else: ref("part"),
		Defs: fields{{"account_document", accountDocumentSchema()}, {"part", partSchema()}, {"secret", secretSchema()}, {"media_id", idSchema()}},
	}
}

// objectSchema is a mapping with these keys and no others. The path, with a dot at
// its end, is where [descriptions] has them.
func objectSchema(path string, keys []string, values map[string]*schema) *schema {
	no := false
	s := &schema{Type: "object", AdditionalProperties: &no}
	for _, key := range keys {
		value := *values[key]
		value.Description = descriptions[path+key]
		s.Properties = append(s.Properties, field{key, &value})
	}
	return s
}

func accountDocumentSchema() *schema {
	s := objectSchema("", documentKeys, map[string]*schema{
		"apiVersion": {Const: version}, "account": accountSchema(accountKeys).requiring("name", "appid"),
		"parts":      list(&schema{Type: scalar, Pattern: `^[^/]`}),
		"state":      stateSchema(),
		"types":      typeSchema(),
		"keep":       keepSchema(),
		"keep_rules": rulesSchema(),
		"retire":     list(ref("media_id")),
		"references": referencesSchema(),
		"resolved_uses": list(objectSchema("resolved_uses.", resolvedUseKeys, map[string]*schema{
			"place": filled(), "media_id": ref("media_id"), "sha256": formSchema(sha256Hex.String()),
		}).requiring(resolvedUseKeys...)),
		"canaries": list(ref("media_id")),
		"guards":   guardsSchema(),
		"approvals": list(objectSchema("approvals.", approvalKeys, map[string]*schema{
			"changes": formSchema(changesDigest.String()), "until": dateSchema(), "reason": {Type: scalar},
		}).requiring("changes", "until")),
		"grace":   durationSchema().by("0s"),
		"archive": {Enum: []any{"required", "off"}, Default: "required"},
		"freeze":  {Type: "boolean", Default: false},
		"notify":  notifySchema(),
	}).requiring("apiVersion", "account", "types")
	s.AnyOf = []*schema{requires("keep"), requires("keep_rules"), requires("parts")}
	s.If = requires("account").with("account", requires("auth").with("auth", requires("cloud_run")))
	s.Then = requires("references")
	return s
}

func partSchema() *schema {
	s := objectSchema("", partKeys, map[string]*schema{
		"apiVersion": {Const: version}, "account": accountSchema(accountKeys[:1]).requiring("name"),
		"keep": keepSchema(), "keep_rules": rulesSchema(), "retire": list(ref("media_id")),
	}).requiring("apiVersion", "account")
	s.AnyOf = []*schema{requires("keep"), requires("keep_rules"), requires("retire")}
	return s
}

func accountSchema(keys []string) *schema {
	var endpoints []any
	for _, host := range hosts {
		endpoints = append(endpoints, "https://"+host, "https://"+host+"/")
	}
	least := 0.0
	hostList := list(&schema{Enum: endpoints})
	hostList.MinItems, hostList.UniqueItems = 1, true
	return objectSchema("account.", keys, map[string]*schema{
		"name":      {Type: wholeScalar, Pattern: accountName.String(), Minimum: &least},
		"appid":     formSchema(appID.String()),
		"auth":      authSchema(),
		"endpoints": hostList,
	})
}

func authSchema() *schema {
	party := objectSchema("third_party.", thirdPartyKeys, map[string]*schema{
		"component_appid":        formSchema(appID.String()),
		"component_access_token": ref("secret"), "component_appsecret": ref("secret"),
		"component_verify_ticket": ref("secret"), "refresh_token": ref("secret"),
		"token_query": {Enum: []any{"component_access_token", "access_token"}, Default: "component_access_token"},
	}).requiring("component_appid")
	itself := requires("component_access_token")
	itself.Not = &schema{AnyOf: []*schema{requires("component_appsecret"), requires("component_verify_ticket")}}
	made := requires("component_appsecret", "component_verify_ticket")
	made.Not = requires("component_access_token")
	party.AnyOf = []*schema{itself, made}
	return objectSchema("auth.", authKeys, map[string]*schema{
		"app_secret": ref("secret"), "access_token": ref("secret"), "third_party": party,
		"cloud_run": objectSchema("cloud_run.", cloudRunKeys, map[string]*schema{
			"cloudbase_access_token": ref("secret"), "from_appid": formSchema(appID.String()),
		}),
	}).exactlyOne()
}

func secretSchema() *schema {
	command := list(&schema{Type: scalar})
	command.MinItems, command.PrefixItems = 1, []*schema{filled()}
	return objectSchema("secret.", secretKeys, map[string]*schema{
		"env":     {Type: []string{"string", "boolean"}, Pattern: variable.String(), Not: &schema{Pattern: appSecret.String(), Type: "string"}},
		"file":    filled(),
		"command": command,
	}).exactlyOne()
}

func notifySchema() *schema {
	events := list(&schema{Enum: anys(Events())})
	events.MinItems, events.UniqueItems, events.Default = 1, true, usualEvents()
	values := map[string]*schema{"on": events, "sign": ref("secret")}
	var ways []*schema
	for _, service := range services {
		values[service] = ref("secret")
		without := slices.DeleteFunc(slices.Clone(services), func(s string) bool { return s == service })
		if !slices.Contains(signed, service) {
			without = append(without, "sign")
		}
		way, no := requires(service), &schema{}
		for _, other := range without {
			no.AnyOf = append(no.AnyOf, requires(other))
		}
		way.Not = no
		ways = append(ways, way)
	}
	channel := objectSchema("notify.", channelKeys, values)
	channel.AnyOf = ways
	return list(channel)
}

func keepSchema() *schema {
	entry := objectSchema("keep.", entryKeys, map[string]*schema{
		"media_id": ref("media_id"), "name": {Type: scalar}, "reason": {Type: scalar}, "owner": {Type: scalar}, "until": dateSchema(),
	}).requiring("media_id")
	return list(&schema{If: &schema{Type: "object"}, Then: entry, Else: ref("media_id")})
}

func rulesSchema() *schema {
	rule := objectSchema("keep_rules.", ruleKeys, map[string]*schema{
		"name":       {Type: scalar, Pattern: `^[^\[\]{}\\]+$`, Not: &schema{Type: "string", Pattern: `\*\*`}},
		"types":      typeSchema(),
		"newer_than": spanSchema(), "older_than": spanSchema(),
		"before": dateSchema(),
		"reason": {Type: scalar}, "owner": {Type: scalar},
	})
	for _, condition := range ruleKeys[:conditions] {
		rule.AnyOf = append(rule.AnyOf, requires(condition))
	}
	return list(rule)
}

func referencesSchema() *schema {
	patterns := list(filled())
	patterns.MinItems = 1
	local := objectSchema("references.", fileKeys, map[string]*schema{"files": patterns}).requiring(fileKeys...)
	s := list(&schema{If: &schema{Type: "object"}, Then: local, Else: &schema{Enum: anys(places())}})
	s.Default = places()
	return s
}

func guardsSchema() *schema {
	d := DefaultGuards()
	least, most, percent := 0.0, 999_999_999.0, 100.0
	number := func(kind string, most float64, normal any) *schema {
		return &schema{Type: kind, Minimum: &least, Maximum: &most, Default: normal}
	}
	return objectSchema("guards.", guardKeys, map[string]*schema{
		"max_delete_percent":    number("number", percent, d.MaxDeletePercent),
		"max_deletes":           number("integer", most, d.MaxDeletes),
		"min_keep_live_percent": number("number", percent, d.MinKeepLivePercent),
		"min_age":               durationSchema().by(durationText(d.MinAge)),
		"quota_reserve_percent": number("number", percent, d.QuotaReservePercent),
		"allow_empty":           {Type: "boolean", Default: d.AllowEmpty},
		"allow_irreversible":    list(&schema{Enum: anys(irreversibleTypes())}).by([]string{}),
		"max_deletes_per_day":   number("integer", most, nil),
	})
}
