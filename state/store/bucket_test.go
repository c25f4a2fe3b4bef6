package store

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/minio/minio-go/v7/pkg/signer"

	"wxkeep/state/store/storetest"
)

// proxy stands before a server and changes what passes. Signatures cover the
// host, so that is kept.
func proxy(t *testing.T, endpoint string, request func(*http.Request), response func(*http.Response) error) string {
	t.Helper()
	return serve(t, pass(t, endpoint, request, response))
}

func pass(t *testing.T, endpoint string, request func(*http.Request), response func(*http.Response) error) http.Handler {
	t.Helper()
	target, err := url.Parse(endpoint)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host = target.Scheme, target.Host
			request(r.Out)
		},
		ModifyResponse: response,
		Transport:      transport,
		ErrorLog:       log.New(io.Discard, "", 0), // clients are killed here
	}
}

func serve(t *testing.T, handler http.Handler) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

func sameRequest(*http.Request) {}

func sameResponse(*http.Response) error { return nil }

func isPutOf(r *http.Request, key string) bool {
	return r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, "/"+key)
}

// ignoring is a store that does not know some headers. They are signed, so the
// requests are signed again without them.
func ignoring(t *testing.T, endpoint string, names ...string) string {
	t.Helper()
	return proxy(t, endpoint, func(r *http.Request) {
		if r.Method != http.MethodPut {
			return
		}
		for _, name := range names {
			r.Header.Del(name)
		}
		for name := range r.Header { // what the proxy and the client's own connection added
			if name == "Accept-Encoding" || name == "Authorization" || name == "X-Forwarded-For" {
				r.Header.Del(name)
			}
		}
		signed := signer.SignV4(*r, os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SECRET_ACCESS_KEY"), "", "us-east-1")
		r.Header = signed.Header
	}, sameResponse)
}

// onlyForbids is a store like Aliyun OSS: it answers 501 to If-None-Match and
// If-Match, and 409 where x-oss-forbid-overwrite forbids it.
func onlyForbids(t *testing.T, endpoint string) string {
	t.Helper()
	next := pass(t, endpoint, func(r *http.Request) {
		if r.Header.Get("X-Oss-Forbid-Overwrite") == "true" {
			r.Header.Set("If-None-Match", "*")
		}
	}, func(r *http.Response) error {
		if r.StatusCode == http.StatusPreconditionFailed {
			r.StatusCode = http.StatusConflict
			r.Header.Set("x-minio-error-code", "FileAlreadyExists")
		}
		return nil
	})
	return serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut && r.Header.Get("If-None-Match")+r.Header.Get("If-Match") != "" {
			w.WriteHeader(http.StatusNotImplemented)
			_, _ = w.Write([]byte("<Error><Code>NotImplemented</Code><Message>A header you provided implies functionality that is not implemented.</Message></Error>"))
			return
		}
		next.ServeHTTP(w, r)
	}))
}

func TestABucketThatIsNotSafeIsRefused(t *testing.T) {
	t.Parallel()
	server := storetest.NewServer(t)
	tests := []struct {
		name     string
		endpoint string
		query    string
		want     string
	}{
		{"it ignores If-None-Match", ignoring(t, server.Endpoint, "If-None-Match"), "", "in spite of If-None-Match: use another store, or name this one's own header"},
		{"it ignores If-Match", ignoring(t, server.Endpoint, "If-Match"), "", "in spite of If-Match: use another store"},
		{"it knows that it has no conditions", onlyForbids(t, server.Endpoint), "", "?forbid-overwrite-header=x-oss-forbid-overwrite"},
		{"it does not know the header that is named", server.Endpoint, "&forbid-overwrite-header=x-oss-forbid-overwrite", "in spite of X-Oss-Forbid-Overwrite"},
	}
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			behind := &storetest.Server{Endpoint: tt.endpoint, Root: server.Root}
			location := behind.Bucket(t, "unsafe-"+string(rune('a'+i))) + tt.query
			_, err := Open(t.Context(), location, Options{Init: true})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("Open() = %v, want an error with %q", err, tt.want)
			}
			if _, err := os.Stat(filepath.Join(server.Root, "unsafe-"+string(rune('a'+i)), "ledgers/test/wxkeep")); err == nil {
				t.Error("it has a marker")
			}
		})
	}
}

