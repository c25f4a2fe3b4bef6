package plan

import (
	"fmt"
	"time"
)

// A Result is what apply did to one account.
type Result struct {
	StartedAt  time.Time       `json:"started_at"`
	FinishedAt time.Time       `json:"finished_at"`
	Outcomes   map[Outcome]int `json:"outcomes"`
	Verified   bool            `json:"verified"` // the account was counted again and agrees with the outcomes
	Messages   []string        `json:"messages"` // what an operator should know, in order
}

// Say adds a message.
func (r *Result) Say(format string, args ...any) {
	r.Messages = append(r.Messages, fmt.Sprintf(format, args...))
}
