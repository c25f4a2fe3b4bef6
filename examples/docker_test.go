package examples_test

import (
	"debug/elf"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// instructions are those of a Dockerfile, lines that go on joined.
func instructions(t *testing.T) []string {
	t.Helper()
	var all []string
	for line := range strings.Lines(strings.ReplaceAll(read(t, "docker/Dockerfile"), "\\\n", " ")) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			all = append(all, line)
		}
	}
	return all
}

// The image's binary is made by its own command, needs no library, and tells its
// version.
func TestTheImageHoldsAStaticBinaryThatTellsItsVersion(t *testing.T) {
	t.Parallel()
	out := filepath.Join(t.TempDir(), "wxkeep")
	built := false
	for _, line := range instructions(t) {
		command, ok := strings.CutPrefix(line, "RUN ")
		if !ok || !strings.Contains(command, "go build") {
			continue
		}
		built = true
		command = strings.Replace(command, "-o /wxkeep", "-o "+out, 1)
		env := map[string]string{"VERSION": "1.2.3", "GOCACHE": goEnv(t, "GOCACHE"), "GOMODCACHE": goEnv(t, "GOMODCACHE"), "GOFLAGS": "-buildvcs=false"}
		run(t, "..", env, "sh", "-ec", command).exits(t, 0)
	}
	if !built {
		t.Fatal("the Dockerfile builds nothing")
	}
	has(t, run(t, t.TempDir(), nil, out, "version").exits(t, 0).output, "wxkeep 1.2.3 ")
	file, err := elf.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	if libraries, err := file.ImportedLibraries(); err != nil || len(libraries) != 0 {
		t.Errorf("the binary needs %v, %v", libraries, err)
	}
	for _, p := range file.Progs {
		if p.Type == elf.PT_INTERP {
			t.Error("the binary needs a dynamic linker")
		}
	}
}

func goEnv(t *testing.T, name string) string {
	t.Helper()
	return strings.TrimSpace(run(t, ".", map[string]string{"HOME": os.Getenv("HOME")}, "go", "env", name).exits(t, 0).output)
}

// The last image has nothing but the binary, certificates and a place for the
// ledger, and its user is a number, which Kubernetes needs to see that it is not
// root.
func TestTheImageIsNotRootAndHasNothingElse(t *testing.T) {
	t.Parallel()
	var image []string
	for _, line := range instructions(t) {
		if strings.HasPrefix(line, "FROM ") {
			image = nil
		}
		image = append(image, line)
	}
	want := []string{
		"FROM scratch AS wxkeep",
		"COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/",
		"COPY --from=build /wxkeep /usr/local/bin/wxkeep",
		"COPY --from=build --chown=65532:65532 /state /state",
		"USER 65532:65532",
		"ENV PATH=/usr/local/bin WXKEEP_STATE=/state",
		"VOLUME /state",
		`ENTRYPOINT ["wxkeep"]`,
		`CMD ["help"]`,
	}
	if got := strings.Join(image, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("the image is made by\n%s", got)
	}
}
