package wechat

import (
	"bytes"
	"net/http"
	"path"
	"slices"
	"strings"
	"unicode"

	"wxkeep/state/material"
)

// maxName is the most characters of a file name that are sent.
const maxName = 100

// uploadName makes a file name out of a material's name, which may be a path of
// whatever system, lack an extension or hold anything. WeChat tells the kind of
// a file by its extension and refuses a name with two dots in a row (47001), so
// the name ends as the content is.
//
// Source: wechat-api.md sections 2.2 and 2.5.
func uploadName(t material.Type, name string, content []byte) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || r == unicode.ReplacementChar || strings.ContainsRune(`"'<>|:*?;%`, r) {
			return -1
		}
		return r
	}, name)
	for strings.Contains(name, "..") {
		name = strings.ReplaceAll(name, "..", ".")
	}
	stem, ext := name, path.Ext(name)
	if slices.Contains(mediaExtensions, strings.ToLower(ext)) {
		stem = strings.TrimSuffix(name, ext)
	}
	if kind := extensions(t, content); !slices.Contains(kind, strings.ToLower(ext)) {
		ext = kind[0]
	}
	stem = strings.Trim(stem, ". ")
	if stem == "" {
		stem = "restored"
	}
	if r := []rune(stem); len(r) > maxName {
		stem = strings.TrimRight(string(r[:maxName]), ". ")
	}
	return stem + ext
}

// mediaExtensions are the endings of a name that are not a part of it.
var mediaExtensions = []string{".jpg", ".jpeg", ".png", ".gif", ".bmp", ".mp3", ".amr", ".wav", ".wma"}

// A format is a kind of file that add_material takes.
type format struct {
	begins     []string
	extensions []string
}

var voiceFormats = []format{
	{[]string{"#!AMR"}, []string{".amr"}},
	{[]string{"ID3", "\xff\xfb", "\xff\xf3", "\xff\xf2", "\xff\xfa", "\xff\xe3"}, []string{".mp3"}},
	{[]string{"RIFF"}, []string{".wav"}},
	{[]string{"\x30\x26\xb2\x75\x8e\x66\xcf\x11"}, []string{".wma"}},
}

// extensions returns the extensions that a content of this type may have, the
// usual one first. One that is not recognised may have any that WeChat takes.
func extensions(t material.Type, content []byte) []string {
	if t == material.Voice {
		for _, f := range voiceFormats {
			if slices.ContainsFunc(f.begins, func(b string) bool { return bytes.HasPrefix(content, []byte(b)) }) {
				return f.extensions
			}
		}
		return mediaExtensions[5:]
	}
	switch http.DetectContentType(content) {
	case "image/png":
		return []string{".png"}
	case "image/jpeg":
		return []string{".jpg", ".jpeg"}
	case "image/gif":
		return []string{".gif"}
	case "image/bmp":
		return []string{".bmp"}
	}
	return mediaExtensions[:5]
}
