package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"wxkeep/state/wechat/sandbox"
)

func (r *run) sandbox() *cobra.Command {
	var f sandboxFlags
	cmd := &cobra.Command{
		Use:   "sandbox FILE",
		Short: "serve a pretend account on loopback",
		Long: `sandbox serves the pretend accounts that FILE describes, over HTTP, until it is
interrupted. It behaves as WeChat's API does, quirks included; the README of
state/wechat/sandbox says what is faithful and what nobody knows. Its first line
of output is the address. GET /_sandbox/calls counts the calls by endpoint, POST
/_sandbox/midnight begins the daily quotas again.

Exit status: 0 when it was interrupted, 1 for an error.`,
		Example: `  wxkeep sandbox examples/quickstart/account.yaml
  wxkeep plan --endpoint http://127.0.0.1:PORT examples/quickstart/manifests`,
		Args: oneFile,
		RunE: func(cmd *cobra.Command, args []string) error { return r.runSandbox(cmd.Context(), args[0], f) },
	}
	cmd.Flags().StringVar(&f.listen, "listen", "127.0.0.1:0", "loopback `HOST:PORT` to listen on; port 0 takes a free one")
	cmd.Flags().StringVar(&f.tlsCA, "tls-ca", "", "serve https, and write the certificate to trust with --ca-file into this `FILE`")
	return cmd
}

type sandboxFlags struct{ listen, tlsCA string }

func (r *run) runSandbox(ctx context.Context, file string, f sandboxFlags) error {
	r.sandboxFile = file
	s, server, err := r.startSandbox(f.listen, f.tlsCA != "")
	if err != nil {
		return err
	}
	defer func() { _ = server.Close() }()
	if f.tlsCA != "" {
		if err := writeFile(f.tlsCA, server.CA); err != nil {
			return err
		}
	}
	if _, err := fmt.Fprintln(r.Stdout, server.URL); err != nil {
		return err
	}
	r.tell("serving %s from %s; their secrets stand there; Ctrl-C ends it", strings.Join(s.Accounts(), ", "), file)
	<-ctx.Done()
	return nil
}

func (r *run) startSandbox(listen string, tls bool) (*sandbox.Sandbox, *sandbox.Server, error) {
	s, err := sandbox.Load(r.sandboxFile)
	if err != nil {
		return nil, nil, err
	}
	start := s.Start
	if tls {
		start = s.StartTLS
	}
	server, err := start(listen)
	if err != nil {
		return nil, nil, err
	}
	return s, server, nil
}
