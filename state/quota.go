package state

import "time"

// A Quota is what WeChat says about the calls of one API path that an account
// may make from midnight to midnight UTC+8. WeChat calls it accurate to about
// one in a hundred, and everybody who calls for the account uses it.
//
// Source: POST /cgi-bin/openapi/quota/get, wechat-api.md section 6.
type Quota struct {
	Limit int  // calls a day
	Used  int  // of them, made today
	Left  int  // of them, still to be had today
	Rate  Rate // the limit in a short time
}

// A Rate is how many calls of one path may be made in any Window. The zero Rate
// is one that is not known.
type Rate struct {
	Calls  int           // call_count
	Window time.Duration // refresh_second
}

// Known reports whether the rate says anything.
func (r Rate) Known() bool { return r.Calls > 0 && r.Window > 0 }

// Stricter returns the one of r and s that allows fewer calls in the same time;
// a rate that is not known allows all.
func (r Rate) Stricter(s Rate) Rate {
	switch {
	case !s.Known():
		return r
	case !r.Known(), float64(s.Calls)/s.Window.Seconds() < float64(r.Calls)/r.Window.Seconds():
		return s
	}
	return r
}
