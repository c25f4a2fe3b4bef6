package notify

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"wxkeep/reconcile/plan"
)

func measured(command string, p *plan.Plan, minutes int) Measured {
	return Measured{Run: Run{Command: command, Plan: p}, Ended: made.Add(time.Duration(minutes) * time.Minute), Seconds: 1.5}
}

// textfile is the file after some runs, one after another.
func textfile(t *testing.T, runs ...Measured) string {
	t.Helper()
	var text []byte
	for _, run := range runs {
		var err error
		if text, err = Textfile(text, run); err != nil {
			t.Fatal(err)
		}
	}
	return string(text)
}

// only returns the lines of a file that begin so, without what they share.
func only(text, start string) []string {
	var lines []string
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, start) {
			lines = append(lines, strings.TrimSpace(strings.TrimPrefix(line, start)))
		}
	}
	return lines
}

func TestTheTextfile(t *testing.T) {
	t.Parallel()
	golden(t, "metrics", textfile(t, measured("plan", planned(), 0), measured("apply", applied(), 5)))
}

// TestMetricsPassPrometheusLint is what promtool check metrics does.
func TestMetricsPassPrometheusLint(t *testing.T) {
	t.Parallel()
	text := textfile(t, measured("plan", planned(), 0), measured("apply", applied(), 5))
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	if err != nil {
		t.Fatal(err)
	}
	if problems != nil {
		t.Errorf("lint: %+v", problems)
	}
}

// TestAFailureKeepsWhatItKnowsNothingAbout runs well, then badly, then well again.
func TestAFailureKeepsWhatItKnowsNothingAbout(t *testing.T) {
	t.Parallel()
	well := &plan.Plan{Accounts: planned().Accounts[:1], Changes: planned().Changes}
	badly := &plan.Plan{Accounts: []plan.Account{{Name: "brand-main", AppID: "wx0123456789abcdef", Status: plan.Denied, Error: "x"}}}
	skipped := &plan.Plan{Accounts: []plan.Account{{Name: "brand-main", AppID: "wx0123456789abcdef", Skipped: "unchanged", Applicable: true}}}
	empty := &plan.Plan{Accounts: []plan.Account{{Name: "brand-main", AppID: "wx0123456789abcdef"}}}
	const labels = `{account="brand-main",appid="wx0123456789abcdef",command="plan"`
	tests := map[string]struct {
		runs []Measured
		want map[string][]string
	}{
		"a failure": {[]Measured{measured("plan", well, 0), measured("plan", badly, 5)}, map[string][]string{
			"wxkeep_last_run_timestamp_seconds" + labels:     {"} 1.795437031e+09"},
			"wxkeep_last_success_timestamp_seconds" + labels: {"} 1.795436731e+09"},
			"wxkeep_last_run_exit_status" + labels:           {"} 12"},
			"wxkeep_live_materials" + labels:                 {`,type="image"} 120`, `,type="voice"} 3`},
		}},
		"a failure, and a success that listed nothing": {[]Measured{measured("plan", well, 0), measured("plan", badly, 5), measured("plan", empty, 10)}, map[string][]string{
			"wxkeep_last_run_timestamp_seconds" + labels:     {"} 1.795437331e+09"},
			"wxkeep_last_success_timestamp_seconds" + labels: {"} 1.795437331e+09"},
			"wxkeep_last_run_exit_status" + labels:           {"} 0"},
			"wxkeep_live_materials" + labels:                 nil,
		}},
		"an account that was not looked at": {[]Measured{measured("plan", well, 0), measured("plan", skipped, 5)}, map[string][]string{
			"wxkeep_last_run_timestamp_seconds" + labels:     {"} 1.795436731e+09"},
			"wxkeep_last_success_timestamp_seconds" + labels: {"} 1.795436731e+09"},
			"wxkeep_live_materials" + labels:                 {`,type="image"} 120`, `,type="voice"} 3`},
		}},
		"another command fails": {[]Measured{measured("plan", well, 0), measured("apply", badly, 5)}, map[string][]string{
			"wxkeep_last_run_exit_status" + labels:  {"} 0"},
			"wxkeep_last_run_exit_status":           {`{account="brand-main",appid="wx0123456789abcdef",command="apply"} 12`, labels + "} 0"},
			"wxkeep_last_success_timestamp_seconds": {labels + "} 1.795436731e+09"},
		}},
		"the first run fails": {[]Measured{measured("plan", badly, 0)}, map[string][]string{
			"wxkeep_last_success_timestamp_seconds": nil,
			"wxkeep_last_run_exit_status" + labels:  {"} 12"},
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := textfile(t, test.runs...)
			got := map[string][]string{}
			for start := range test.want {
				got[start] = only(text, start)
			}
			if diff := cmp.Diff(test.want, got, cmpopts.SortSlices(strings.Compare)); diff != "" {
				t.Errorf("metrics (-want +got):\n%s\n%s", diff, text)
			}
		})
	}
}

