package wechat

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wxkeep/state"
)

// rotating answers api_authorizer_token: R1 becomes R2, R2 becomes R3 and so on,
// and each is good once. It notes what it was sent.
func rotating(sent *[]string) http.HandlerFunc {
	newest := 1
	return func(w http.ResponseWriter, r *http.Request) {
		var q struct {
			Refresh string `json:"authorizer_refresh_token"`
		}
		_ = json.NewDecoder(r.Body).Decode(&q)
		*sent = append(*sent, q.Refresh)
		if q.Refresh != fmt.Sprintf("R%d", newest) {
			_, _ = io.WriteString(w, `{"errcode":61023,"errmsg":"refresh_token is invalid"}`)
			return
		}
		newest++
		_, _ = io.WriteString(w, exchanged(fmt.Sprintf("T%d", newest-1), fmt.Sprintf("R%d", newest)))
	}
}

// What gives the old one, such as a variable, is not believed again in this run.
func TestARenewedRefreshTokenIsHandedOnAndUsed(t *testing.T) {
	t.Parallel()
	var sent, kept []string
	var s *AuthorizerToken
	s = newComponent(t, serve(t, rotating(&sent)), fixed("C")).Authorizer(Authorizer{
		AppID: accountAppID, Refresh: always("R1"),
		Rotated: func(_ context.Context, old, renewed string) error {
			kept = append(kept, old+" to "+renewed)
			if s.cache.token == "T"+old[1:] {
				t.Errorf("%s was handed out before %s was kept", s.cache.token, renewed)
			}
			return nil
		},
	})
	got := []string{token(t, s, ""), token(t, s, ""), token(t, s, "T1"), token(t, s, "T2")}
	if diff := cmp.Diff([]string{"T1", "T1", "T2", "T3"}, got); diff != "" {
		t.Errorf("tokens (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"R1", "R2", "R3"}, sent); diff != "" {
		t.Errorf("refresh tokens sent (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"R1 to R2", "R2 to R3", "R3 to R4"}, kept); diff != "" {
		t.Errorf("kept (-want +got):\n%s", diff)
	}
}

func TestARefreshTokenThatStaysIsNotKeptAgain(t *testing.T) {
	t.Parallel()
	for _, renewed := range []string{"R1", ""} {
		s := newComponent(t, serve(t, say(exchanged("T", renewed))), fixed("C")).Authorizer(Authorizer{
			AppID: accountAppID, Refresh: always("R1"),
			Rotated: func(context.Context, string, string) error { return errors.New("called") },
		})
		token(t, s, "")
	}
}

// Another program may have renewed it since it was read: it is read again, once,
// and sent only if it is another.
func TestARefusedRefreshTokenIsReadAgain(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		reads []string
		sent  []string
		fails bool
	}{
		{"another one is there", []string{"R0", "R1"}, []string{"R0", "R1"}, false},
		{"the same is there", []string{"R0", "R0"}, []string{"R0"}, true},
		{"another one, refused too", []string{"R0", "Rx", "R1"}, []string{"R0", "Rx"}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var sent []string
			reads := 0
			s := newComponent(t, serve(t, rotating(&sent)), fixed("C")).Authorizer(Authorizer{
				AppID: accountAppID,
				Refresh: func(context.Context) (string, error) {
					reads++
					return tt.reads[reads-1], nil
				},
			})
			_, err := s.Token(t.Context(), "")
			if (err != nil) != tt.fails || tt.fails && !errors.Is(err, state.ErrCredential) {
				t.Errorf("got %v", err)
			}
			if diff := cmp.Diff(tt.sent, sent); diff != "" {
				t.Errorf("refresh tokens sent (-want +got):\n%s", diff)
			}
		})
	}
}

func TestARefreshTokenThatCannotBeKeptEndsTheRun(t *testing.T) {
	t.Parallel()
	var sent []string
	s := newComponent(t, serve(t, rotating(&sent)), fixed("C")).Authorizer(Authorizer{
		AppID: accountAppID, Refresh: always("R1"),
		Rotated: func(context.Context, string, string) error {
			return errors.New("write /run/refresh: read-only file system")
		},
	})
	const want = "credentials refused: WeChat renewed the refresh token of " + accountAppID + ", and the new one could not be kept: " +
		"write /run/refresh: read-only file system; the old one may be dead: leave refresh_token out, and it is looked up"
	for range 2 {
		if got, err := s.Token(t.Context(), ""); got != "" || err == nil || err.Error() != want || !errors.Is(err, state.ErrCredential) {
			t.Errorf("got %q, %v\nwant %s", got, err, want)
		}
	}
	if diff := cmp.Diff([]string{"R1"}, sent); diff != "" {
		t.Errorf("refresh tokens sent (-want +got):\n%s", diff)
	}
}

