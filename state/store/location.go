package store

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/textproto"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/s3utils"
)

// A location is where a bucket is, as its URL says.
type location struct {
	bucket          string
	prefix          string // of every key; empty, or ends with a slash
	host            string // with a port, if it has one
	secure          bool
	region          string // empty: the server is asked
	lookup          minio.BucketLookupType
	forbidOverwrite string // the store's own header in place of If-None-Match
}

const amazon = "s3.amazonaws.com"

var parameters = []string{"endpoint", "region", "path-style", "forbid-overwrite-header"}

// parseLocation reads an s3:// URL. Its errors don't repeat the URL: somebody
// may have put a password there.
func parseLocation(raw string) (*location, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return nil, errors.New("it is not a URL: write s3://bucket/prefix")
	}
	if u.User != nil {
		return nil, errors.New("a credential stands in it: take it out, set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and think of it as known to others")
	}
	l := &location{bucket: u.Host, prefix: strings.Trim(u.Path, "/")}
	if err := s3utils.CheckValidBucketNameStrict(l.bucket); err != nil {
		return nil, fmt.Errorf("bucket %q: %w", l.bucket, err)
	}
	if l.prefix != "" {
		if err := checkPath(l.prefix); err != nil {
			return nil, fmt.Errorf("prefix %q: %w", l.prefix, err)
		}
		l.prefix += "/"
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil || u.Fragment != "" {
		return nil, errors.New("what follows the question mark cannot be read: write name=value&name=value")
	}
	return l, l.set(query)
}

func (l *location) set(query url.Values) error {
	for name, values := range query {
		if !slices.Contains(parameters, name) {
			return fmt.Errorf("parameter %q is not known: there are %s", name, strings.Join(parameters, ", "))
		}
		if len(values) > 1 || values[0] == "" {
			return fmt.Errorf("parameter %q takes one value", name)
		}
	}
	l.region = firstOf(query.Get("region"), os.Getenv("AWS_REGION"), os.Getenv("AWS_DEFAULT_REGION"))
	if style := query.Get("path-style"); style != "" {
		inPath, err := strconv.ParseBool(style)
		if err != nil {
			return errors.New("path-style is true or false")
		}
		l.lookup = minio.BucketLookupDNS
		if inPath {
			l.lookup = minio.BucketLookupPath
		}
	}
	if header := query.Get("forbid-overwrite-header"); header != "" {
		l.forbidOverwrite = textproto.CanonicalMIMEHeaderKey(header)
		if !strings.HasSuffix(l.forbidOverwrite, "-Forbid-Overwrite") {
			return errors.New("forbid-overwrite-header is x-oss-forbid-overwrite, x-cos-forbid-overwrite or another store's own header of that ending")
		}
	}
	return l.setEndpoint(firstOf(query.Get("endpoint"), amazon))
}

func (l *location) setEndpoint(endpoint string) error {
	if !strings.Contains(endpoint, "://") {
		endpoint = "https://" + endpoint
	}
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return errors.New("endpoint is a host, as in endpoint=https://minio.example.com:9000")
	}
	l.host, l.secure = u.Host, u.Scheme == "https"
	switch {
	case u.Scheme != "https" && u.Scheme != "http":
		return fmt.Errorf("endpoint: scheme %q is not known: write https://", u.Scheme)
	case !l.secure && !loopback(u.Hostname()):
		return fmt.Errorf("endpoint %s: plain http is for loopback only: write https://", u.Host)
	}
	return nil
}

func loopback(host string) bool {
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}

func firstOf(values ...string) string {
	i := slices.IndexFunc(values, func(v string) bool { return v != "" })
	if i < 0 {
		return ""
	}
	return values[i]
}

// headers adds the forbidding header to the requests that ask for it. It is
// not among those that are signed: minio-go has no way to set it, and the
// signature covers the host and the headers of Amazon only.
type headers struct {
	next   http.RoundTripper
	forbid string
}

type forbidKey struct{}

// RoundTrip sends a request.
func (h headers) RoundTrip(req *http.Request) (*http.Response, error) {
	if h.forbid != "" && req.Method == http.MethodPut && req.Context().Value(forbidKey{}) != nil {
		req = req.Clone(req.Context())
		req.Header.Set(h.forbid, "true")
	}
	return h.next.RoundTrip(req)
}
