package sandbox

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"time"
)

// A Server is a sandbox behind a listener.
type Server struct {
	URL string // such as http://127.0.0.1:40123
	CA  []byte // PEM of the certificate to trust; nil without TLS

	http *http.Server
	done chan struct{}
}

// Start serves the sandbox on addr, HOST:PORT, until Close. The host has to be
// a loopback address or localhost: a pretend account has no business on a
// network. Port 0 takes a free one.
func (s *Sandbox) Start(addr string) (*Server, error) { return s.start(addr, nil, nil) }

// StartTLS is Start with TLS, under a certificate made for the occasion.
func (s *Sandbox) StartTLS(addr string) (*Server, error) {
	cert, ca, err := selfSigned()
	if err != nil {
		return nil, fmt.Errorf("make a certificate: %w", err)
	}
	return s.start(addr, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}, ca)
}

func (s *Sandbox) start(addr string, config *tls.Config, ca []byte) (*Server, error) {
	addr, err := loopback(addr)
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	scheme := "http"
	server := &Server{
		CA:   ca,
		done: make(chan struct{}),
		http: &http.Server{
			Handler:           s,
			ReadHeaderTimeout: 10 * time.Second,
			ErrorLog:          log.New(io.Discard, "", 0), // clients that do not trust the certificate
			TLSConfig:         config,
		},
	}
	serve := func() error { return server.http.Serve(l) }
	if config != nil {
		scheme = "https"
		serve = func() error { return server.http.ServeTLS(l, "", "") }
	}
	server.URL = scheme + "://" + l.Addr().String()
	go func() {
		defer close(server.done)
		_ = serve() // always http.ErrServerClosed, or the listener's end
	}()
	return server, nil
}

// Close stops the server and cuts what it is still answering.
func (s *Server) Close() error {
	err := s.http.Close()
	<-s.done
	return err
}

// loopback refuses an address that others could reach.
func loopback(addr string) (string, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", fmt.Errorf("listen on %q: give HOST:PORT, such as 127.0.0.1:0", addr)
	}
	if host == "localhost" {
		host = "127.0.0.1"
	}
	ip, err := netip.ParseAddr(host)
	if err != nil || !ip.IsLoopback() {
		return "", fmt.Errorf("listen on %q: the sandbox serves on loopback only; use 127.0.0.1:%s", addr, port)
	}
	return net.JoinHostPort(host, port), nil
}

// selfSigned makes a certificate for loopback that lives for a day.
func selfSigned() (tls.Certificate, []byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(now.UnixNano()),
		Subject:               pkix.Name{CommonName: "wxkeep sandbox"},
		NotBefore:             now.Add(-time.Hour),
		NotAfter:              now.Add(24 * time.Hour),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
		IsCA:                  true,
		DNSNames:              []string{"localhost"},
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	cert := tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	return cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), nil
}
