package wechat

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wxkeep/state"
)

// conditions of package state, by name.
var conditions = map[string]error{
	"busy": state.ErrBusy, "unreachable": state.ErrUnreachable, "credential": state.ErrCredential,
	"not granted": state.ErrNotGranted, "quota": state.ErrQuota, "rate": state.ErrRate, "gone": state.ErrGone,
	"in use": state.ErrInUse, "protected": state.ErrProtected, "no menu": state.ErrNoMenu,
	"not approved": state.ErrNotApproved, "item": state.ErrItem, "stop": state.ErrStop,
}

// named returns the names of all conditions that err is.
func named(err error) []string {
	var names []string
	for name, condition := range conditions {
		if errors.Is(err, condition) {
			names = append(names, name)
		}
	}
	return names
}

func TestEveryCodeIsOneCondition(t *testing.T) {
	t.Parallel()
	want := map[string][]int{
		"busy":  {-1, -1000},
		"quota": {45009},
		"rate":  {45011},
		"credential": {
			40001, 40014, 42001, 40013, 40125, 40164, 45035, 61004, 40243, 42002, 42007, 61023, 42006, 61005, 61006,
			50002, 50004, 50007, 61003, 61011, 61014, 61015, 61016, 61017, 61024, 61028,
			89501, 89502, 89503, 89504, 89505, 89506, 89507,
		},
		"not granted": {48001, 48003, 48004, 48009, 50001, 61007, 45103, 45106},
		"gone":        {40007, 46001},
		"in use":      {48005},
		"protected":   {48010},
		"no menu":     {46003},
		"item": {
			40005, 40006, 40009, 40137, 41005, 44001, 45001, 45007, 40118, 40121, 40066, 40114, 50003, 50005,
			53404, 53405, 53406, 53503, 53504, 53505, 53600, 65301, 65318, 76001, 76002, 76003, 76004, 76021, 76022,
		},
		"stop": {
			40002, 40004, 40033, 47001, 47002, 40035, 40097, 40170, 41001, 41002, 41004, 41006, 41018, 41021,
			43001, 43002, 43003, 44002, 48006, 88000, 1, 12345, 99999, -2,
		},
	}
	for name, codes := range want {
		at := pathDelete
		if name == "no menu" {
			at = pathMenu
		}
		for _, code := range codes {
			if diff := cmp.Diff([]string{name}, named(newError(at, code, "text", nil))); diff != "" {
				t.Errorf("errcode %d (-want +got):\n%s", code, diff)
			}
		}
	}
}

// What is wrong with a material, or with a menu, cannot be the answer of a call
// that names none: unknown is not empty.
func TestACodeInTheWrongPlaceIsAnUnexpectedAnswer(t *testing.T) {
	t.Parallel()
	tests := map[string][]int{
		pathStableToken: {40007, 46001, 46003, 48005, 48010, 40005, 40066, 50003, 65301, 76021},
		pathCount:       {40007, 46003, 48005, 40121},
		pathList:        {40007, 46001, 46003, 48010, 53404},
		pathDelete:      {46003},
		pathGet:         {46003},
		pathAutoReply:   {46003},
	}
	for path, codes := range tests {
		for _, code := range codes {
			e := newError(path, code, "text", nil)
			if diff := cmp.Diff([]string{"stop"}, named(e)); diff != "" || e.Advice != ourMistake {
				t.Errorf("%s: errcode %d: advice %q (-want +got):\n%s", path, code, e.Advice, diff)
			}
		}
	}
}

func TestNoCodeStandsInTwoRows(t *testing.T) {
	t.Parallel()
	rows := map[int]int{}
	for _, row := range meanings {
		for _, code := range row.codes {
			rows[code]++
		}
	}
	for code, n := range rows {
		if n != 1 {
			t.Errorf("errcode %d stands in %d rows", code, n)
		}
	}
}

