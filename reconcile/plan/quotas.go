package plan

import "time"

// Quotas is the document of wxkeep quota.
type Quotas struct {
	Accounts []AccountQuotas `json:"accounts"`
}

// AccountQuotas says what an account may call, and whether a full cycle fits: one
// listing, one search of every place, and as many deletions as the guards let
// pass at once.
type AccountQuotas struct {
	Name           string     `json:"name"`
	AppID          string     `json:"appid"`
	ReservePercent float64    `json:"reserve_percent"` // of each limit, left to production
	NextDay        time.Time  `json:"next_day"`        // when the daily quotas begin again
	Listed         int        `json:"listed"`          // materials of a full cycle's listing
	Deletions      int        `json:"deletions"`       // of a full cycle, at most
	Endpoints      []Endpoint `json:"endpoints"`       // sorted by path
	FitsDay        *bool      `json:"fits_day,omitempty"`
	FitsNow        *bool      `json:"fits_now,omitempty"`
	Status         Status     `json:"status"`
	Error          string     `json:"error,omitempty"` // why the account could not be counted
}

// An Endpoint is the quota of one API path. What is absent is not known.
type Endpoint struct {
	Path      string     `json:"path"`
	Limit     *int       `json:"limit,omitempty"` // calls a day
	Used      *int       `json:"used,omitempty"`  // today, by everybody
	Left      *int       `json:"left,omitempty"`  // today
	RateLimit *RateLimit `json:"rate_limit,omitempty"`
	Needed    int        `json:"needed"`             // calls of a full cycle
	AtLeast   bool       `json:"at_least,omitempty"` // it may need more: nobody knows how much there is to read
	FitsDay   *bool      `json:"fits_day,omitempty"` // into a day, less production's part
	FitsNow   *bool      `json:"fits_now,omitempty"` // into what is left, less production's part
	Error     string     `json:"error,omitempty"`    // why the quota is not known
}

// A RateLimit is how many calls may be made in a short time.
type RateLimit struct {
	CallCount     int `json:"call_count"`
	RefreshSecond int `json:"refresh_second"`
}

// Status returns the exit status of all accounts together.
func (q Quotas) Status() Status {
	worst := Done
	for _, a := range q.Accounts {
		worst = Worst(worst, a.Status)
	}
	return worst
}
