package examples_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// A workflow is a file of .github/workflows, as far as the examples use the
// format. A key that is not here is an error.
//
// Source: docs.github.com, Workflow syntax for GitHub Actions.
type workflow struct {
	Name        string
	On          any
	Permissions map[string]string
	Concurrency map[string]string
	Defaults    struct{ Run struct{ Shell string } }
	Env         map[string]string
	Jobs        map[string]job
}

// A job is one of a workflow.
type job struct {
	Needs       string
	If          string
	RunsOn      any `yaml:"runs-on"`
	Timeout     int `yaml:"timeout-minutes"`
	Environment string
	Permissions map[string]string
	Env         map[string]string
	Outputs     map[string]string
	Steps       []step
}

// A step is one of a job, or of an action.
type step struct {
	ID              string
	Name            string
	If              string
	Uses            string
	With            map[string]string
	Env             map[string]string
	Run             string
	Shell           string
	ContinueOnError bool `yaml:"continue-on-error"`
}

// An action is an action.yml.
type action struct {
	Name, Description string
	Inputs            map[string]struct {
		Description string
		Required    bool
		Default     string
	}
	Runs struct {
		Using string
		Steps []step
	}
}

// strictly decodes a file of one document in which no key is unknown.
func strictly(t *testing.T, into any, path ...string) {
	t.Helper()
	d := yaml.NewDecoder(strings.NewReader(read(t, path...)))
	d.KnownFields(true)
	if err := d.Decode(into); err != nil {
		t.Fatalf("%s: %v", filepath.Join(path...), err)
	}
}

// A hub runs workflows as GitHub does: each job in a work tree of its own, where
// only caches, artifacts and what a self-hosted runner's disk holds outlive it.
type hub struct {
	origin    origin
	forge     *forge
	wechat    wechat
	state     string // in the place of /var/lib/wxkeep on the self-hosted runner
	caches    []cached
	artifacts map[string]string // directories by name
}

type cached struct{ key, dir string }

// An event starts a workflow.
type event struct {
	head   string            // the branch or commit that is checked out
	values map[string]string // of expressions
}

// A jobRun is what became of a job.
type jobRun struct {
	result  string // success, failure or skipped
	outputs map[string]string
	summary string
	log     string
}

// run runs a workflow's jobs, each after those it needs.
func (h *hub) run(t *testing.T, file string, e event) map[string]*jobRun {
	t.Helper()
	var w workflow
	strictly(t, &w, "github-actions/.github/workflows", file)
	h.artifacts = map[string]string{}
	done := map[string]*jobRun{}
	for len(done) < len(w.Jobs) {
		before := len(done)
		for _, name := range slices.Sorted(maps.Keys(w.Jobs)) {
			if needs := w.Jobs[name].Needs; done[name] == nil && (needs == "" || done[needs] != nil) {
				done[name] = h.job(t, w, name, e, done[needs])
			}
		}
		if len(done) == before {
			t.Fatalf("%s: a job needs one that there is not", file)
		}
	}
	return done
}

// job runs a job, unless what it needs, or its condition, is against it.
func (h *hub) job(t *testing.T, w workflow, name string, e event, needed *jobRun) *jobRun {
	t.Helper()
	j := w.Jobs[name]
	r := &runner{t: t, hub: h, job: j, event: e, values: maps.Clone(e.values), run: &jobRun{result: "success"}, shell: w.Defaults.Run.Shell}
	if needed != nil {
		for key, value := range needed.outputs {
			r.values["needs."+j.Needs+".outputs."+key] = value
		}
	}
	failed := needed != nil && needed.result != "success"
	if !r.holds(j.If, failed) {
		return &jobRun{result: "skipped"}
	}
	if j.Environment != "" { // secrets are those of environments alone
		r.values["secrets.WX_APP_SECRET"] = h.wechat.secret()
	}
	if slices.Contains(slices.Collect(maps.Values(j.Permissions)), "write") {
		r.values["github.token"] = forgeToken
	}
	r.prepare(w)
	r.steps(j.Steps, "")
	r.run.outputs = map[string]string{}
	for key, value := range j.Outputs {
		r.run.outputs[key] = r.expand(value)
	}
	if b, err := os.ReadFile(r.env["GITHUB_STEP_SUMMARY"]); err == nil {
		r.run.summary = string(b)
	}
	return r.run
}

// A runner runs one job.
type runner struct {
	t      *testing.T
	hub    *hub
	job    job
	event  event
	values map[string]string // of expressions
	env    map[string]string
	shell  string
	dir    string // the workspace
	run    *jobRun
}

