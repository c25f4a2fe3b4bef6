package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"time"

	"wxkeep/reconcile/notify"
)

// measure writes and pushes the metrics of a run.
func (r *run) measure(transport http.RoundTripper, told notify.Run) error {
	run := notify.Measured{Run: told, Ended: r.now(), Seconds: time.Since(r.began).Seconds()}
	if r.pushgateway != "" {
		gateway, err := notify.ParsePushgateway(r.pushgateway, notify.Sender{Transport: transport})
		if err == nil {
			err = gateway.Push(r.calls, run)
		}
		if err != nil {
			r.warn("--pushgateway: %v", err)
		}
	}
	if r.metrics == "" {
		return nil
	}
	return writeMetrics(r.metrics, run)
}

// writeMetrics brings the textfile up to date. node_exporter runs as another user,
// who has to read it: there is no secret in it.
func writeMetrics(path string, run notify.Measured) error {
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
