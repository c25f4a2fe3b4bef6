package plan

// A Verification is the document of wxkeep history --verify.
type Verification struct {
	Accounts []VerifiedAccount `json:"accounts"`
}

// A VerifiedAccount is what a walk along the journal of one account found.
type VerifiedAccount struct {
	Account string   `json:"account"`
	AppID   string   `json:"appid"`
	Runs    int      `json:"runs"`             // looked at, up to the broken link if there is one
	Objects int      `json:"objects"`          // in them
	Remarks []string `json:"remarks"`          // what is odd and breaks nothing, such as a run that was cut
	Broken  string   `json:"broken,omitempty"` // the first broken link, and what to do
}
