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
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wxkeep/state"
)

const (
	componentAppID = "wx9753197531975319"
	accountAppID   = "wx0123456789abcdef"
)

func always(secret string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) { return secret, nil }
}

// newComponent returns a platform with this source of its own tokens.
func newComponent(t *testing.T, config Config, own TokenSource) *Component {
	t.Helper()
	c, err := NewComponent(config, componentAppID, "component_access_token", own)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// newComponentToken returns a source of a platform's tokens by secret and ticket.
func newComponentToken(t *testing.T, config Config, secret, ticket string) *ComponentToken {
	t.Helper()
	s, err := NewComponentToken(config, componentAppID, always(secret), always(ticket))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// exchanged answers api_authorizer_token.
func exchanged(token, refresh string) string {
	return fmt.Sprintf(`{"authorizer_access_token":%q,"expires_in":7200,"authorizer_refresh_token":%q}`, token, refresh)
}

// A platform's calls are these, in this order, under either name of its token.
func TestAPlatformAsksForTokens(t *testing.T) {
	t.Parallel()
	for _, query := range []string{"component_access_token", "access_token"} {
		t.Run(query, func(t *testing.T) {
			t.Parallel()
			var got []string
			config := serve(t, func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				got = append(got, fmt.Sprintf("%s %s %s", r.Method, r.RequestURI, strings.TrimSpace(string(body))))
				_, _ = io.WriteString(w, map[string]string{
					pathComponentToken:  `{"component_access_token":"C","expires_in":7200}`,
					pathAuthorizerList:  `{"total_count":1,"list":[{"authorizer_appid":"` + accountAppID + `","refresh_token":"R","auth_time":1}]}`,
					pathAuthorizerToken: exchanged("T", "R"),
				}[r.URL.Path])
			})
			component, err := NewComponent(config, componentAppID, query, newComponentToken(t, config, "S", "V"))
			if err != nil {
				t.Fatal(err)
			}
			if got := token(t, component.Authorizer(Authorizer{AppID: accountAppID}), ""); got != "T" {
				t.Errorf("token %q, want T", got)
			}
			want := []string{
				`POST /cgi-bin/component/api_component_token {"component_appid":"` + componentAppID + `","component_appsecret":"S","component_verify_ticket":"V"}`,
				`POST /cgi-bin/component/api_get_authorizer_list?` + query + `=C {"component_appid":"` + componentAppID + `","offset":0,"count":500}`,
				`POST /cgi-bin/component/api_authorizer_token?` + query + `=C {"component_appid":"` + componentAppID + `","authorizer_appid":"` + accountAppID + `","authorizer_refresh_token":"R"}`,
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
		})
	}
	if _, err := NewComponent(Config{}, componentAppID, "token", fixed("C")); err == nil {
		t.Error("any name of the query is taken")
	}
}

// fleetOf answers for a platform with so many accounts, wx0 to wxN, and counts
// the pages.
func fleetOf(accounts int) (http.HandlerFunc, func() []int) {
	var mu sync.Mutex
	var offsets []int
	return func(w http.ResponseWriter, r *http.Request) {
			var q struct {
				Offset, Count int
				Refresh       string `json:"authorizer_refresh_token"`
			}
			_ = json.NewDecoder(r.Body).Decode(&q)
			if r.URL.Path == pathAuthorizerToken {
				_, _ = io.WriteString(w, exchanged("token of "+q.Refresh, q.Refresh))
				return
			}
			mu.Lock()
			offsets = append(offsets, q.Offset)
			mu.Unlock()
			var rows []string
			for i := q.Offset; i < min(q.Offset+q.Count, accounts); i++ {
				rows = append(rows, fmt.Sprintf(`{"authorizer_appid":"wx%d","refresh_token":"R%d","auth_time":1}`, i, i))
			}
			_, _ = fmt.Fprintf(w, `{"total_count":%d,"list":[%s]}`, accounts, strings.Join(rows, ","))
		}, func() []int {
			mu.Lock()
			defer mu.Unlock()
			return slices.Clone(offsets)
		}
}

// Accounts that are looked up at once share the pages; one that is asked for again
// is looked up anew, since what was known of it has been used.
func TestAFleetIsListedOnceForAllItsAccounts(t *testing.T) {
	t.Parallel()
	serving, pages := fleetOf(1201)
	component := newComponent(t, serve(t, serving), fixed("C"))
	sources := map[int]*AuthorizerToken{}
	var all sync.WaitGroup
	for _, i := range []int{0, 3, 499, 500, 700, 1199, 1200} {
		s := component.Authorizer(Authorizer{AppID: fmt.Sprintf("wx%d", i)})
		sources[i] = s
		for range 5 {
			all.Go(func() {
				if got, err := s.Token(t.Context(), ""); got != fmt.Sprintf("token of R%d", i) || err != nil {
					t.Errorf("wx%d: got %q, %v", i, got, err)
				}
			})
		}
	}
	all.Wait()
	if diff := cmp.Diff([]int{0, 500, 1000}, pages()); diff != "" {
		t.Errorf("pages (-want +got):\n%s", diff)
	}
	token(t, sources[700], "token of R700")
	if diff := cmp.Diff([]int{0, 500, 1000, 0, 500}, pages()); diff != "" {
		t.Errorf("pages with wx700 again (-want +got):\n%s", diff)
	}
	_, err := component.Authorizer(Authorizer{AppID: "wx9999"}).Token(t.Context(), "")
	want := "credentials refused: wx9999 is not among the accounts that have authorised the platform " + componentAppID + ": have its administrator authorise it"
	if err == nil || err.Error() != want || !errors.Is(err, state.ErrCredential) {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if diff := cmp.Diff([]int{0, 500, 1000, 0, 500, 1000, 0, 500, 1000}, pages()); diff != "" {
		t.Errorf("pages with a stranger: the rest, then all (-want +got):\n%s", diff)
	}
}

func TestAListOfAccountsMustBeWhole(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{
		`{}`, `{"total_count":1}`, `{"list":[]}`, `{"total_count":1,"list":[{"authorizer_appid":"wx1"}]}`, `{"total_count":1,"list":[{"refresh_token":"R"}]}`,
	} {
		if _, err := readAuthorizers(strings.NewReader(answer)); err == nil {
			t.Errorf("%s: no error", answer)
		}
	}
	for _, answer := range []string{`{}`, `{"access_token":"T","expires_in":7200}`, `{"authorizer_access_token":"T"}`} {
		if _, err := readGranted(strings.NewReader(answer)); err == nil {
			t.Errorf("%s: no error", answer)
		}
	}
}

// A list that is shorter than it says ends the search, and does not go on for
// ever.
func TestAListThatLacksAccountsEnds(t *testing.T) {
	t.Parallel()
	component := newComponent(t, serve(t, say(`{"total_count":5,"list":[]}`)), fixed("C"))
	if _, err := component.Authorizer(Authorizer{AppID: accountAppID}).Token(t.Context(), ""); !errors.Is(err, state.ErrCredential) {
		t.Errorf("got %v", err)
	}
	if diff := cmp.Diff(map[string]int{pathAuthorizerList: 1}, component.Calls()); diff != "" {
		t.Errorf("Calls() (-want +got):\n%s", diff)
	}
}

// A token of the platform that is refused is renewed once, and once more never.
func TestARefusedTokenOfThePlatformIsRenewedOnce(t *testing.T) {
	t.Parallel()
	for _, code := range []int{40001, 40014, 42001, 42006, 61005, 61006} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			t.Parallel()
			refusal := fmt.Sprintf(`{"errcode":%d,"errmsg":"no"}`, code)
			for _, good := range []bool{true, false} {
				n := 0
				config := serve(t, func(w http.ResponseWriter, r *http.Request) {
					_, _ = io.Copy(io.Discard, r.Body)
					switch {
					case r.URL.Path == pathComponentToken:
						n++
						_, _ = fmt.Fprintf(w, `{"component_access_token":"C%d","expires_in":7200}`, n)
					case good && r.FormValue("component_access_token") == "C2":
						_, _ = io.WriteString(w, exchanged("T", "R"))
					default:
						_, _ = io.WriteString(w, refusal)
					}
				})
				own := newComponentToken(t, config, "S", "V")
				component := newComponent(t, config, own)
				got, err := component.Authorizer(Authorizer{AppID: accountAppID, Refresh: always("R")}).Token(t.Context(), "")
				if good && (got != "T" || err != nil) || !good && !errors.Is(err, state.ErrCredential) {
					t.Errorf("good %v: got %q, %v", good, got, err)
				}
				if diff := cmp.Diff([]map[string]int{{pathComponentToken: 2}, {pathAuthorizerToken: 2}}, []map[string]int{own.Calls(), component.Calls()}); diff != "" {
					t.Errorf("good %v: Calls() (-want +got):\n%s", good, diff)
				}
			}
		})
	}
}