// selfHosted says whether the job has a machine whose disk stays.
func (r *runner) selfHosted() bool { return strings.Contains(fmt.Sprint(r.job.RunsOn), "self-hosted") }

// prepare makes the workspace and the variables that every step finds.
func (r *runner) prepare(w workflow) {
	temp := r.t.TempDir()
	r.dir = filepath.Join(temp, "workspace")
	for _, dir := range []string{r.dir, filepath.Join(temp, "temp")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			r.t.Fatal(err)
		}
	}
	r.env = map[string]string{
		"CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": r.dir, "GITHUB_REPOSITORY": "your-org/manifests", "GITHUB_REF_NAME": "main",
		"GITHUB_SERVER_URL": "https://forge.example", "GITHUB_API_URL": r.hub.forge.url, "RUNNER_TEMP": filepath.Join(temp, "temp"),
		"GITHUB_STEP_SUMMARY": filepath.Join(temp, "summary"), "GITHUB_OUTPUT": filepath.Join(temp, "output"), "GITHUB_PATH": filepath.Join(temp, "path"),
		"WXKEEP_ENDPOINT": r.hub.wechat.url, "PATH": os.Getenv("PATH"),
	}
	r.adopt(w.Env)
	r.adopt(r.job.Env)
}

// adopt adds variables of the workflow, the job or a step.
func (r *runner) adopt(env map[string]string) {
	for key, value := range env {
		value = r.expand(value)
		if r.selfHosted() {
			value = strings.ReplaceAll(value, "/var/lib/wxkeep", r.hub.state)
		}
		r.env[key] = value
	}
}

// steps runs steps one after the other. After one that failed only those run that
// ask for it. The prefix is that of an action's inputs.
func (r *runner) steps(steps []step, shell string) {
	for _, s := range steps {
		if !r.holds(s.If, r.run.result == "failure") {
			continue
		}
		do := func() bool { return r.script(s, shell) }
		if s.Uses != "" {
			do = func() bool { return r.use(s) }
		}
		if !do() && !s.ContinueOnError {
			r.run.result = "failure"
		}
	}
}

// script runs the commands of a step as GitHub's runner does.
func (r *runner) script(s step, shell string) bool {
	if shell == "" {
		shell = r.shell
	}
	if s.Shell != "" {
		shell = s.Shell
	}
	if shell != "bash" {
		r.t.Fatalf("the shell of %q is %q: only bash has pipefail", s.Run, shell)
	}
	if strings.Contains(s.Run, "${{") {
		r.t.Errorf("an expression in a script is run as part of it: %s", s.Run)
	}
	before := maps.Clone(r.env)
	r.adopt(s.Env)
	for _, name := range []string{"GITHUB_OUTPUT", "GITHUB_PATH"} {
		write(r.t, "", r.env[name])
	}
	file := filepath.Join(r.t.TempDir(), "step.sh")
	write(r.t, s.Run, file)
	got := run(r.t, r.dir, r.env, "bash", "--noprofile", "--norc", "-eo", "pipefail", file)
	r.run.log += got.output
	for key, value := range outputs(read(r.t, r.env["GITHUB_OUTPUT"])) {
		r.values["steps."+s.ID+".outputs."+key] = value
	}
	path := strings.TrimSpace(read(r.t, r.env["GITHUB_PATH"]))
	r.env = before
	if path != "" {
		r.env["PATH"] = path + string(os.PathListSeparator) + r.env["PATH"]
	}
	return got.status == 0
}

// outputs reads a file of outputs: key=value, or key<<DELIMITER and lines.
func outputs(text string) map[string]string {
	all := map[string]string{}
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		if key, end, ok := strings.Cut(lines[i], "<<"); ok {
			var value []string
			for i++; i < len(lines) && lines[i] != end; i++ {
				value = append(value, lines[i])
			}
			all[key] = strings.Join(value, "\n")
		} else if key, value, ok := strings.Cut(lines[i], "="); ok {
			all[key] = value
		}
	}
	return all
}

var (
	expression = regexp.MustCompile(`\$\{\{\s*(.*?)\s*\}\}`)
	published  = regexp.MustCompile(`^actions/[a-z/-]+@v[0-9]+$`)
)

// expand puts values in the place of expressions. One that nobody knows is the
// test's mistake, but for those that GitHub has empty.
func (r *runner) expand(text string) string {
	return expression.ReplaceAllStringFunc(text, func(s string) string {
		name := expression.FindStringSubmatch(s)[1]
		value, ok := r.values[name]
		if first, _, _ := strings.Cut(name, "."); !ok && first != "secrets" && first != "steps" {
			r.t.Fatalf("the expression %q is not known", name)
		}
		return value
	})
}