func TestWhatOthersWroteStays(t *testing.T) {
	t.Parallel()
	other := &plan.Plan{Accounts: []plan.Account{{Name: "other", AppID: "wx9123456789abcdef"}}}
	before := textfile(t, measured("plan", other, 0)) + "# HELP up x\n# TYPE up gauge\nup 1\n"
	after, err := Textfile([]byte(before), measured("plan", planned(), 5))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(before) {
		if !bytes.Contains(after, []byte(line)) {
			t.Errorf("%q is gone", line)
		}
	}
	for _, text := range []string{"account: {name: a}\n", "{\"a\": 1}", "keep:\n  - \"abc\"\n"} {
		if after, err := Textfile([]byte(text), measured("plan", other, 5)); err == nil {
			t.Errorf("%q became %s", text, after)
		}
	}
}

func TestAPushgatewayGetsAGroupAnAccount(t *testing.T) {
	t.Parallel()
	r := receive(t, reply{202, "", nil})
	gateway, err := ParsePushgateway(r.URL+"/", sender())
	if err != nil {
		t.Fatal(err)
	}
	if err := gateway.Push(t.Context(), measured("plan", planned(), 0)); err != nil {
		t.Fatal(err)
	}
	requests, bodies := r.got()
	var got []string
	for i, request := range requests {
		line, _, _ := strings.Cut(request, "\n")
		method, path, _ := strings.Cut(line, " ")
		for _, label := range []string{"/account/", "/appid/wx", "/command/plan"} {
			if !strings.HasPrefix(path, "/metrics/job/wxkeep/") || !strings.Contains(path, label) {
				t.Errorf("pushed to %s", path)
			}
		}
		name, _, _ := strings.Cut(path[strings.Index(path, "/account/")+len("/account/"):], "/")
		got = append(got, method+" "+name)
		if status := only(string(bodies[i]), "wxkeep_last_run_exit_status "); len(status) != 1 || strings.Contains(string(bodies[i]), "account=") {
			t.Errorf("pushed of %s:\n%s", name, bodies[i])
		}
	}
	// PUT replaces a group, POST leaves in it what is not sent.
	want := []string{"PUT brand-main", "PUT quiet", "POST second", "POST third"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("pushes (-want +got):\n%s", diff)
	}
}

func TestAPushgatewayThatTakesNothing(t *testing.T) {
	t.Parallel()
	p := planned()
	tests := map[string]struct {
		url  string
		want string
	}{
		"a mistake":     {receive(t, reply{400, "pushed metrics are invalid", nil}).URL, "HTTP 400 Bad Request: pushed metrics are invalid"},
		"it is down":    {closed(t), "connection refused"},
		"a server dies": {receive(t, reply{500, "<html>", nil}).URL, "HTTP 500 Internal Server Error: ＜html＞"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			gateway, err := ParsePushgateway(strings.Replace(test.url, "//", "//user:"+key+"@", 1), sender())
			if err != nil {
				t.Fatal(err)
			}
			err = gateway.Push(t.Context(), measured("plan", p, 0))
			want := "metrics of brand-main: Pushgateway " + strings.TrimPrefix(test.url, "http://") + ": " + test.want
			if err == nil || err.Error() != want {
				t.Errorf("error %v, want %s", err, want)
			}
		})
	}
}

func TestAPushgatewayGetsItsPassword(t *testing.T) {
	t.Parallel()
	r := receive(t, reply{200, "", nil})
	seen := make(chan [2]string, 10)
	r.Config.Handler = http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		user, password, _ := req.BasicAuth()
		seen <- [2]string{user, password}
	})
	gateway, err := ParsePushgateway(strings.Replace(r.URL, "//", "//user:"+key+"@", 1), sender())
	if err != nil {
		t.Fatal(err)
	}
	if err := gateway.Push(t.Context(), measured("plan", planned(), 0)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([2]string{"user", key}, <-seen); diff != "" {
		t.Errorf("user and password (-want +got):\n%s", diff)
	}
}

func TestWhatIsNoPushgateway(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"", "pushgateway:9091", "ftp://x", "http://", "http://x?y=z", "http://x\x7f"} {
		if _, err := ParsePushgateway(url, Sender{}); err == nil || strings.Contains(err.Error(), "x\x7f") {
			t.Errorf("%q: %v", url, err)
		}
	}
}