// A refused ticket is not sent again.
func TestARefusedTicketIsFinal(t *testing.T) {
	t.Parallel()
	config := serve(t, say(`{"errcode":61006,"errmsg":"component ticket is invalid"}`))
	own := newComponentToken(t, config, "S", "V")
	component := newComponent(t, config, own)
	for range 3 {
		if _, err := component.Authorizer(Authorizer{AppID: accountAppID}).Token(t.Context(), ""); !errors.Is(err, state.ErrCredential) {
			t.Errorf("got %v", err)
		}
	}
	if diff := cmp.Diff(map[string]int{pathComponentToken: 1}, own.Calls()); diff != "" {
		t.Errorf("Calls() (-want +got):\n%s", diff)
	}
}

func TestAGivenTokenOfThePlatformIsReadAgainWhenRefused(t *testing.T) {
	t.Parallel()
	config := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if r.FormValue("component_access_token") == "C1" {
			_, _ = io.WriteString(w, `{"errcode":42006,"errmsg":"component_access_token expired"}`)
			return
		}
		_, _ = io.WriteString(w, exchanged("T", "R"))
	})
	reads := 0
	own := NewComponentAccessToken(func(context.Context) (string, error) {
		reads++
		return fmt.Sprintf("C%d", reads), nil
	})
	if got := token(t, newComponent(t, config, own).Authorizer(Authorizer{AppID: accountAppID, Refresh: always("R")}), ""); got != "T" || reads != 2 {
		t.Errorf("token %q after %d reads, want T after 2", got, reads)
	}
	none := NewComponentAccessToken(always(""))
	if _, err := none.Token(t.Context(), ""); err == nil || err.Error() != "credentials refused: the component_access_token is empty" {
		t.Errorf("got %v", err)
	}
}
