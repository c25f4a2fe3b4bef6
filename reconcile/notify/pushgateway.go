package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"wxkeep/reconcile/plan"
)

// pushJob is the job of all groups in a Pushgateway.
const pushJob = "wxkeep"

// A Pushgateway takes metrics of programs that end.
type Pushgateway struct {
	at     *url.URL
	sender Sender
}

// ParsePushgateway reads the URL of a Pushgateway: http or https, with a user name
// and password where it wants them.
func ParsePushgateway(s string, sender Sender) (*Pushgateway, error) {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("want a URL such as http://pushgateway:9091")
	}
	return &Pushgateway{at: u, sender: sender}, nil
}

// Push pushes the metrics of a run, a group an account and command. After a
// success it replaces the group; after a failure it leaves in it what the run
// knows nothing about, the last success among it. Errors have no user name and password.
func (p *Pushgateway) Push(ctx context.Context, run Measured) error {
	ctx, cancel := context.WithTimeout(ctx, or(p.sender.Time, sendTime))
	defer cancel()
	changes := run.Plan.ByAccounts()
	for _, a := range run.looked() {
		if err := p.push(ctx, run, a, changes[a.Name]); err != nil {
			return fmt.Errorf("metrics of %s: Pushgateway %s: %w", a.Name, p.at.Host, err)
		}
	}
	return nil
}

func (p *Pushgateway) push(ctx context.Context, run Measured, a plan.Account, changes []plan.Change) error {
	group := p.at.JoinPath("metrics", "job", pushJob)
	for _, l := range (source{a.Name, a.AppID, run.Command}).labels() {
		group = group.JoinPath(l.name, url.PathEscape(l.value))
	}
	method := http.MethodPost // which leaves in a group what is not sent
	if a.Status == plan.Done {
		method = http.MethodPut
	}
	text := exposition(measure(run, a, changes).families())
	req, err := http.NewRequestWithContext(ctx, method, group.String(), bytes.NewReader(text))
	if err != nil {
		return cause(ctx, err)
	}
	req.Header.Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	resp, err := p.sender.client(nil).StandardClient().Do(req)
	if err != nil {
		return cause(ctx, err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	switch {
	case err != nil:
		return cause(ctx, err)
	case resp.StatusCode == http.StatusOK || resp.StatusCode == http.StatusAccepted:
		return nil
	}
	said := ""
	if text := cut(inert(string(body)), 200); text != "" {
		said = ": " + text
	}
	return fmt.Errorf("HTTP %d %s%s", resp.StatusCode, http.StatusText(resp.StatusCode), said)
}
