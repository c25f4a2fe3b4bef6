package sandbox_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wxkeep/state/wechat/sandbox"
)

func (c *caller) quota(path string) string {
	c.t.Helper()
	return c.post(sandbox.QuotaGet, `{"cgi_path":"`+path+`"}`).Body
}

func TestDailyQuotaBeginsAgainAtMidnightInChina(t *testing.T) {
	t.Parallel()
	c := call(t, sandbox.Account{Quotas: map[string]sandbox.Quota{sandbox.Count: {Daily: 5, Used: 3}}})
	midnight := time.Date(2026, 11, 23, 16, 0, 0, 0, time.UTC)
	var got []int
	at := func(now time.Time, calls int) {
		c.sandbox.SetNow(now)
		for range calls {
			got = append(got, c.get(sandbox.Count).code(t))
		}
	}
	at(start, 3)
	at(midnight.Add(-time.Second), 1)
	at(midnight, 6)
	want := []int{0, 0, 45009, 45009, 0, 0, 0, 0, 0, 45009}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestMinuteLimitBeginsAgainWithTheWindow(t *testing.T) {
	t.Parallel()
	c := call(t, sandbox.Account{Quotas: map[string]sandbox.Quota{sandbox.Count: {Minute: 2, RefreshSecond: 30}}})
	var got []int
	for _, seconds := range []int{0, 10, 20, 29, 30, 31, 32} {
		c.sandbox.SetNow(start.Add(time.Duration(seconds) * time.Second))
		got = append(got, c.get(sandbox.Count).code(t))
	}
	if diff := cmp.Diff([]int{0, 0, 45011, 45011, 0, 0, 45011}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestQuotaGetSaysWhatIsLeft(t *testing.T) {
	t.Parallel()
	c := call(t, sandbox.Account{Quotas: map[string]sandbox.Quota{
		sandbox.Count:       {Daily: 3},
		sandbox.DelMaterial: {Daily: 500, Used: 10, Minute: 60},
	}})
	for range 4 {
		c.get(sandbox.Count)
	}
	tests := map[string]string{
		sandbox.Count:       `{"errcode":0,"errmsg":"ok","quota":{"daily_limit":3,"used":3,"remain":0}}`,
		sandbox.DelMaterial: `{"errcode":0,"errmsg":"ok","quota":{"daily_limit":500,"used":10,"remain":490},"rate_limit":{"call_count":60,"refresh_second":60}}`,
		sandbox.BatchGet:    `{"errcode":0,"errmsg":"ok","quota":{"daily_limit":1000000,"used":0,"remain":1000000}}`,
	}
	for path, want := range tests {
		if got := c.quota(path); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
	if got := c.post(sandbox.QuotaGet, `{"cgi_path":"del_material"}`).code(t); got != 76021 {
		t.Errorf("an unknown path: got %d, want 76021", got)
	}
}

func TestTokenEndpointsHaveQuotasToo(t *testing.T) {
	t.Parallel()
	c := call(t, sandbox.Account{Quotas: map[string]sandbox.Quota{sandbox.StableToken: {Daily: 1}}})
	c.stable(false)
	a := c.send("POST", sandbox.StableToken, `{"grant_type":"client_credential","appid":"`+appid+`"}`, "")
	if got := a.code(t); got != 45009 {
		t.Errorf("got errcode %d, want 45009", got)
	}
}

func TestMidnightCanBeMade(t *testing.T) {
	t.Parallel()
	c := call(t, sandbox.Account{Quotas: map[string]sandbox.Quota{sandbox.Count: {Daily: 2}, sandbox.DelMaterial: {Daily: 500, Used: 10}}})
	codes := func() (got []int) {
		for range 3 {
			got = append(got, c.get(sandbox.Count).code(t))
		}
		return got
	}
	got := codes()
	c.sandbox.Midnight()
	got = append(got, codes()...)
	if diff := cmp.Diff([]int{0, 0, 45009, 0, 0, 45009}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got, want := c.quota(sandbox.DelMaterial), `{"errcode":0,"errmsg":"ok","quota":{"daily_limit":500,"used":0,"remain":500}}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestATestAccountMayCountAndListTenTimes(t *testing.T) {
	t.Parallel()
	c := call(t, sandbox.Account{TestAccount: true, Quotas: map[string]sandbox.Quota{sandbox.Count: {Daily: 20}}})
	tests := map[string]string{
		sandbox.Count:       `{"errcode":0,"errmsg":"ok","quota":{"daily_limit":20,"used":0,"remain":20}}`,
		sandbox.BatchGet:    `{"errcode":0,"errmsg":"ok","quota":{"daily_limit":10,"used":0,"remain":10}}`,
		sandbox.DelMaterial: `{"errcode":0,"errmsg":"ok","quota":{"daily_limit":1000000,"used":0,"remain":1000000}}`,
	}
	for path, want := range tests {
		if got := c.quota(path); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}
