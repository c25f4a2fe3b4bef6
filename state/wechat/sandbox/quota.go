package sandbox

import (
	"fmt"
	"time"
)

// defaultDaily is the daily limit of an endpoint that has no Quota. WeChat
// publishes none for material.
const defaultDaily = 1_000_000

// testAccountDaily is the daily limit of counting and of listing in a test
// account (测试号).
const testAccountDaily = 10

// A meter counts the calls of one account to one endpoint. Sandbox.mu guards
// it.
type meter struct {
	Quota
	day, window     int64 // which day and window the counts are of
	today, inWindow int
}

// day is the number of the day in UTC+8, where the counters begin again at
// midnight. Source: wechat-api.md sections 6 and 12, row 8.
func day(now time.Time) int64 { return (now.Unix() + 8*3600) / 86400 }

// meter returns the meter of a path, turned to now.
func (a *account) meter(path string, now time.Time) *meter {
	m := a.meters[path]
	if m == nil {
		m = &meter{Quota: a.quotas[path], day: day(now)}
		m.today = m.Used
		if m.Daily == 0 {
			m.Daily = defaultDaily
		}
		if m.RefreshSecond == 0 {
			m.RefreshSecond = 60
		}
		a.meters[path] = m
	}
	if d := day(now); d != m.day {
		m.day, m.today = d, 0
	}
	if w := now.Unix() / int64(m.RefreshSecond); w != m.window {
		m.window, m.inWindow = w, 0
	}
	return m
}

// Midnight begins every account's daily counts again, as midnight in UTC+8 does;
// the clock goes on as before. A test whose program has a clock of its own needs
// it.
func (s *Sandbox) Midnight() {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock()
	for _, a := range s.accounts {
		for path := range a.quotas {
			a.meter(path, now).today = 0
		}
		for _, m := range a.meters {
			m.today = 0
		}
	}
}

// spend counts a call, or returns the errcode when none is left. A call that is
// refused here costs nothing.
func (s *Sandbox) spend(a *account, path string, now time.Time) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := a.meter(path, now)
	switch {
	case m.today >= m.Daily:
		return 45009
	case m.Minute > 0 && m.inWindow >= m.Minute:
		return 45011
	}
	m.today++
	m.inWindow++
	return 0
}

// loginQuota spends a call to a token endpoint, once it is known for whom.
func (c *call) loginQuota() int {
	if c.account == nil {
		return 0
	}
	return c.s.spend(c.account, c.path, c.now)
}

// getQuota is POST /cgi-bin/openapi/quota/get.
//
// Source: wechat-api.md section 6.
func (c *call) getQuota() int {
	var q struct {
		Path string `json:"cgi_path"`
	}
	if code := c.decode(&q); code != 0 {
		return code
	}
	if _, known := c.s.endpoints[q.Path]; !known {
		return 76021
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	m := c.account.meter(q.Path, c.now)
	fmt.Fprintf(c.out, `{"errcode":0,"errmsg":"ok","quota":{"daily_limit":%d,"used":%d,"remain":%d}`, m.Daily, m.today, m.Daily-m.today)
	if m.Minute > 0 {
		fmt.Fprintf(c.out, `,"rate_limit":{"call_count":%d,"refresh_second":%d}`, m.Minute, m.RefreshSecond)
	}
	c.out.WriteByte('}')
	return 0
}
