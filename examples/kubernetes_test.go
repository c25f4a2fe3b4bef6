package examples_test

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"

	"wxkeep/state/store/storetest"
)

// A cluster is the objects of the Kubernetes example, by kind and name.
type cluster struct {
	namespaces      map[string]core.Namespace
	serviceAccounts map[string]core.ServiceAccount
	configMaps      map[string]core.ConfigMap
	cronJobs        map[string]batch.CronJob
}

// readCluster decodes each document into its own type as an API server does that
// validates strictly: no field is unknown, and upper case is not lower case.
func readCluster(t *testing.T) cluster {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := errors.Join(core.AddToScheme(scheme), batch.AddToScheme(scheme)); err != nil {
		t.Fatal(err)
	}
	decoder := serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer()
	c := cluster{map[string]core.Namespace{}, map[string]core.ServiceAccount{}, map[string]core.ConfigMap{}, map[string]batch.CronJob{}}
	for document := range strings.SplitSeq(read(t, "kubernetes/wxkeep.yaml"), "\n---\n") {
		object, _, err := decoder.Decode([]byte(document), nil, nil)
		if err != nil {
			t.Fatalf("%v in:\n%s", err, document)
		}
		switch o := object.(type) {
		case *core.Namespace:
			c.namespaces[o.Name] = *o
		case *core.ServiceAccount:
			c.serviceAccounts[o.Name] = *o
		case *core.ConfigMap:
			c.configMaps[o.Name] = *o
		case *batch.CronJob:
			c.cronJobs[o.Name] = *o
		default:
			t.Errorf("an object of the type %T", o)
		}
	}
	return c
}

// A pod runs a CronJob's container: with its arguments, its variables, and its
// volumes in a directory.
func (c cluster) pod(t *testing.T, name string, secrets map[string]map[string]string, env map[string]string) said {
	t.Helper()
	spec := c.cronJobs[name].Spec.JobTemplate.Spec.Template.Spec
	root, container := t.TempDir(), spec.Containers[0]
	for _, mount := range container.VolumeMounts {
		for _, v := range spec.Volumes {
			if v.Name == mount.Name {
				c.mount(t, filepath.Join(root, mount.MountPath), v, secrets)
			}
		}
	}
	all := maps.Clone(env)
	for _, e := range container.Env {
		from := e.ValueFrom.SecretKeyRef
		all[e.Name] = secrets[from.Name][from.Key]
	}
	args := make([]string, len(container.Args))
	for i, arg := range container.Args {
		if args[i] = arg; strings.HasPrefix(arg, "/") {
			args[i] = root + arg
		}
	}
	return run(t, root, all, "wxkeep", args...)
}

// mount makes what a volume holds. Paths in manifests are those of the pod.
func (c cluster) mount(t *testing.T, dir string, v core.Volume, secrets map[string]map[string]string) {
	t.Helper()
	root := strings.TrimSuffix(dir, "/manifests")
	switch {
	case v.ConfigMap != nil:
		for name, text := range c.configMaps[v.ConfigMap.Name].Data {
			write(t, strings.ReplaceAll(text, "/run/secrets", root+"/run/secrets"), dir, name)
		}
	case v.Secret != nil:
		for name, text := range secrets[v.Secret.SecretName] {
			write(t, text, dir, name)
		}
	case v.EmptyDir == nil:
		t.Errorf("the volume %s is of no kind that the test knows", v.Name)
	}
}

// The nightly plan begins a ledger in a bucket, and the apply deletes nothing
// within its grace.
func TestTheCronJobsPlanAndApply(t *testing.T) {
	t.Parallel()
	c, w, bucket := readCluster(t), newWechat(t), storetest.NewServer(t)
	env := map[string]string{"WXKEEP_ENDPOINT": w.url, "WXKEEP_STATE": bucket.Bucket(t, "kubernetes")}
	secrets := map[string]map[string]string{"wechat": {"app_secret": w.secret() + "\n"}, "bucket": bucketKeys()}

	has(t, c.pod(t, "plan", secrets, env).exits(t, 1).output, "--init-state")
	plan := c.cronJobs["plan"]
	container := &plan.Spec.JobTemplate.Spec.Template.Spec.Containers[0]
	container.Args = append(container.Args, "--init-state") // as README.md says of a new bucket
	has(t, c.pod(t, "plan", secrets, env).exits(t, 0).output, "No changes.", "in_grace")
	has(t, c.pod(t, "apply", secrets, env).exits(t, 0).output, "No changes.", "in_grace")
	if len(w.Deletes()) != 0 {
		t.Error("something was deleted within its grace")
	}
	manifests := c.configMaps["manifests"].Data
	manifests["brand-main.yaml"] = strings.Replace(manifests["brand-main.yaml"], "grace: 3d\n", "", 1)
	has(t, c.pod(t, "apply", secrets, env).exits(t, 0).output, "6 destroyed")
	if w.live(oldVoice) || !w.live(logo) {
		t.Error("an orphan is live, or what the manifest keeps is not")
	}
}

// bucketKeys is the Secret of the bucket.
func bucketKeys() map[string]string {
	return map[string]string{"access_key_id": os.Getenv("AWS_ACCESS_KEY_ID"), "secret_access_key": os.Getenv("AWS_SECRET_ACCESS_KEY")}
}

// What the cluster's own policies would want.
func TestTheCronJobsCanDoNothingElse(t *testing.T) {
	t.Parallel()
	c := readCluster(t)
	suspended := map[string]bool{}
	for name, job := range c.cronJobs {
		suspended[name] = job.Spec.Suspend != nil && *job.Spec.Suspend
		pod := job.Spec.JobTemplate.Spec.Template.Spec
		container := pod.Containers[0]
		limits := container.SecurityContext
		switch {
		case job.Spec.ConcurrencyPolicy != batch.ForbidConcurrent, *job.Spec.JobTemplate.Spec.BackoffLimit != 0:
			t.Errorf("%s: a run begins beside another, or again by itself", name)
		case !*pod.SecurityContext.RunAsNonRoot, !*limits.ReadOnlyRootFilesystem, *limits.AllowPrivilegeEscalation, len(limits.Capabilities.Drop) != 1,
			pod.SecurityContext.SeccompProfile.Type != core.SeccompProfileTypeRuntimeDefault, *pod.AutomountServiceAccountToken:
			t.Errorf("%s: the pod can do more than it needs", name)
		case *c.serviceAccounts[pod.ServiceAccountName].AutomountServiceAccountToken, c.namespaces[job.Namespace].Name == "":
			t.Errorf("%s: its account or namespace is not here, or has a token", name)
		}
		for _, e := range container.Env {
			if e.Value != "" || e.ValueFrom == nil {
				t.Errorf("%s: %s is not from a Secret", name, e.Name)
			}
		}
	}
	if diff := cmp.Diff(map[string]bool{"plan": false, "apply": true}, suspended); diff != "" {
		t.Errorf("suspended (-want +got):\n%s", diff)
	}
	for _, text := range c.configMaps["manifests"].Data {
		dir := t.TempDir()
		write(t, text, dir, "wxkeep.yaml")
		run(t, dir, nil, "wxkeep", "validate", dir).exits(t, 0)
	}
}