func TestErrorIsReadFromTheMessage(t *testing.T) {
	t.Parallel()
	const whitelist = " to the IP whitelist: developers.weixin.qq.com/platform → 我的业务 → 公众号 → 开发密钥"
	const unknown = "the code is not known to wxkeep: report code and rid"
	const rid = "5f3a1b2c-1a2b3c4d-0e0f1a2b"
	tests := []struct {
		name, msg string
		code      int
		want      Error
	}{
		{"without a suffix", "not known", 99, Error{Code: 99, Msg: "not known", Advice: unknown}},
		{"rid alone", "not known rid: " + rid, 99, Error{Code: 99, Msg: "not known", RID: rid, Advice: unknown}},
		{"rid after a comma", "not known, rid: " + rid, 99, Error{Code: 99, Msg: "not known", RID: rid, Advice: unknown}},
		{"hint and rid", "not known hint: [aB1] rid: " + rid, 99, Error{Code: 99, Msg: "not known", RID: rid, Advice: unknown}},
		{"hints with a req_id", "not known, hints: [ req_id: x ]", 99, Error{Code: 99, Msg: "not known", Advice: unknown}},
		{"several lines and control characters", "not\n\x1b[31mknown", 99, Error{Code: 99, Msg: "not [31mknown", Advice: unknown}},
		{
			"the caller's IP address is named", "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist rid: " + rid, 40164,
			Error{Code: 40164, Msg: "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist", RID: rid, Advice: "add 203.0.113.7" + whitelist},
		},
		{
			"an address in IPv6 form", "invalid ip ::ffff:203.0.113.7, not in whitelist", 40164,
			Error{Code: 40164, Msg: "invalid ip ::ffff:203.0.113.7, not in whitelist", Advice: "add 203.0.113.7" + whitelist},
		},
		{
			"a real IPv6 address", "invalid ip 2001:db8::7, not in whitelist", 61004,
			Error{Code: 61004, Msg: "invalid ip 2001:db8::7, not in whitelist", Advice: "add 2001:db8::7" + whitelist},
		},
		{
			"no address", "not in whitelist", 45035,
			Error{Code: 45035, Msg: "not in whitelist", Advice: "add this machine's public address" + whitelist},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(&tt.want, newError("", tt.code, tt.msg, nil), cmp.Comparer(sameError)); diff != "" {
				t.Errorf("newError() (-want +got):\n%s", diff)
			}
		})
	}
}

// sameError compares the fields for people: cmp would otherwise ask Is.
func sameError(a, b *Error) bool {
	return a.Path == b.Path && a.Code == b.Code && a.Msg == b.Msg && a.RID == b.RID && a.Advice == b.Advice
}

func TestErrorNamesPathCodeMessageRIDAndAdvice(t *testing.T) {
	t.Parallel()
	c := newClient(t, serve(t, say(`{"errcode":40007,"errmsg":"invalid media_id hint: [x] rid: 5f3a1b2c-1a2b3c4d-0e0f1a2b"}`)))
	_, err := NewReader(c).Material(t.Context(), "abc")
	want := "/cgi-bin/material/get_material: errcode 40007: invalid media_id (rid 5f3a1b2c-1a2b3c4d-0e0f1a2b); only a new listing tells whether it is gone"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestErrcodeIsFoundWhereverItStands(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{
		`{"errcode":48001,"errmsg":"api unauthorized"}`,
		`{"errmsg":"api unauthorized","errcode":"48001"}`,
		`{"errmsg":null,"errcode":48001}`,
		`{"item":null,"total_count":null,"errcode":48001}`,
		"\ufeff \n" + `{"errcode":48001,"errmsg":{"a":[1,"]"]}}` + "\r\n",
	} {
		c := newClient(t, serve(t, say(answer)))
		if _, err := NewReader(c).Page(t.Context(), "image", 0, 20); !errors.Is(err, state.ErrNotGranted) {
			t.Errorf("%s: got %v", answer, err)
		}
	}
}

func TestPermanentCodesAreAskedOnce(t *testing.T) {
	t.Parallel()
	for code := range byCode {
		if e := newError("", code, "", nil); errors.Is(e, state.ErrBusy) || code == minuteLimit || tokenRefused(code) {
			continue
		}
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			t.Parallel()
			config := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				_, _ = fmt.Fprintf(w, `{"errcode":%d,"errmsg":"text"}`, code)
			})
			c := newClient(t, config)
			if _, err := NewReader(c).Counts(t.Context()); err == nil {
				t.Error("no error")
			}
			if diff := cmp.Diff(map[string]int{pathCount: 1}, c.Calls()); diff != "" {
				t.Errorf("Calls() (-want +got):\n%s", diff)
			}
		})
	}
}
