package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/push"
	"github.com/prometheus/common/expfmt"

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
	registry := prometheus.NewRegistry()
	if err := register(registry, run, a, changes); err != nil {
		return err
	}
	answered := &doer{client: p.sender.client(nil).StandardClient()}
	pusher := push.New(strings.TrimSuffix(p.at.String(), "/"), pushJob).Gatherer(registry).Client(answered).Format(expfmt.NewFormat(expfmt.TypeTextPlain))
	for name, value := range labels(run, a) {
		pusher.Grouping(name, value)
	}
	send := pusher.AddContext
	if a.Status == plan.Done {
		send = pusher.PushContext
	}
	err := send(ctx)
	switch {
	case err == nil:
		return nil
	case answered.status != 0: // its own text has the URL
		return fmt.Errorf("HTTP %d %s%s", answered.status, http.StatusText(answered.status), answered.said)
	}
	return cause(ctx, err)
}

// A doer remembers the answer to the last request.
type doer struct {
	client *http.Client
	status int
	said   string // behind a colon
}

// Do sends a request.
func (d *doer) Do(req *http.Request) (*http.Response, error) {
	resp, err := d.client.Do(req)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	_ = resp.Body.Close()
	if err != nil {
		return nil, err
	}
	d.status = resp.StatusCode
	if text := cut(inert(string(body)), 200); text != "" {
		d.said = ": " + text
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}
