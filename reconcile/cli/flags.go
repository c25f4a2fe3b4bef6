package cli

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/spf13/pflag"
	"golang.org/x/term"

	"wxkeep/manifests"
	"wxkeep/reconcile/notify"
	"wxkeep/reconcile/render"
	"wxkeep/state/material"
)

// common holds the flags that several commands share.
type common struct {
	// all commands
	timeout      time.Duration
	allowCommand bool
	logLevel     string
	logFormat    string
	noColor      bool
	quiet        bool

	// commands with a network
	endpoints   []string
	caFile      string
	sandboxFile string
	parallelism int
	maxRPS      float64

	// plan and apply
	accounts []string
	onlyIDs  []string
	limit    int

	all     bool
	refresh string
	fleet   bool // the manifests are read to decide about their accounts, few at a time

	snapshotMaxAge string
	reuse          time.Duration // that, when remembered listings may be built on

	// commands with a ledger
	state      string // over the environment and the manifest
	initState  bool
	unledgered bool // the command needs none

	// plan and apply tell of their runs
	metrics     string
	pushgateway string
	link        string

	// commands with a document
	output   string
	reports  []string
	embed    bool            // pictures into pages
	pictures render.Pictures // fetched; nil unless embed
}

func (c *common) addGlobal(f *pflag.FlagSet) {
	f.DurationVar(&c.timeout, "timeout", 0, "end the whole run cleanly after this long, such as 30m (0: never)")
	f.BoolVar(&c.allowCommand, "allow-command", false, "let manifests run commands to get secrets; only for manifests you trust")
	f.StringVar(&c.logLevel, "log-level", "warn", "`LEVEL` of the log: debug, info, warn or error; debug has a line for each call")
	f.StringVar(&c.logFormat, "log-format", "text", "`FORMAT` of the log: text or json")
	f.BoolVar(&c.noColor, "no-color", false, "no colours (also with NO_COLOR set)")
	f.BoolVar(&c.quiet, "quiet", false, "no progress and no messages but errors and questions")
}

func (c *common) addNetwork(f *pflag.FlagSet) {
	f.StringArrayVar(&c.endpoints, "endpoint", nil, "`URL` of the API (default WXKEEP_ENDPOINT, the manifest's endpoints, or https://api.weixin.qq.com); http only for loopback, and http://api.weixin.qq.com for cloud_run; repeatable: the next is for when there is no connection to the one before")
	f.StringVar(&c.caFile, "ca-file", "", "trust the certificates in this PEM `FILE`, too")
	f.StringVar(&c.sandboxFile, "sandbox", "", "run against the pretend account in this `FILE`, in process, with its secrets: none of the manifest's auth is read or written; notify tells loopback URLs alone")
	f.IntVar(&c.parallelism, "parallelism", 8, "at most `N` calls in flight; deletions begin with one and double up to it")
	f.Float64Var(&c.maxRPS, "max-rps", 0, "at most `N` calls a second (0: no limit)")
}

func (c *common) addLedger(f *pflag.FlagSet) {
	f.StringVar(&c.state, "state", "", "where the ledger is: a directory or an s3:// `URL`; over WXKEEP_STATE and the manifest's state")
	f.BoolVar(&c.initState, "init-state", false, "begin a ledger in an empty bucket")
}

func (c *common) addTelling(f *pflag.FlagSet) {
	f.StringVar(&c.metrics, "metrics", "", "bring this `FILE` for node_exporter's textfile collector up to date (NAME.prom); what other runs wrote there stays")
	f.StringVar(&c.pushgateway, "pushgateway", "", "push the same metrics to the Pushgateway at this `URL`; if it is down, that is a warning")
	f.StringVar(&c.link, "link", "", "`URL` of this run, for the messages of the manifest's notify (default: from GitHub's, GitLab's or Jenkins's variables)")
}

// The words of --refresh.
const (
	refreshAuto  = "auto"
	refreshFull  = "full"
	refreshNever = "never"
)

func (c *common) addRefresh(f *pflag.FlagSet) {
	f.StringVar(&c.refresh, "refresh", refreshAuto, "`HOW` the account is seen: auto builds on the listing in the ledger, where a few pages show that it is still so, and reads every page again that has a deletion; full lists anew; never takes the last listing, with no call and no credential (not apply)")
	f.StringVar(&c.snapshotMaxAge, "snapshot-max-age", "7d", "how long ago (`D`) a listing may have been read from end to end for auto to build on it")
}

func (c *common) addNarrow(f *pflag.FlagSet) {
	f.StringArrayVar(&c.accounts, "account", nil, "only the account of this `NAME` (repeatable)")
	f.StringArrayVar(&c.onlyIDs, "only-id", nil, "delete only this `MEDIA_ID`, if it is to be deleted at all (repeatable)")
	f.IntVar(&c.limit, "limit", 0, "delete only the `N` oldest orphans (0: all)")
}

