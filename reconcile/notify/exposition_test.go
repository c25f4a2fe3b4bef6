package notify

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"pgregory.net/rapid"

	"wxkeep/reconcile/plan"
)

// othersMetrics are of all kinds, and in all the ways of writing.
const othersMetrics = `# a remark
# HELP http_seconds How long, with a \\ in it.
# TYPE http_seconds histogram
http_seconds_bucket{le="0.1"} 3
http_seconds_bucket{le="+Inf"} 5 1395066363000
http_seconds_sum 1.5e+00
http_seconds_count 5
#TYPE rpc summary
rpc{quantile="0.5", } NaN
rpc_sum 2
rpc_count 1
# TYPE jobs_total counter
	jobs_total { name = "a\"b\\c\nd",place="图" , } +Inf
up{} 1
`

func TestMetricsOfAllKindsStayAsTheyAre(t *testing.T) {
	t.Parallel()
	after, err := Textfile([]byte(othersMetrics), measured("plan", &plan.Plan{Accounts: planned().Accounts[:1]}, 0))
	if err != nil {
		t.Fatal(err)
	}
	want, _ := parseExposition(othersMetrics)
	got, err := parseExposition(string(after))
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range want {
		if diff := cmp.Diff(f, got[name], cmp.AllowUnexported(family{}, sample{}, label{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if families := library(t, string(after)); len(families) != len(got) {
		t.Errorf("%d families, for the library %d", len(got), len(families))
	}
}

// library reads a text as Prometheus does: the labels and values of each family.
func library(t interface{ Fatalf(string, ...any) }, text string) map[string][]map[string]string {
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	read := map[string][]map[string]string{}
	for name, f := range families {
		for _, m := range f.Metric {
			labels := map[string]string{}
			for _, l := range m.Label {
				labels[l.GetName()] = l.GetValue()
			}
			read[name] = append(read[name], labels)
		}
	}
	return read
}

// TestPrometheusReadsWhatIsWritten holds that labels of any text come through.
func TestPrometheusReadsWhatIsWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f := &family{name: "wxkeep_x", help: "H.", kind: "gauge"}
		var want []map[string]string
		for i := range rapid.IntRange(1, 4).Draw(t, "samples") {
			labels := []label{{"n", strings.Repeat("i", i)}, {"a", rapid.String().Draw(t, "a")}, {"b", rapid.StringMatching(`["\\\n,{}=a ]*`).Draw(t, "b")}}
			value := rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{0, 1, math.NaN(), math.Inf(1), math.Inf(-1)})).Draw(t, "value")
			f.samples = append(f.samples, newSample(f.name, labels, value))
			want = append(want, map[string]string{"n": labels[0].value, "a": labels[1].value, "b": labels[2].value})
		}
		text := string(exposition(map[string]*family{f.name: f}))
		if diff := cmp.Diff(want, library(t, text)[f.name]); diff != "" {
			t.Errorf("the library reads (-want +got):\n%s\n%s", diff, text)
		}
		again, err := parseExposition(text)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(f, again[f.name], cmp.AllowUnexported(family{}, sample{}, label{})); diff != "" {
			t.Errorf("read again (-want +got):\n%s\n%s", diff, text)
		}
	})
}

func TestWhatIsNoFileOfMetrics(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"x", "x y", "1x 1", "x 1 y", "x 1 2 3", "x{ 1", "x{a} 1", "x{a=b} 1", `x{a="b} 1`, `x{a="\q"} 1`, `x{a="b\`, `x{a="b" c="d"} 1`, `x{="a"} 1`, `x{,} 1`, `{a="b"} 1`,
		"# TYPE x thing\n", "# TYPE x gauge\n# TYPE x gauge\n", "# HELP x a\n# HELP x b\n", "# TYPE x-y gauge\n", "# TYPE\n", "- x 1\n", "key: value\n", "<p> 1",
	} {
		if families, err := parseExposition(text); err == nil {
			t.Errorf("%q: %v", text, families)
		}
	}
}

// FuzzExposition holds that what is taken for metrics is written again line by
// line, and read again as the same.
func FuzzExposition(f *testing.F) {
	f.Add(othersMetrics)
	f.Add("x{a=\"b\",} 1 2\n#\n# HELP y\n")
	f.Fuzz(func(t *testing.T, text string) {
		families, err := parseExposition(text)
		if err != nil {
			return
		}
		written := string(exposition(families))
		again, err := parseExposition(written)
		if err != nil {
			t.Fatalf("%q became %q: %v", text, written, err)
		}
		for line := range strings.Lines(text) {
			if line = strings.Trim(line, " \t\n"); line != "" && line[0] != '#' && !strings.Contains(written, line+"\n") {
				t.Errorf("%q is gone from %q", line, written)
			}
		}
		if rewritten := string(exposition(again)); rewritten != written {
			t.Errorf("%q became %q", written, rewritten)
		}
	})
}
