package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"

	"wxkeep/reconcile/notify"
)

// push pushes the metrics of a run to the Pushgateway, if there is one.
func (r *run) push(transport http.RoundTripper, run notify.Measured) error {
	if r.pushgateway == "" {
		return nil
	}
	gateway, err := notify.ParsePushgateway(r.pushgateway, notify.Sender{Transport: transport})
	if err != nil {
		return err
	}
	return gateway.Push(r.calls, run)
}

// writeMetrics brings the textfile up to date, if there is one. node_exporter runs
// as another user, who has to read it: there is no secret in it.
func (r *run) writeMetrics(run notify.Measured) error {
	path := r.metrics
	if path == "" {
		return nil
	}
	var before []byte
	info, err := os.Stat(path)
	if err == nil && info.Mode().IsRegular() {
		before, err = os.ReadFile(path)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("--metrics: %w", err)
	}
	text, err := notify.Textfile(before, run)
	if err != nil {
		return fmt.Errorf("--metrics %s: %w", path, err)
	}
	if err := writeMode(path, text, 0o644); err != nil {
		return fmt.Errorf("--metrics: %w", err)
	}
	return nil
}
