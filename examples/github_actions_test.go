package examples_test

import (
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func newHub(t *testing.T) *hub {
	t.Helper()
	return &hub{origin: newOrigin(t, "github-actions"), forge: newForge(t), wechat: newWechat(t), state: filepath.Join(t.TempDir(), "ledger")}
}

// onMain is what starts a workflow of the default branch.
func onMain(more map[string]string) event {
	e := event{head: "main", values: map[string]string{"github.run_id": "7", "github.run_attempt": "1", "inputs.ids": "", "inputs.run": ""}}
	maps.Copy(e.values, more)
	return e
}

// pullRequest is a pull request of a branch, from a repository.
func (h *hub) pullRequest(t *testing.T, branch, repository string) event {
	t.Helper()
	return event{head: "origin/" + branch, values: map[string]string{
		"github.run_id": "8", "github.repository": "your-org/manifests",
		"github.event.pull_request.number": "12", "github.event.pull_request.base.sha": git(t, string(h.origin), "rev-parse", "main"),
		"github.event.pull_request.head.repo.full_name": repository,
	}}
}

// results is what became of each job.
func results(runs map[string]*jobRun) map[string]string {
	all := map[string]string{}
	for name, r := range runs {
		all[name] = r.result
	}
	return all
}

// became checks what became of each job.
func became(t *testing.T, runs map[string]*jobRun, want map[string]string) {
	t.Helper()
	if diff := cmp.Diff(want, results(runs)); diff != "" {
		t.Fatalf("jobs (-want +got):\n%s", diff)
	}
}

// logs is what all jobs said.
func logs(runs map[string]*jobRun) string {
	var b strings.Builder
	for _, r := range runs {
		b.WriteString(r.log)
	}
	return b.String()
}

// From the first night to a deletion that is taken back, every command of every
// workflow is run.
func TestTheWorkflowsTakeAMaterialAwayAndBringItBack(t *testing.T) {
	t.Parallel()
	h := newHub(t)

	night := h.run(t, "nightly.yml", onMain(nil))
	if diff := cmp.Diff(map[string]string{"record": "success", "import": "success"}, results(night)); diff != "" {
		t.Fatalf("jobs (-want +got):\n%s\n%s", diff, logs(night))
	}
	has(t, night["record"].summary, "5 to delete")
	has(t, h.origin.manifest(t, "wxkeep/import"), string(oldVoice), string(logo))
	if strings.Contains(h.origin.manifest(t, "main"), string(oldVoice)) {
		t.Error("main was changed without a review")
	}
	h.run(t, "nightly.yml", onMain(nil))
	want := []pull{{
		Head: "wxkeep/import", Base: "main", Title: "Keep what was uploaded since",
		Body: "Take out the lines of what may go. What is not in the keep list when this is merged is deleted.",
	}}
	if diff := cmp.Diff(want, h.forge.pulls); diff != "" {
		t.Errorf("pull requests (-want +got):\n%s", diff)
	}

	h.origin.drop(t, "change", welcome)
	before := h.wechat.total()
	for range 2 {
		plan := h.run(t, "plan.yml", h.pullRequest(t, "change", "your-org/manifests"))
		if diff := cmp.Diff(map[string]string{"plan": "success", "comment": "success"}, results(plan)); diff != "" {
			t.Fatalf("jobs (-want +got):\n%s\n%s", diff, logs(plan))
		}
	}
	if h.wechat.total() != before {
		t.Errorf("a pull request called WeChat %d times", h.wechat.total()-before)
	}
	if len(h.forge.comments) != 1 {
		t.Fatalf("%d comments, want one that is changed", len(h.forge.comments))
	}
	has(t, h.forge.comments[0].Body, "<!-- wxkeep -->", string(welcome), "sha256:")

	h.origin.drop(t, "main", welcome)
	merged := h.run(t, "apply.yml", onMain(nil))
	if diff := cmp.Diff(map[string]string{"plan": "success", "apply": "success"}, results(merged)); diff != "" {
		t.Fatalf("jobs (-want +got):\n%s\n%s", diff, logs(merged))
	}
	if h.wechat.live(welcome) || !h.wechat.live(logo) {
		t.Error("what was taken out of the manifest is live, or what it keeps is not")
	}
	if digest := merged["plan"].outputs["digest"]; !strings.HasPrefix(digest, "sha256:") || merged["plan"].outputs["deletions"] != "6" {
		t.Errorf("outputs %v", merged["plan"].outputs)
	}
	became(t, h.run(t, "apply.yml", onMain(nil)), map[string]string{"plan": "success", "apply": "skipped"})

	live := len(h.wechat.Live(appid))
	back := h.run(t, "restore.yml", onMain(map[string]string{"inputs.ids": string(welcome) + " " + string(oldVoice)}))
	if back["restore"].result != "success" {
		t.Fatal(logs(back))
	}
	if got := len(h.wechat.Live(appid)) - live; got != 2 {
		t.Errorf("%d uploaded, want 2", got)
	}
	has(t, back["restore"].summary, string(welcome), string(oldVoice))
	if h.origin.manifest(t, "wxkeep/restore-7") == h.origin.manifest(t, "main") {
		t.Error("the new ids are not proposed")
	}

	lease := leaveLease(t, h.state)
	locked := h.run(t, "nightly.yml", onMain(nil))
	has(t, logs(locked), "is locked by", lease)
	unlocked := h.run(t, "unlock.yml", onMain(map[string]string{"inputs.account": "brand-main", "inputs.lease": lease}))
	has(t, logs(unlocked), "brand-main ("+appid+") is unlocked.")
	became(t, h.run(t, "nightly.yml", onMain(nil)), map[string]string{"record": "success", "import": "success"})
}

func TestARunIsRestoredAsAWhole(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	h.run(t, "apply.yml", onMain(nil))
	history := run(t, h.state, map[string]string{"WXKEEP_STATE": h.state}, "wxkeep", "history", "-o", "json").exits(t, 0).output
	_, id, _ := strings.Cut(history, `"run": "`)
	id, _, _ = strings.Cut(id, `"`)
	back := h.run(t, "restore.yml", onMain(map[string]string{"inputs.run": id}))
	if back["restore"].result != "success" {
		t.Fatal(logs(back))
	}
	has(t, back["restore"].summary, string(oldVoice))
	nothing := h.run(t, "restore.yml", onMain(nil))
	became(t, nothing, map[string]string{"restore": "failure"})
	has(t, logs(nothing), "--id")
}

func TestAPullRequestOfAForkIsPlannedAndNotCommentedOn(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	h.run(t, "nightly.yml", onMain(nil))
	h.origin.drop(t, "change", welcome)
	runs := h.run(t, "plan.yml", h.pullRequest(t, "change", "a-stranger/manifests"))
	became(t, runs, map[string]string{"plan": "success", "comment": "skipped"})
	has(t, runs["plan"].summary, string(welcome))
}

func TestAMistakeInAPullRequestIsAtItsLine(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	h.run(t, "nightly.yml", onMain(nil))
	work := h.origin.clone(t, "main")
	write(t, read(t, work, "manifests/brand-main.yaml")+"guard: {}\n", work, "manifests/brand-main.yaml")
	git(t, work, "commit", "--quiet", "--all", "--message", "a mistake")
	git(t, work, "push", "--quiet", "origin", "HEAD:refs/heads/change")
	runs := h.run(t, "plan.yml", h.pullRequest(t, "change", "your-org/manifests"))
	became(t, runs, map[string]string{"plan": "failure", "comment": "success"})
	has(t, logs(runs), "::error file=manifests/brand-main.yaml,line=", "guard")
	if len(h.forge.comments) != 0 {
		t.Error("there is a comment, and no plan")
	}
}

// What may be near a stranger's branch, and what may write.
func TestTheWorkflowsAreAsNarrowAsTheyCanBe(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("github-actions/.github/workflows/*.yml")
	if err != nil || len(files) != 5 {
		t.Fatalf("%d workflows, %v", len(files), err)
	}
	for _, file := range files {
		text := read(t, file)
		var w workflow
		strictly(t, &w, file)
		if strings.Contains(text, "pull_request_target:") || w.On == "pull_request_target" {
			t.Errorf("%s: pull_request_target hands secrets to a stranger's branch", file)
		}
		if w.Permissions == nil || len(w.Permissions) != 0 {
			t.Errorf("%s: what a job may do is not said in the job alone", file)
		}
		for name, j := range w.Jobs {
			if len(j.Permissions) == 0 || j.Timeout == 0 {
				t.Errorf("%s: the job %s has no permissions or no time limit", file, name)
			}
			if w.On == "pull_request" && (j.RunsOn != "ubuntu-latest" || j.Environment != "" || strings.Contains(text, "secrets.")) {
				t.Errorf("%s: the job %s of a pull request is near a runner or a secret of ours", file, name)
			}
		}
	}
}
