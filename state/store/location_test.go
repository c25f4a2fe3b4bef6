package store

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/minio/minio-go/v7"
)

func TestParseLocation(t *testing.T) {
	for _, name := range []string{"AWS_REGION", "AWS_DEFAULT_REGION"} {
		t.Setenv(name, "")
	}
	tests := []struct {
		name string
		url  string
		want location
	}{
		{"a bucket of Amazon", "s3://ledger", location{bucket: "ledger", host: amazon, secure: true}},
		{"a prefix", "s3://ledger/a/b/", location{bucket: "ledger", prefix: "a/b/", host: amazon, secure: true}},
		{"a host", "s3://ledger/a?endpoint=minio.example.com:9000&region=x&path-style=true", location{bucket: "ledger", prefix: "a/", host: "minio.example.com:9000", secure: true, region: "x", lookup: minio.BucketLookupPath}},
		{"a URL", "s3://ledger?endpoint=https://oss-cn-hangzhou.aliyuncs.com&path-style=false&forbid-overwrite-header=x-oss-forbid-overwrite", location{bucket: "ledger", host: "oss-cn-hangzhou.aliyuncs.com", secure: true, lookup: minio.BucketLookupDNS, forbidOverwrite: "X-Oss-Forbid-Overwrite"}},
		{"plain http on loopback", "s3://ledger?endpoint=http://127.0.0.1:9000/", location{bucket: "ledger", host: "127.0.0.1:9000"}},
		{"plain http on loopback of version 6", "s3://ledger?endpoint=http://[::1]:9000", location{bucket: "ledger", host: "[::1]:9000"}},
		{"plain http on localhost", "s3://ledger?endpoint=http://localhost", location{bucket: "ledger", host: "localhost"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parseLocation(tt.url)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, *got, cmp.AllowUnexported(location{})); diff != "" {
				t.Errorf("parseLocation() mismatch (-want +got):\n%s", diff)
			}
		})
	}
}

func TestABadLocationIsRefusedWithoutRepeatingIt(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		location string
		want     string
	}{
		{"nothing", "", "write a directory or s3://bucket/prefix"},
		{"another scheme", "gs://bucket", `scheme "gs" is not known`},
		{"a relative file URL", "file://state", "absolute path"},
		{"a file URL on another host", "file://host/state", "absolute path"},
		{"a file URL with a query", "file:///state?a=b", "absolute path"},
		{"no bucket", "s3://", "bucket"},
		{"a bad bucket", "s3://Ledger_1", "bucket"},
		{"a prefix that is none", "s3://ledger/a//b", "prefix"},
		{"a hidden prefix", "s3://ledger/.a", "prefix"},
		{"a credential", "s3://key:hunter2@ledger", "a credential stands in it"},
		{"a credential in a broken URL", "s3://key:hunter2@led ger/%zz", "not a URL"},
		{"a credential in the endpoint", "s3://ledger?endpoint=https://key:hunter2@host", "endpoint is a host"},
		{"a credential as a parameter", "s3://ledger?secret_key=hunter2", `parameter "secret_key" is not known`},
		{"an empty parameter", "s3://ledger?region=", `"region" takes one value`},
		{"a parameter given twice", "s3://ledger?region=a&region=b", `"region" takes one value`},
		{"a broken query", "s3://ledger?region=%zz", "cannot be read"},
		{"a fragment", "s3://ledger#x", "cannot be read"},
		{"a style that is none", "s3://ledger?path-style=perhaps", "true or false"},
		{"a header that does not forbid", "s3://ledger?forbid-overwrite-header=Authorization", "forbid-overwrite-header is"},
		{"plain http over a network", "s3://ledger?endpoint=http://minio:9000", "plain http is for loopback only"},
		{"plain http to what only looks like loopback", "s3://ledger?endpoint=http://127.0.0.1.example.com", "plain http is for loopback only"},
		{"an endpoint with a path", "s3://ledger?endpoint=https://host/bucket", "endpoint is a host"},
		{"an endpoint of another scheme", "s3://ledger?endpoint=ftp://host", "write https://"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := Open(t.Context(), tt.location, Options{})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("Open() = %v, want an error with %q", err, tt.want)
			}
			checkNothingSecret(t, err)
		})
	}
}
