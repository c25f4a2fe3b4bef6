package wechat

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"wxkeep/state"
)

// An Error is an answer whose errcode is not zero.
//
// WeChat sends it with HTTP status 200, so it is found by decoding the body.
// Use [errors.Is] with the conditions of package state to act on one, and
// [errors.As] to read it.
type Error struct {
	Path   string // the API path, never the query: that carries the access token
	Code   int    // errcode
	Msg    string // errmsg without hint and rid, on one line, without secrets
	RID    string // WeChat's name for the request, to look up or report; may be empty
	Advice string // what to do next; may be empty

	condition error // of package state
}

// Error returns the path, the code, WeChat's own words, the rid and what to do
// next.
func (e *Error) Error() string {
	text := fmt.Sprintf("%s: errcode %d: %s", e.Path, e.Code, e.Msg)
	if e.RID != "" {
		text += " (rid " + e.RID + ")"
	}
	if e.Advice != "" {
		text += "; " + e.Advice
	}
	return text
}

// Is reports whether target is the condition of package state that the code
// stands for, at this path.
//
// Source: the table of wechat-api.md section 7, in codes.go; what means something
// else by cloud call is in cloud.go.
func (e *Error) Is(target error) bool { return e.condition == target }

var (
	ridPattern    = regexp.MustCompile(`[0-9a-fA-F]{8}-[0-9a-fA-F]{8}-[0-9a-fA-F]{8}`)
	suffixPattern = regexp.MustCompile(`[\s,]*\b(?:hints?|rid)\s*:.*$`)
	ipv4Pattern   = regexp.MustCompile(`\d{1,3}(?:\.\d{1,3}){3}`)
	ipv6Pattern   = regexp.MustCompile(`[0-9a-fA-F]+(?::[0-9a-fA-F]*){2,7}`)
)

// maxMessage is the most characters of an errmsg that are shown.
const maxMessage = 300

// newError sorts out an errmsg such as
// "invalid media_id hint: [X] rid: 5f…-1a…-2b…" (wechat-api.md section 1). The
// secrets are cut out of it first, so that no part of one is taken for anything.
func newError(path string, code int, msg string, secrets []string) *Error {
	msg = oneLine(scrub(msg, secrets))
	e := &Error{
		Path: path,
		Code: code,
		Msg:  suffixPattern.ReplaceAllString(msg, ""),
		RID:  ridPattern.FindString(msg),
	}
	advice, condition := standsFor(path, code)
	e.Advice, e.condition = e.addressed(advice), condition
	return e
}

// addressed puts the caller's IP address into an advice that has a place for it.
func (e *Error) addressed(advice string) string {
	return strings.Replace(advice, "%s", callerIP(e.Msg), 1)
}

// callerIP finds the address that WeChat says the call came from. It may be
// written ::ffff:203.0.113.7.
func callerIP(msg string) string {
	if ip := ipv4Pattern.FindString(msg); ip != "" {
		return ip
	}
	if ip := ipv6Pattern.FindString(msg); ip != "" {
		return ip
	}
	return "this machine's public address"
}

// oneLine makes a message fit for a terminal.
func oneLine(msg string) string {
	msg = strings.Join(strings.FieldsFunc(msg, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }), " ")
	if r := []rune(msg); len(r) > maxMessage {
		msg = string(r[:maxMessage]) + "…"
	}
	return msg
}

// A Failure is a call that got no readable answer.
type Failure struct {
	Path   string // the API path, never the query
	Tries  int    // requests made, those that never reached the server included
	Reason string // what happened at the last try, without secrets

	condition error // of package state, or the context's error
	retry     bool  // another try may help
	lost      bool  // the call may have had an effect
}

// Error returns the path, the condition, what happened, and how often it was
// tried.
func (f *Failure) Error() string {
	text := fmt.Sprintf("%s: %v: %s", f.Path, f.condition, f.Reason)
	if f.Tries > 1 {
		text += fmt.Sprintf(" (%d tries)", f.Tries)
	}
	return text
}

// Unwrap returns the condition: one of package state, or the error of the
// context that ended the call.
func (f *Failure) Unwrap() error { return f.condition }

// unanswered reports whether the request behind err may have had an effect
// that its answer does not tell.
func unanswered(err error) bool {
	switch e := err.(type) { //nolint:errorlint // these are never wrapped before they leave the call
	case *Error:
		return e.Is(state.ErrBusy)
	case *Failure:
		return e.lost
	}
	return false
}
