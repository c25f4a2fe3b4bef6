package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"wxkeep/manifests"
	"wxkeep/reconcile"
	"wxkeep/state/material"
)

func (r *run) importing() *cobra.Command {
	var f importFlags
	cmd := &cobra.Command{
		Use:   "import [PATH…]",
		Short: "write a manifest that keeps everything the account holds now",
		Long: `import lists one account and writes a manifest that keeps all of it: plan then
says that there are no changes. What you take from its keep list, apply deletes.

Without PATH the manifest begins with the default settings and governs all types;
then --name, --appid and --secret-env are needed. With PATH the account's
settings, rules and remarks there are kept, and --account chooses among several;
parts are joined into the one document, retired ids are left out.

The manifest goes to standard output or, at once or not at all, into the file
that --out names, which it replaces. A listing that lacks anything is refused:
what is not in the manifest would be deleted.

With --merge the manifests at a FILE or in a DIR are brought up to date in place
instead, and nothing else in them is touched; --account narrows it to some of
their accounts. A live item that no entry lists is added at the end of the
account document's keep list, even where a rule keeps it, with a comment of its
type, day and name; retired ids are not. The comment behind an entry whose id is
not live then begins with "missing since" and the day, until it is live again.
After a listing that lacks anything nothing is marked, and the exit status is 15.
When a canary or too many listed ids (guards.min_keep_live_percent) are not live,
this is taken for the wrong account, and nothing is written. A second run changes nothing. What was done is printed.

` + exitStatuses,
		Example: `  wxkeep import --name brand-main --appid wx0123456789abcdef --secret-env WX_APP_SECRET --out wxkeep.yaml
  wxkeep import --out wxkeep.yaml wxkeep.yaml
  wxkeep import --merge manifests/
  wxkeep import --refresh never --account brand-main manifests/`,
		RunE: func(cmd *cobra.Command, paths []string) error { return r.runImport(cmd.Context(), paths, f) },
	}
	r.addNetwork(cmd.Flags())
	cmd.Flags().StringArrayVar(&r.accounts, "account", nil, "the account of this `NAME` in the manifests at PATH")
	cmd.Flags().StringVar(&f.name, "name", "", "without PATH: what the account is to be called, a `NAME` of a-z 0-9 -")
	cmd.Flags().StringVar(&f.appid, "appid", "", "without PATH: the account's `APPID`")
	cmd.Flags().StringVar(&f.secretEnv, "secret-env", "", "without PATH: the `VARIABLE` of the environment that holds the AppSecret")
	cmd.Flags().StringVar(&f.merge, "merge", "", "add what is new to the manifests at this `PATH`, a file or directory, in place, and mark what is missing")
	cmd.Flags().StringVar(&f.out, "out", "", "write the manifest into this `FILE`")
	r.addLedger(cmd.Flags())
	r.addRefresh(cmd.Flags())
	cmd.Flags().Lookup("refresh").Usage = "`HOW` the account is seen: auto and full list it anew, for what a manifest lacks would be deleted; never takes the last listing, with no call and no credential"
	_ = cmd.Flags().MarkHidden("snapshot-max-age") // it is there for scripts that give it everywhere
	return cmd
}

type importFlags struct{ name, appid, secretEnv, merge, out string }

// fresh reports whether an account is given that no manifest has yet.
func (f importFlags) fresh() bool { return f.name != "" || f.appid != "" || f.secretEnv != "" }

func (r *run) runImport(ctx context.Context, paths []string, f importFlags) error {
	if err := r.checkNetwork(); err != nil {
		return err
	}
	if f.merge != "" {
		if len(paths) > 0 || f.fresh() || f.out != "" {
			return errors.New("--merge has the manifests: a PATH, --name, --appid, --secret-env and --out have no place beside it")
		}
		return r.runMerge(ctx, f.merge)
	}
	account, err := r.imported(paths, f)
	if err != nil {
		return err
	}
	ctx, cancel := r.deadline(ctx)
	defer cancel()
	c, err := r.connect(ctx, []*manifests.Account{account}, false)
	if err != nil {
		return err
	}
	defer c.close()
	m, err := r.inventory(ctx, c.accounts[0])
	if err != nil {
		return err
	}
	var text bytes.Buffer
	if err := m.Write(&text); err != nil {
		return err
	}
	if err := r.writeManifest(f.out, text.Bytes()); err != nil {
		return err
	}
	r.imports(m, f.out)
	return nil
}

// imported is the account to list: that of the manifests, or a new one.
func (r *run) imported(paths []string, f importFlags) (*manifests.Account, error) {
	if len(paths) == 0 {
		if f.name == "" || f.appid == "" || f.secretEnv == "" {
			return nil, errors.New("import needs --name, --appid and --secret-env, or the PATH of a manifest that has the account")
		}
		return manifests.NewAccount(f.name, f.appid, f.secretEnv, material.Types())
	}
	if f.fresh() {
		return nil, errors.New("a PATH and --name, --appid or --secret-env exclude each other: the manifest has these settings")
	}
	accounts, err := r.choose(paths, r.sandboxFile == "" && !r.remembered())
	if err != nil {
		return nil, err
	}
	if len(accounts) > 1 {
		var all []string
		for _, a := range accounts {
			all = append(all, a.Name)
		}
		return nil, fmt.Errorf("import writes the manifest of one account: choose with --account; there are: %s", strings.Join(all, ", "))
	}
	return accounts[0], nil
}

// inventory lists the account.
func (r *run) inventory(ctx context.Context, a *reconcile.Account) (manifests.Import, error) {
	l := r.list(ctx, a)
	if l.err != nil {
		return manifests.Import{}, failed(l.status, "%s: %w; no manifest is written", a.Manifest.Name, l.err)
	}
	return manifests.Import{Account: a.Manifest, Items: l.snap.Items, Listed: l.snap.ObservedAt}, nil
}

func (r *run) writeManifest(path string, text []byte) error {
	write := func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	}
	if path == "" {
		return write(r.Stdout)
	}
	return manifests.WriteFile(path, write)
}

// imports says how many materials the manifest keeps, and what to do next.
func (r *run) imports(m manifests.Import, out string) {
	counts := map[material.Type]int{}
	for _, it := range m.Items {
		counts[it.Type]++
	}
	var each []string
	total := 0
	for _, t := range m.Account.Types {
		total += counts[t]
		each = append(each, fmt.Sprintf("%d %s", counts[t], t))
	}
	next := "save it, then see that nothing would change: wxkeep plan FILE"
	if out != "" {
		next = "see that nothing would change: wxkeep plan " + out
	}
	r.tell("%s: the manifest keeps %s (%s) as listed at %s; %s", m.Account.Name, materials(total), strings.Join(each, ", "), moment(m.Listed), next)
}
