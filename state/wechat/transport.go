package wechat

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"
)

// A Transport says how connections are made.
type Transport struct {
	Parallelism int    // connections kept open a host; 0 for [DefaultParallelism]
	CAFile      string // PEM file of certificates trusted besides the system's; may be empty
}

// The most that is kept of answers in HTTP/2 that nobody has read yet: Go's own 4 MiB
// for each request in flight would be filled by pages of news.
const (
	unreadPerRequest    = 256 << 10
	unreadPerConnection = 1 << 20
)

// NewTransport returns a transport for [Config]. It takes a proxy from the
// environment, and speaks HTTP/2 where the server does, else HTTP/1.1 with a
// connection for each request in flight; all are kept for the next ones. When a
// connection in HTTP/2 is cut, every call on it is repeated for itself. The caller
// closes its idle connections in the end.
func NewTransport(t Transport) (*http.Transport, error) {
	roots, err := trusted(t.CAFile)
	if err != nil {
		return nil, err
	}
	if t.Parallelism <= 0 {
		t.Parallelism = DefaultParallelism
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:       &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:   10 * time.Second,
		ResponseHeaderTimeout: 45 * time.Second,
		IdleConnTimeout:       60 * time.Second,
		MaxIdleConnsPerHost:   t.Parallelism,
		ReadBufferSize:        scanBuffer,
		Protocols:             protocols,
		HTTP2:                 &http.HTTP2Config{MaxReceiveBufferPerStream: unreadPerRequest, MaxReceiveBufferPerConnection: unreadPerConnection},
	}, nil
}

// trusted returns the system's certificates and those of file, or nil, which
// means the system's, when there is no file.
func trusted(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read CA file: %w", err)
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool() // a system without any: the file alone
	}
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("CA file %s holds no certificate; it has to be PEM (-----BEGIN CERTIFICATE-----)", file)
	}
	return roots, nil
}
