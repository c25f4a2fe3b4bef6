// Package sandbox is a pretend Official Account: the part of WeChat's server
// API that wxkeep calls, over real HTTP, with its quirks and with faults on
// demand. Tests, demonstrations and users' own CI run against it.
//
// It holds material and the places that use it: menus, automatic replies, drafts
// and publications.
//
// [Load] reads accounts from a YAML file, [New] takes them from Go. A
// [Sandbox] is an [net/http.Handler]; [Sandbox.Start] puts it behind a
// listener on loopback. README.md describes the file, says what is faithful
// to WeChat and names every choice made where nothing is known.
//
//	s := sandbox.New(sandbox.Account{
//		AppID:     "wx0123456789abcdef",
//		Materials: []sandbox.Material{{Type: material.Image, Name: "logo.png"}},
//		Faults:    []sandbox.Fault{{Path: sandbox.DelMaterial, At: 1, Lost: sandbox.LostBusy}},
//	})
//	server, err := s.Start("127.0.0.1:0")
//
// # How a call is answered
//
// It is counted; then the faults that match it are found. Latency, an HTTP
// status and a cut connection come before anything else, as a gateway would
// cause them. Then method, token, permission set, quota and the faults'
// errcode are looked at in this order, and the first that refuses answers.
// Only then the endpoint does its work. A lost answer and a cut body come
// last, after the effect.
//
// Nothing here is random: the same accounts, faults and calls give the same
// ids, pictures, tokens and answers.
package sandbox