func TestABucketThatBecameUnsafeIsReadAndNotWritten(t *testing.T) {
	t.Parallel()
	server := storetest.NewServer(t)
	put(t, open(t, server.Bucket(t, "ledger")), "a", "before", Always)
	server.Endpoint = ignoring(t, server.Endpoint, "If-Match", "If-None-Match")
	s, err := Open(t.Context(), server.Location("ledger"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Put(t.Context(), "a", []byte("after"), Always); !errors.Is(err, errIgnores) {
		t.Errorf("Put() = %v, want that the store is refused", err)
	}
	if content, _ := get(t, s, "a"); content != "before" {
		t.Errorf("the object is %q", content)
	}
}

func TestOpenBucket(t *testing.T) {
	t.Parallel()
	server := storetest.NewServer(t)
	const header = "&forbid-overwrite-header=x-oss-forbid-overwrite"
	tests := []struct {
		name  string
		files map[string]string
		query string
		init  bool
		want  string
	}{
		{name: "an empty place needs to be asked for", want: "run once with --init-state"},
		{name: "an empty place becomes a ledger when asked for", init: true},
		{name: "what a refused start left is no hindrance", files: map[string]string{"ledgers/test/.probe": ""}, init: true},
		{name: "things beside the prefix are no hindrance", files: map[string]string{"ledgers/test2/x": "", "y": ""}, init: true},
		{name: "other things are refused", files: map[string]string{"ledgers/test/x": ""}, init: true, want: "no ledger"},
		{name: "a ledger is opened", files: map[string]string{"ledgers/test/wxkeep": `{"wxkeep_ledger": 1}`}},
		{name: "a ledger is opened, and not begun again", files: map[string]string{"ledgers/test/wxkeep": `{"wxkeep_ledger": 1}`}, init: true},
		{name: "another format is refused", files: map[string]string{"ledgers/test/wxkeep": `{"wxkeep_ledger": 7}`}, init: true, want: "format 7"},
		{name: "a ledger of generations needs the header", files: map[string]string{"ledgers/test/wxkeep": `{"wxkeep_ledger": 1, "generations": true}`}, want: "name it again"},
		{name: "a ledger without generations takes no header", files: map[string]string{"ledgers/test/wxkeep": `{"wxkeep_ledger": 1}`}, query: header, want: "leave it out"},
	}
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			name := "open-" + string(rune('a'+i))
			location := server.Bucket(t, name) + tt.query
			for file, content := range tt.files {
				write(t, filepath.Join(server.Root, name, file), content)
			}
			s, err := Open(t.Context(), location, Options{Init: tt.init})
			if tt.want != "" {
				if err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Fatalf("Open() = %v, want an error with %q", err, tt.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			put(t, s, "a", "", IfAbsent)
			if s, err = Open(t.Context(), location, Options{}); err != nil {
				t.Fatal(err)
			}
			get(t, s, "a")
		})
	}
}

// A lost answer makes the library ask again, and the server then refuses what
// it has already done.
func TestALostAnswerToAPutIsNotAConflict(t *testing.T) {
	t.Parallel()
	server := storetest.NewServer(t)
	location := server.Bucket(t, "ledger")
	first := put(t, open(t, location), "replaced", "0", Always)
	tests := []struct {
		name string
		key  string
		c    Condition
	}{
		{"created", "created", IfAbsent},
		{"replaced", "replaced", IfVersion(first)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var puts atomic.Int32
			lossy := &storetest.Server{Endpoint: proxy(t, server.Endpoint, sameRequest, func(r *http.Response) error {
				if isPutOf(r.Request, tt.key) && puts.Add(1) == 1 {
					r.StatusCode = http.StatusBadGateway // it was done, and nobody says so
				}
				return nil
			})}
			s := open(t, lossy.Location("ledger"))
			put(t, s, tt.key, "mine", tt.c)
			if puts.Load() != 2 {
				t.Errorf("the server got %d puts, want 2", puts.Load())
			}
			if _, err := s.Put(t.Context(), tt.key, []byte("mine"), tt.c); !errors.Is(err, ErrConflict) {
				t.Errorf("Put() once more = %v, want ErrConflict", err)
			}
		})
	}
}

// A marker that another process makes while this one looks is no other thing in
// the bucket.
func TestALedgerThatBeginsMeanwhileIsFound(t *testing.T) {
	t.Parallel()
	server := storetest.NewServer(t)
	open(t, server.Bucket(t, "ledger"))
	var gets atomic.Int32
	server.Endpoint = proxy(t, server.Endpoint, sameRequest, func(r *http.Response) error {
		if r.Request.Method == http.MethodGet && strings.HasSuffix(r.Request.URL.Path, "/"+markerKey) && gets.Add(1) == 1 {
			r.StatusCode = http.StatusNotFound
			r.Header.Set("x-minio-error-code", "NoSuchKey")
		}
		return nil
	})
	open(t, server.Location("ledger"))
	if gets.Load() != 2 {
		t.Errorf("the marker was asked for %d times, want twice", gets.Load())
	}
}