func (c *common) addOutput(f *pflag.FlagSet) {
	f.StringVarP(&c.output, "output", "o", "text", "`FORMAT` of the result: "+outputFormats())
	f.StringArrayVar(&c.reports, "report", nil, "also write `FORMAT=FILE`, such as json=plan.json, or github (repeatable; "+reportFormats()+"); written even when the run fails")
}

// addFormat is addOutput for commands without reports.
func (c *common) addFormat(f *pflag.FlagSet) {
	f.StringVarP(&c.output, "output", "o", "text", "`FORMAT` of the result: text or json")
}

// check refuses flag values that cannot be right.
func (r *run) check() error {
	var level slog.Level
	switch {
	case level.UnmarshalText([]byte(r.logLevel)) != nil:
		return fmt.Errorf("--log-level %q is not debug, info, warn or error", r.logLevel)
	case r.logFormat != "text" && r.logFormat != "json":
		return fmt.Errorf("--log-format %q is not text or json", r.logFormat)
	case r.timeout < 0:
		return fmt.Errorf("--timeout %s is negative", r.timeout)
	case r.limit < 0:
		return fmt.Errorf("--limit %d is negative", r.limit)
	case r.maxRPS < 0:
		return fmt.Errorf("--max-rps %g is negative", r.maxRPS)
	case r.checkTelling() != nil:
		return r.checkTelling()
	case len(r.endpoints) > 0 && r.sandboxFile != "":
		return errors.New("--endpoint and --sandbox exclude each other")
	}
	return nil
}

// checkTelling checks where a run is told of.
func (r *run) checkTelling() error {
	if r.link != "" {
		if _, err := notify.ParseLink(r.link); err != nil {
			return fmt.Errorf("--link: %w", err)
		}
	}
	if r.pushgateway != "" {
		if _, err := notify.ParsePushgateway(r.pushgateway, notify.Sender{}); err != nil {
			return fmt.Errorf("--pushgateway: %w", err)
		}
	}
	return nil
}

func (r *run) checkNetwork() error {
	if err := r.checkRefresh(); err != nil {
		return err
	}
	if r.parallelism < 1 {
		return fmt.Errorf("--parallelism %d is less than 1", r.parallelism)
	}
	if s := r.Getenv("WXKEEP_ENDPOINT"); s != "" && len(r.endpoints) == 0 && r.sandboxFile == "" {
		r.endpoints = []string{s}
	}
	return nil
}

// checkRefresh reads how the account is to be seen, on commands that ask.
func (r *run) checkRefresh() error {
	switch r.refresh {
	case "", refreshFull, refreshNever:
		return nil
	case refreshAuto:
	default:
		return fmt.Errorf("--refresh %q is not auto, full or never", r.refresh)
	}
	age, err := manifests.ParseDuration(r.snapshotMaxAge)
	if err != nil || age < 0 {
		return fmt.Errorf("--snapshot-max-age %q is not a duration such as 36h or 7d; 0s lists anew", r.snapshotMaxAge)
	}
	r.reuse = age
	return nil
}

// onlySet returns the ids that --only-id names, or nil for all.
func (r *run) onlySet() (material.Set, error) { return idSet("--only-id", r.onlyIDs) }

// idSet returns the ids that a repeatable flag was given, or nil when it was
// not.
func idSet(flag string, ids []string) (material.Set, error) {
	if ids == nil {
		return nil, nil
	}
	set := material.Set{}
	for _, s := range ids {
		id, err := material.ParseID(s)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", flag, err)
		}
		set.Add(id)
	}
	return set, nil
}

func (r *run) logger() *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(r.logLevel)) // checked before
	opt := &slog.HandlerOptions{Level: level}
	if r.logFormat == "json" {
		return slog.New(slog.NewJSONHandler(r.Stderr, opt))
	}
	return slog.New(slog.NewTextHandler(r.Stderr, opt))
}

// color reports whether w is a terminal that wants colours.
func (r *run) color(w io.Writer) bool {
	return !r.noColor && r.Getenv("NO_COLOR") == "" && terminal(w)
}

// style is how text looks on w.
func (r *run) style(w io.Writer) render.Style {
	return render.Style{Color: r.color(w), All: r.all, Width: width(w), Pictures: r.pictures}
}

// terminal reports whether v, a stream, is a terminal.
func terminal(v any) bool {
	f, ok := v.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// width is how many columns the terminal w has; 0 when nobody knows.
func width(w io.Writer) int {
	f, ok := w.(*os.File)
	if !ok {
		return 0
	}
	columns, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return columns
}
