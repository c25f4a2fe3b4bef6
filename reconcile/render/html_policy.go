package render

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// policy is the Content-Security-Policy of a page: nothing but its own style and
// script, by their hashes, and pictures from WeChat's image hosts, or those
// within the page. The script can make no markup out of text (Trusted Types).
func policy(embedded bool) string {
	pictures := "https://*.qpic.cn https://*.qlogo.cn"
	if embedded {
		pictures = "data:"
	}
	return strings.Join([]string{
		"default-src 'none'",
		"img-src " + pictures,
		"style-src " + hashSource(string(pageStyle)),
		"script-src " + hashSource(string(pageScript)),
		"base-uri 'none'",
		"form-action 'none'",
		"require-trusted-types-for 'script'",
		"trusted-types 'none'",
	}, "; ")
}

// hashSource names a style or script by its content.
func hashSource(content string) string {
	sum := sha256.Sum256([]byte(content))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