func TestACutBodyIsReadAgain(t *testing.T) {
	t.Parallel()
	server := storetest.NewServer(t)
	content := strings.Repeat("whole ", 100_000)
	put(t, open(t, server.Bucket(t, "ledger")), "a", content, Always)
	var gets atomic.Int32
	server.Endpoint = proxy(t, server.Endpoint, sameRequest, func(r *http.Response) error {
		if strings.HasSuffix(r.Request.URL.Path, "/a") && gets.Add(1) == 1 {
			r.Body = http.MaxBytesReader(nil, r.Body, 200_000) // the head has long been sent then
		}
		return nil
	})
	if got, _ := get(t, open(t, server.Location("ledger")), "a"); got != content || gets.Load() != 2 {
		t.Errorf("Get() = %d bytes after %d requests, want %d after 2", len(got), gets.Load(), len(content))
	}
}

func TestAStoreThatIsBusyWithAnotherWriteIsAskedAgain(t *testing.T) {
	t.Parallel()
	server := storetest.NewServer(t)
	location := server.Bucket(t, "ledger")
	open(t, location)
	var puts atomic.Int32
	server.Endpoint = proxy(t, server.Endpoint, sameRequest, func(r *http.Response) error {
		if isPutOf(r.Request, "a") && puts.Add(1) == 1 {
			r.StatusCode = http.StatusConflict
			r.Header.Set("x-minio-error-code", "ConditionalRequestConflict")
		}
		return nil
	})
	put(t, open(t, server.Location("ledger")), "a", "", IfAbsent)
	if puts.Load() != 2 {
		t.Errorf("the server got %d puts, want 2", puts.Load())
	}
}

func TestARefusalSaysWhatToDo(t *testing.T) {
	t.Parallel()
	server := storetest.NewServer(t)
	location := server.Bucket(t, "ledger")
	open(t, location)
	tests := []struct {
		name   string
		status int
		code   string
		words  string
		want   string
		is     error
	}{
		{"access denied", 403, "AccessDenied", "Access Denied.", "AccessDenied (HTTP 403): Access Denied: allow these credentials s3:GetObject, s3:PutObject and s3:ListBucket on s3://ledger/ledgers/test", ErrCredential},
		{"unknown key", 403, "InvalidAccessKeyId", "The key does not exist.", "check AWS_ACCESS_KEY_ID", ErrCredential},
		{"wrong region", 400, "AuthorizationHeaderMalformed", "the region 'us-east-1' is wrong", "the bucket is in another region: write ?region=", nil},
		{"a full store", 507, "XMinioStorageFull", "Storage is full", "make room there", nil},
		{"a clock that is off", 403, "RequestTimeTooSkewed", "too large", "set this machine's clock", nil},
		{"words that hold a credential", 400, "InvalidRequest", "you sent " + os.Getenv("AWS_SECRET_ACCESS_KEY") + "!", `put "a": InvalidRequest (HTTP 400)`, nil},
		{"words that hold a signature", 400, "InvalidRequest", "Credential=x, Signature=0123", `put "a": InvalidRequest (HTTP 400)`, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			endpoint := proxy(t, server.Endpoint, sameRequest, func(r *http.Response) error {
				if isPutOf(r.Request, "a") {
					r.StatusCode = tt.status
					r.Header.Set("x-minio-error-code", tt.code)
					r.Header.Set("x-minio-error-desc", tt.words)
				}
				return nil
			})
			s := open(t, (&storetest.Server{Endpoint: endpoint}).Location("ledger"))
			_, err := s.Put(t.Context(), "a", nil, Always)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("Put() = %v, want an error with %q", err, tt.want)
			}
			if tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("Put() = %v, want that it is %v", err, tt.is)
			}
			checkNothingSecret(t, err)
		})
	}
}

func checkNothingSecret(t *testing.T, err error) {
	t.Helper()
	for _, secret := range []string{os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SECRET_ACCESS_KEY"), "Signature=", "Credential=", "hunter2"} {
		if secret != "" && strings.Contains(err.Error(), secret) {
			t.Errorf("error %q holds a secret", err)
		}
	}
}

func TestABucketThatIsGoneSaysSo(t *testing.T) {
	t.Parallel()
	server := storetest.NewServer(t)
	s := open(t, server.Bucket(t, "ledger"))
	put(t, s, "a", "", Always)
	if err := os.RemoveAll(filepath.Join(server.Root, "ledger")); err != nil {
		t.Fatal(err)
	}
	_, errPut := s.Put(t.Context(), "a", nil, Always)
	_, _, errGet := s.Get(t.Context(), "a")
	_, errList := s.List(t.Context(), "")
	_, errOpen := Open(t.Context(), server.Location("ledger"), Options{Init: true})
	for _, err := range []error{errPut, errGet, errList, errOpen} {
		if err == nil || errors.Is(err, ErrNotExist) || !strings.Contains(err.Error(), "make the bucket or correct its name") {
			t.Errorf("error %v, want that the bucket is gone", err)
		}
	}
}