// holds evaluates a condition: comparisons and !cancelled(), joined by &&.
func (r *runner) holds(condition string, failed bool) bool {
	if m := expression.FindStringSubmatch(condition); m != nil {
		condition = m[1]
	}
	if !strings.Contains(condition, "!cancelled()") && failed {
		return false
	}
	for term := range strings.SplitSeq(condition, "&&") {
		term = strings.TrimSpace(term)
		if term == "" || term == "!cancelled()" {
			continue
		}
		left, right, same := strings.Cut(term, " == ")
		if !same {
			left, right, _ = strings.Cut(term, " != ")
		}
		if (r.operand(left) == r.operand(right)) != same {
			return false
		}
	}
	return true
}

// operand is a literal or an expression's value.
func (r *runner) operand(s string) string {
	if literal, ok := strings.CutPrefix(s, "'"); ok {
		return strings.TrimSuffix(literal, "'")
	}
	return r.expand("${{ " + s + " }}")
}

// use does what an action does.
func (r *runner) use(s step) bool {
	with := map[string]string{}
	for key, value := range s.With {
		with[key] = r.expand(value)
	}
	if strings.HasPrefix(s.Uses, "./") {
		return r.local(s.Uses, with)
	}
	if !published.MatchString(s.Uses) {
		r.t.Errorf("%s is not pinned to a version, or not GitHub's own", s.Uses)
	}
	name, _, _ := strings.Cut(s.Uses, "@")
	dir := filepath.Join(r.dir, with["path"])
	switch name {
	case "actions/checkout":
		r.checkout(dir, with)
	case "actions/cache/save":
		r.hub.caches = append(r.hub.caches, cached{with["key"], r.keep(dir)})
	case "actions/cache/restore":
		r.restore(dir, with)
	case "actions/upload-artifact":
		r.upload(dir, with["name"])
	case "actions/download-artifact":
		from, ok := r.hub.artifacts[with["name"]]
		if ok {
			copyTo(r.t, dir, from)
		}
		return ok
	default:
		r.t.Fatalf("%s is no action that the test knows", s.Uses)
	}
	return true
}

// local runs an action of the repository.
func (r *runner) local(uses string, with map[string]string) bool {
	var a action
	strictly(r.t, &a, r.dir, uses, "action.yml")
	outer := r.values
	r.values = maps.Clone(outer)
	for name, in := range a.Inputs {
		value, given := with[name]
		if !given && in.Required {
			r.t.Fatalf("%s wants %s", uses, name)
		}
		if !given {
			value = in.Default
		}
		r.values["inputs."+name] = value
	}
	for name := range with {
		if _, ok := a.Inputs[name]; !ok {
			r.t.Fatalf("%s has no input %s", uses, name)
		}
	}
	if strings.HasSuffix(uses, "/wxkeep") { // what README.md says has to be changed
		r.values["inputs.url"], r.values["inputs.sha256"] = r.hub.forge.url+"/wxkeep.tar.gz", r.hub.forge.sha256
	}
	r.steps(a.Runs.Steps, "none")
	r.values = outer
	return r.run.result != "failure"
}

// checkout clones the repository without leaving a token there.
func (r *runner) checkout(dir string, with map[string]string) {
	if with["persist-credentials"] != "false" {
		r.t.Error("a token stays in the work tree: persist-credentials is not false")
	}
	ref := with["ref"]
	if ref == "" {
		ref = r.event.head
	}
	git(r.t, r.dir, "clone", "--quiet", string(r.hub.origin), dir)
	git(r.t, dir, "checkout", "--quiet", ref)
}

// keep copies a directory to where it outlives the job.
func (r *runner) keep(dir string) string {
	to := filepath.Join(r.t.TempDir(), "kept")
	copyTo(r.t, to, dir)
	return to
}

// restore brings back the newest cache whose key begins as one of those wanted.
func (r *runner) restore(dir string, with map[string]string) {
	for _, c := range slices.Backward(r.hub.caches) {
		if c.key == with["key"] || strings.HasPrefix(c.key, with["restore-keys"]) {
			copyTo(r.t, dir, c.dir)
			return
		}
	}
}

// upload keeps a directory's files, or those that a pattern fits.
func (r *runner) upload(path, name string) {
	to := filepath.Join(r.t.TempDir(), "artifact")
	found, _ := filepath.Glob(path)
	for _, file := range found {
		if info, err := os.Stat(file); err == nil && info.IsDir() {
			copyTo(r.t, to, file)
		} else {
			write(r.t, read(r.t, file), to, filepath.Base(file))
		}
	}
	if entries, _ := os.ReadDir(to); len(entries) > 0 {
		r.hub.artifacts[name] = to
	}
}
