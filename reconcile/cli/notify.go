package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"wxkeep/manifests"
	"wxkeep/reconcile/notify"
	"wxkeep/reconcile/plan"
	"wxkeep/state/wechat"
)

// A command that tells of its run.
const (
	planCommand  = "plan"
	applyCommand = "apply"
)

// announce tells the outside what a run found: the channels that the manifests
// name, and whoever reads its metrics. What cannot be sent is a warning: the exit
// status speaks of the accounts. A file that cannot be written is an error, as
// that of a report is.
func (r *run) announce(command string, accounts []*manifests.Account, doc *plan.Plan) error {
	told := notify.Run{Command: command, Plan: doc, Link: r.runLink()}
	run := notify.Measured{Run: told, Ended: r.now(), Seconds: time.Since(r.began).Seconds()}
	transport, err := wechat.NewTransport(wechat.Transport{Parallelism: r.parallelism, CAFile: r.caFile})
	if err != nil {
		r.warn("nobody is told: %v", err)
		return r.writeMetrics(run)
	}
	defer transport.CloseIdleConnections()
	for _, err := range r.send(transport, accounts, told) {
		r.warn("notify: %v", err)
	}
	if err := r.push(transport, run); err != nil {
		r.warn("--pushgateway: %v", err)
	}
	return r.writeMetrics(run)
}

// send tells the channels of the accounts. A plan from memory has no credential,
// and nothing new to tell.
func (r *run) send(transport http.RoundTripper, accounts []*manifests.Account, told notify.Run) []error {
	if r.remembered() {
		return nil
	}
	channels, errs := r.channels(r.calls, accounts)
	return append(errs, notify.Sender{Transport: transport}.Send(r.calls, channels, told)...)
}

// failure tells the outside why nothing could be decided, and returns that. It
// does so for the commands that tell of their run.
func (r *run) failure(command string, accounts []*manifests.Account, err error) error {
	if command == "" {
		return err
	}
	now := r.now().UTC()
	doc := &plan.Plan{FormatVersion: plan.FormatVersion, WxkeepVersion: version(), CreatedAt: now, ExpiresAt: now}
	for _, m := range accounts {
		doc.Accounts = append(doc.Accounts, plan.Account{Name: m.Name, AppID: m.AppID, Status: statusOf(err), Error: strings.TrimPrefix(err.Error(), m.Name+": ")})
	}
	if untold := r.announce(command, accounts, doc); untold != nil {
		return errors.Join(err, untold)
	}
	return err
}

// warn says what went wrong and decides nothing.
func (r *run) warn(format string, args ...any) {
	say(r.Stderr, "warning: "+fmt.Sprintf(format, args...))
}

// channels reads the secrets of all channels. Accounts whose channels have the
// same URL share one, wherever it was found. The errors are of channels that have
// none.
//
// With a base they are the base's: a change chooses nobody who is told, and an
// account that the base has not tells nobody.
//
// A pretend account tells only this machine, so that a demonstration alarms
// nobody. It runs no command, and secrets that are not there are no trouble.
func (r *run) channels(ctx context.Context, accounts []*manifests.Account) ([]notify.Channel, []error) {
	found := secrets{run: r, known: map[string]known{}}
	var all []notify.Channel
	for _, a := range accounts {
		from, err := r.trusted(a)
		if err != nil {
			continue
		}
		for _, c := range from.Notify {
			channel, ok := found.channel(ctx, c)
			if !ok || r.sandboxFile != "" && !channel.Loopback() {
				continue
			}
			same := func(o notify.Channel) bool {
				return o.Service == channel.Service && o.URL == channel.URL && o.Sign == channel.Sign
			}
			i := slices.IndexFunc(all, same)
			if i < 0 {
				i, all = len(all), append(all, channel)
			}
			for _, event := range c.On {
				all[i].On[a.Name] = append(all[i].On[a.Name], notify.Event(event))
			}
		}
	}
	if r.sandboxFile != "" {
		return all, nil
	}
	return all, found.errs
}

// secrets reads each secret of a run once.
type secrets struct {
	*run
	known map[string]known
	errs  []error
}

type known struct {
	secret string
	err    error
}

// channel returns a channel with its secrets, or false when one cannot be had.
func (s *secrets) channel(ctx context.Context, c manifests.Channel) (notify.Channel, bool) {
	name := fmt.Sprintf("%s (%s)", c.Service, whence(c.URL))
	channel := notify.Channel{Service: notify.Service(c.Service), Name: name, On: map[string][]notify.Event{}}
	for _, part := range []struct {
		from *manifests.Secret
		into *string
	}{{c.URL, &channel.URL}, {c.Sign, &channel.Sign}} {
		if part.from == nil {
			continue
		}
		secret, err := s.read(ctx, part.from)
		if err != nil {
			return notify.Channel{}, false
		}
		*part.into = secret
	}
	return channel, true
}

// read returns a secret. What is wrong with it is noted once.
func (s *secrets) read(ctx context.Context, from *manifests.Secret) (string, error) {
	key := place(from)
	if k, ok := s.known[key]; ok {
		return k.secret, k.err
	}
	var k known
	if s.sandboxFile != "" && from.Command != nil {
		k.err = errors.New("a pretend account runs no command")
	} else if get, err := s.secret(from); err != nil {
		k.err = err
	} else {
		k.secret, k.err = get(ctx)
	}
	s.known[key] = k
	if k.err != nil {
		s.errs = append(s.errs, k.err)
	}
	return k.secret, k.err
}

// runLink is the link to this run: --link, or what the CI system tells of itself.
func (r *run) runLink() string {
	if r.link != "" {
		link, _ := notify.ParseLink(r.link) // checked before
		return link
	}
	github := ""
	if id := r.Getenv("GITHUB_RUN_ID"); id != "" {
		github = strings.Join([]string{r.Getenv("GITHUB_SERVER_URL"), r.Getenv("GITHUB_REPOSITORY"), "actions/runs", id}, "/")
	}
	for _, candidate := range []string{github, r.Getenv("CI_PIPELINE_URL"), r.Getenv("BUILD_URL")} {
		if link, err := notify.ParseLink(candidate); err == nil {
			return link
		}
	}
	return ""
}