func TestAServerThatIsAwayIsNamedWithoutItsURL(t *testing.T) {
	t.Parallel()
	server := storetest.NewServer(t)
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	server.Endpoint = gone.URL
	_, err := Open(t.Context(), server.Location("ledger"), Options{})
	host := strings.TrimPrefix(gone.URL, "http://")
	want := "s3://ledger/ledgers/test: no answer from " + host + ": dial tcp " + host + ": connect: connection refused: check the endpoint and the network"
	if err == nil || err.Error() != want {
		t.Errorf("Open() = %v, want %s", err, want)
	}
}

func TestAPrivateAuthorityIsTrustedWhenItIsGiven(t *testing.T) {
	t.Parallel()
	server := storetest.NewServer(t)
	private := httptest.NewUnstartedServer(pass(t, server.Endpoint, sameRequest, sameResponse))
	private.Config.ErrorLog = log.New(io.Discard, "", 0) // the client hangs up
	private.StartTLS()
	t.Cleanup(private.Close)
	location := server.Bucket(t, "ledger")
	server.Endpoint = private.URL
	if _, err := Open(t.Context(), server.Location("ledger"), Options{Init: true}); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("Open() = %v, want that the certificate is not trusted", err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(private.Certificate())
	s, err := Open(t.Context(), server.Location("ledger"), Options{Init: true, RootCAs: roots})
	if err != nil {
		t.Fatal(err)
	}
	put(t, s, "a", "over TLS", IfAbsent)
	if content, _ := get(t, open(t, location), "a"); content != "over TLS" {
		t.Errorf("the object is %q", content)
	}
}

func TestAServerThatHangsIsLeftWhenCancelled(t *testing.T) {
	t.Parallel()
	server := storetest.NewServer(t)
	release := make(chan struct{})
	asked := make(chan struct{})
	once := sync.OnceFunc(func() { close(asked) })
	hanging := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		once()
		<-release
	}))
	t.Cleanup(func() { close(release); hanging.Close() })
	server.Endpoint = hanging.URL
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-asked; cancel() }()
	if _, err := Open(ctx, server.Location("ledger"), Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("Open() = %v, want context.Canceled", err)
	}
}

// A writer that slept while its generation was used and removed must not be
// told that it won.
func TestALateWriterOfARemovedGenerationLoses(t *testing.T) {
	t.Parallel()
	server := storetest.NewServer(t)
	server.Endpoint = onlyForbids(t, server.Endpoint)
	location := server.Bucket(t, "ledger") + "&forbid-overwrite-header=x-oss-forbid-overwrite"
	b := open(t, location).(*Bucket)
	put(t, b, "lease", "0", IfAbsent)
	for range generationsKept + 3 {
		put(t, b, "lease", "another's", Always)
	}
	all, err := b.generations(t.Context(), "lease")
	if err != nil || all.latest() != generationsKept+3 || len(all) != generationsKept+1 {
		t.Fatalf("generations %v, %v; want the first and the last %d", all, err, generationsKept)
	}
	if _, err := b.putNumber(t.Context(), "lease", []byte("late"), 2); !errors.Is(err, ErrConflict) {
		t.Errorf("putNumber() = %v, want ErrConflict", err)
	}
	if content, _ := get(t, b, "lease"); content != "another's" {
		t.Errorf("the object is %q", content)
	}
	keys, err := b.List(t.Context(), "")
	if err != nil || !cmp.Equal(keys, []string{"lease"}) {
		t.Errorf("List() = %q, %v", keys, err)
	}
}

func TestNoCredentials(t *testing.T) {
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY", "AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY", "AWS_PROFILE",
		"MINIO_ROOT_USER", "MINIO_ROOT_PASSWORD", "MINIO_ACCESS_KEY", "MINIO_SECRET_KEY", "AWS_WEB_IDENTITY_TOKEN_FILE"} {
		t.Setenv(name, "")
	}
	t.Setenv("HOME", t.TempDir())
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "")
	// A role's service that answers nothing, in place of the machine's.
	none := httptest.NewServer(http.NotFoundHandler())
	defer none.Close()
	t.Setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", none.URL)
	_, err := Open(t.Context(), "s3://ledger?endpoint=http://127.0.0.1:1", Options{})
	if !errors.Is(err, ErrCredential) || !strings.Contains(err.Error(), "none found") {
		t.Errorf("Open() = %v, want that there are no credentials", err)
	}
	t.Setenv("AWS_ACCESS_KEY_ID", "half")
	_, err = Open(t.Context(), "s3://ledger?endpoint=http://127.0.0.1:1", Options{})
	if !errors.Is(err, ErrCredential) || !strings.Contains(err.Error(), "one half") {
		t.Errorf("Open() = %v, want that half of the credentials are missing", err)
	}
}