// The run is interrupted while WeChat renews the token: it is kept all the same.
func TestAnInterruptionDoesNotLoseARefreshToken(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	var sent []string
	renew := rotating(&sent)
	kept := ""
	s := newComponent(t, serve(t, func(w http.ResponseWriter, r *http.Request) {
		cancel()
		renew(w, r)
	}), fixed("C")).Authorizer(Authorizer{
		AppID: accountAppID, Refresh: always("R1"),
		Rotated: func(ctx context.Context, _, renewed string) error {
			kept = renewed
			return ctx.Err()
		},
	})
	if got, err := s.Token(ctx, ""); got != "T1" || err != nil || kept != "R2" {
		t.Errorf("got %q, %v; kept %q", got, err, kept)
	}
}

// Answers with the new refresh token are cut, and the old one is dead: the new one
// is looked up, and kept, be it by the next fetch.
func TestALostRefreshTokenIsLookedUp(t *testing.T) {
	t.Parallel()
	for name, cuts := range map[string]int{"in one call": 1, "in all tries of a call": maxBusy} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var sent, kept []string
			renew := rotating(&sent)
			s := newComponent(t, serve(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == pathAuthorizerList {
					_, _ = io.WriteString(w, `{"total_count":1,"list":[{"authorizer_appid":"`+accountAppID+`","refresh_token":"R2","auth_time":1}]}`)
					return
				}
				renew(w, r)
				if len(sent) <= cuts {
					panic(http.ErrAbortHandler)
				}
			}), fixed("C")).Authorizer(Authorizer{
				AppID: accountAppID, Refresh: always("R1"),
				Rotated: func(_ context.Context, old, renewed string) error {
					kept = append(kept, old+" to "+renewed)
					return nil
				},
			})
			if cuts == maxBusy {
				if _, err := s.Token(t.Context(), ""); !errors.Is(err, state.ErrBusy) {
					t.Errorf("got %v", err)
				}
			}
			if got := token(t, s, ""); got != "T2" {
				t.Errorf("token %q, want T2", got)
			}
			if diff := cmp.Diff(append(slices.Repeat([]string{"R1"}, cuts+1), "R2"), sent); diff != "" {
				t.Errorf("refresh tokens sent (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]string{"R1 to R3"}, kept); diff != "" {
				t.Errorf("kept (-want +got):\n%s", diff)
			}
		})
	}
}

// The account's own token is renewed with its refresh token when WeChat refuses
// it, once.
func TestARefusedTokenOfAnAccountIsRenewed(t *testing.T) {
	t.Parallel()
	var sent []string
	renew := rotating(&sent)
	config := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == pathAuthorizerToken:
			renew(w, r)
		case r.FormValue("access_token") == "T2":
			_, _ = io.WriteString(w, fourCounts)
		default:
			_, _ = io.WriteString(w, `{"errcode":40001,"errmsg":"invalid credential"}`)
		}
	})
	config.Way = Platform
	config.Token = newComponent(t, config, fixed("C")).Authorizer(Authorizer{AppID: accountAppID, Refresh: always("R1")})
	client := newClient(t, config)
	if _, err := NewReader(client).Counts(t.Context()); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(map[string]int{pathCount: 2}, client.Calls()); diff != "" {
		t.Errorf("Calls() (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"R1", "R2"}, sent); diff != "" {
		t.Errorf("refresh tokens sent (-want +got):\n%s", diff)
	}
}

// What a platform lacks is said by the path; an account's own calls are told of
// its own permissions.
func TestAPlatformIsToldWhichSetItLacks(t *testing.T) {
	t.Parallel()
	const ask = ": ask for it at open.weixin.qq.com → 管理中心 → 第三方平台, then let the account authorise the platform again"
	tests := map[string]string{
		pathCount: "11 (素材管理)", pathList: "11 (素材管理)", pathDelete: "11 (素材管理)", pathUpload: "11 (素材管理)", pathDrafts: "11 (素材管理)",
		pathGet: "3 (账号服务) or 11 (素材管理)", pathMenu: "15 (菜单)", pathPublished: "7 (群发与通知)",
		pathSelfMenu: "1 (消息), 3 (账号服务) or 15 (菜单)", pathAutoReply: "1 (消息), 3 (账号服务) or 15 (菜单)",
	}
	for path, sets := range tests {
		for _, code := range []int{48001, 61007} {
			e := newError(path, code, "api unauthorized", nil)
			Platform.advise(e)
			if want := "the platform lacks permission set " + sets + ask; e.Advice != want || !errors.Is(e, state.ErrNotGranted) {
				t.Errorf("%s: %d: got %q, want %q", path, code, e.Advice, want)
			}
			own := newError(path, code, "api unauthorized", nil)
			Own.advise(own)
			if own.Advice != byCode[code].advice {
				t.Errorf("%s: %d: an account's own call is told %q", path, code, own.Advice)
			}
		}
	}
	e := newError("", 61004, "access clientip is not registered requestIP: 203.0.113.7", nil)
	Platform.advise(e)
	if !strings.HasPrefix(e.Advice, "add 203.0.113.7 to the platform's IP whitelist") {
		t.Errorf("61004: got %q", e.Advice)
	}
}
