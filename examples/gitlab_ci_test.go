package examples_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"
)

// A gitlabJob is a job of .gitlab-ci.yml, as far as the example uses the format. A
// key that is not here is an error.
//
// Source: docs.gitlab.com, CI/CD YAML syntax reference.
type gitlabJob struct {
	Stage         string
	Tags          []string
	Needs         []string
	Timeout       string
	Interruptible bool
	ResourceGroup string            `yaml:"resource_group"`
	Environment   map[string]string `yaml:"environment"`
	Variables     map[string]string
	Rules         []struct {
		If      string
		Changes []string
		When    string
	}
	Script    []yaml.Node
	Artifacts struct {
		When     string
		ExposeAs string `yaml:"expose_as"`
		ExpireIn string `yaml:"expire_in"`
		Paths    []string
		Reports  struct{ Terraform, JUnit, Dotenv string }
	}
}

// commands is the script, lists in it laid flat.
func (j gitlabJob) commands() []string {
	var all []string
	for _, n := range j.Script {
		if n.Kind == yaml.AliasNode {
			n = *n.Alias
		}
		all = append(all, n.Value)
	}
	return all
}

// A gitlab runs jobs of the example as a runner does, each in a work tree of its
// own.
type gitlab struct {
	origin    origin
	forge     *forge
	wechat    wechat
	state     string // in the place of /var/lib/wxkeep of the runner with the tag
	jobs      map[string]gitlabJob
	stages    []string
	variables map[string]string
	artifacts map[string]string // directories by job
}

func newGitLab(t *testing.T) *gitlab {
	t.Helper()
	g := &gitlab{origin: newOrigin(t, ""), forge: newForge(t), wechat: newWechat(t), state: filepath.Join(t.TempDir(), "ledger"), jobs: map[string]gitlabJob{}, artifacts: map[string]string{}}
	var file map[string]yaml.Node
	strictly(t, &file, "gitlab-ci/.gitlab-ci.yml")
	for name, n := range file {
		var err error
		switch name {
		case "workflow", "default": // nothing of it acts here
		case "stages":
			err = n.Decode(&g.stages)
		case "variables":
			err = n.Decode(&g.variables)
		default:
			g.jobs[name] = decodeJob(t, name, n)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return g
}

// decodeJob decodes a job with no unknown key. A script's list in a list is an
// alias, which is the same as its text.
func decodeJob(t *testing.T, name string, n yaml.Node) gitlabJob {
	t.Helper()
	var known gitlabJob
	text, err := yaml.Marshal(&n)
	if strings.Contains(string(text), "*propose") { // its anchor is in another job
		text = []byte(strings.ReplaceAll(string(text), "*propose", `"*propose"`))
	}
	if err != nil {
		t.Fatal(err)
	}
	d := yaml.NewDecoder(strings.NewReader(string(text)))
	d.KnownFields(true)
	if err := d.Decode(&known); err != nil {
		t.Fatalf("the job %s: %v", name, err)
	}
	var j gitlabJob
	if err := n.Decode(&j); err != nil {
		t.Fatal(err)
	}
	return j
}

// job runs a job in a work tree of a branch, with variables.
func (g *gitlab) job(t *testing.T, name, branch string, variables map[string]string) said {
	t.Helper()
	j, ok := g.jobs[name]
	if !ok {
		t.Fatalf("there is no job %s", name)
	}
	dir := g.origin.clone(t, branch)
	git(t, dir, "remote", "remove", "origin")
	env := g.environment(name, variables)
	for _, need := range j.Needs {
		g.fetch(t, dir, env, need)
	}
	script := filepath.Join(t.TempDir(), "script.sh")
	write(t, "set -eo pipefail\n"+strings.Join(j.commands(), "\n")+"\n", script)
	got := run(t, dir, env, "bash", "--noprofile", "--norc", script)
	kept := filepath.Join(t.TempDir(), "artifacts")
	reports := j.Artifacts.Reports
	for _, path := range slices.Concat(j.Artifacts.Paths, []string{reports.Terraform, reports.JUnit, reports.Dotenv}) {
		if b, err := os.ReadFile(filepath.Join(dir, path)); path != "" && err == nil {
			write(t, string(b), kept, path)
		} else if path != "" && got.status == 0 {
			t.Errorf("the job %s has no artifact %s", name, path)
		}
	}
	g.artifacts[name] = kept
	return got
}

// environment is what a job finds: what is predefined, what the file says, and
// variables of the project, as far as their scope goes.
func (g *gitlab) environment(name string, more map[string]string) map[string]string {
	j := g.jobs[name]
	env := map[string]string{
		"CI": "true", "GITLAB_CI": "true", "CI_JOB_NAME": name, "CI_JOB_TOKEN": forgeToken, "CI_DEFAULT_BRANCH": "main", "CI_PROJECT_ID": "3",
		"CI_API_V4_URL": g.forge.url, "CI_SERVER_URL": "https://forge.example", "CI_PROJECT_URL": strings.TrimSuffix(string(g.origin), ".git"),
		"WXKEEP_ENDPOINT": g.wechat.url,
	}
	maps.Copy(env, more)
	for _, variables := range []map[string]string{g.variables, j.Variables} {
		for key, value := range variables {
			env[key] = os.Expand(value, func(key string) string { return env[key] })
		}
	}
	if slices.Contains(j.Tags, "wechat") {
		env["WXKEEP_STATE"] = strings.ReplaceAll(env["WXKEEP_STATE"], "/var/lib/wxkeep", g.state)
	}
	if j.Environment["name"] == "wechat" {
		env["WX_APP_SECRET"] = g.wechat.secret()
	}
	return env
}

// fetch brings the artifacts of a job into a work tree, and its dotenv report into
// the environment.
func (g *gitlab) fetch(t *testing.T, dir string, env map[string]string, need string) {
	t.Helper()
	copyTo(t, dir, g.artifacts[need])
	if dotenv := g.jobs[need].Artifacts.Reports.Dotenv; dotenv != "" {
		for line := range strings.Lines(read(t, g.artifacts[need], dotenv)) {
			key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
			env[key] = value
		}
	}
}

// From the first night to a deletion that is taken back, every command of every job
// is run.
func TestTheGitLabJobsTakeAMaterialAwayAndBringItBack(t *testing.T) {
	t.Parallel()
	g := newGitLab(t)

	has(t, g.job(t, "nightly", "main", nil).exits(t, 0).output, "5 to delete")
	g.job(t, "import", "main", map[string]string{"WXKEEP_PUSH_TOKEN": forgeToken}).exits(t, 0)
	has(t, g.origin.manifest(t, "wxkeep/import"), string(oldVoice), string(logo))

	g.origin.drop(t, "change", welcome)
	before := g.wechat.total()
	mergeRequest := map[string]string{"CI_MERGE_REQUEST_DIFF_BASE_SHA": git(t, string(g.origin), "rev-parse", "main")}
	has(t, g.job(t, "plan", "change", mergeRequest).exits(t, 0).output, string(welcome))
	if g.wechat.total() != before {
		t.Errorf("a merge request called WeChat %d times", g.wechat.total()-before)
	}
	has(t, read(t, g.artifacts["plan"], "plan.gitlab.json"), `"delete":1`)

	g.origin.drop(t, "main", welcome)
	g.job(t, "plan-main", "main", nil).exits(t, 0)
	has(t, g.job(t, "apply", "main", nil).exits(t, 0).output, "6 destroyed")
	if g.wechat.live(welcome) || !g.wechat.live(logo) {
		t.Error("what was taken out of the manifest is live, or what it keeps is not")
	}

	back := map[string]string{"WXKEEP_RESTORE": string(welcome), "WXKEEP_PUSH_TOKEN": forgeToken}
	has(t, g.job(t, "restore", "main", back).exits(t, 0).output, string(welcome)+" → ")
	if g.origin.manifest(t, "wxkeep/restore") == g.origin.manifest(t, "main") {
		t.Error("the new id is not proposed")
	}
	lease := leaveLease(t, g.state)
	has(t, g.job(t, "nightly", "main", nil).exits(t, 11).output, lease)
	g.job(t, "unlock", "main", map[string]string{"WXKEEP_UNLOCK": "brand-main", "WXKEEP_LEASE": lease}).exits(t, 0)
	g.job(t, "nightly", "main", nil).exits(t, 0)
}

// Which jobs a pipeline has, and what may be near a stranger's branch.
func TestTheGitLabJobsOfAMergeRequestHaveNoSecret(t *testing.T) {
	t.Parallel()
	g := newGitLab(t)
	jobs := map[string][]string{}
	for _, name := range slices.Sorted(maps.Keys(g.jobs)) {
		j := g.jobs[name]
		if !slices.Contains(g.stages, j.Stage) || j.Timeout == "" || len(j.Rules) != 1 {
			t.Errorf("the job %s: stage %q, timeout %q, %d rules", name, j.Stage, j.Timeout, len(j.Rules))
			continue
		}
		source := strings.SplitN(j.Rules[0].If, `"`, 3)[1]
		jobs[source] = append(jobs[source], name)
		if source == "merge_request_event" && (len(j.Tags) > 0 || len(j.Environment) > 0) {
			t.Errorf("the job %s of a merge request is near a runner or a secret of ours", name)
		}
	}
	want := map[string][]string{
		"merge_request_event": {"plan"}, "push": {"apply", "plan-main"}, "schedule": {"import", "nightly"}, "web": {"restore", "unlock"},
	}
	if diff := cmp.Diff(want, jobs); diff != "" {
		t.Errorf("jobs of pipelines (-want +got):\n%s", diff)
	}
	if g.jobs["apply"].Rules[0].When != "manual" {
		t.Error("apply does not wait for anybody")
	}
}
