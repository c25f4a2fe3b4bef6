package store

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/minio/minio-go/v7"
)

// A refusal is a server's answer in words. Its cause is for errors.Is and
// errors.As only: printed, it might hold what it should not.
type refusal struct {
	words string
	cause error
}

func (r *refusal) Error() string { return r.words }
func (r *refusal) Unwrap() error { return r.cause }

// refusal puts an error of the library into words that say what to do, without
// URLs and credentials.
func (b *Bucket) refusal(err error) error {
	var answer minio.ErrorResponse
	var request *url.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &answer):
		return b.answer(answer)
	case errors.As(err, &request):
		return &refusal{fmt.Sprintf("no answer from %s: %s: check the endpoint and the network", b.at.host, b.inner(request)), err}
	case errors.Is(err, context.DeadlineExceeded):
		return &refusal{fmt.Sprintf("no answer from %s within %s: check the endpoint and the network", b.at.host, opTimeout), err}
	}
	return &refusal{b.scrub(err.Error()), err}
}

// inner is what happened to a request, without its URL, which the library
// also puts inside.
func (b *Bucket) inner(err *url.Error) string {
	if strings.Contains(err.Err.Error(), err.URL) {
		return "the connection was closed"
	}
	return b.scrub(err.Err.Error())
}

func (b *Bucket) answer(answer minio.ErrorResponse) error {
	words := fmt.Sprintf("%s (HTTP %d)", answer.Code, answer.StatusCode)
	if message := b.scrub(answer.Message); message != "" {
		words = fmt.Sprintf("%s: %s", words, message)
	}
	advice, cause := b.advice(answer)
	if advice != "" {
		words += ": " + advice
	}
	return &refusal{words, errors.Join(cause, answer)}
}

// advice says what to do about an answer, and which condition of this package
// it is, if any. The codes are those of Amazon S3's list of error responses.
func (b *Bucket) advice(answer minio.ErrorResponse) (string, error) {
	switch answer.Code {
	case minio.NoSuchBucket:
		return "make the bucket or correct its name; if it was there before, find out who removed it", nil
	case minio.AccessDenied, "AllAccessDisabled", "AccountProblem":
		return fmt.Sprintf("allow these credentials s3:GetObject, s3:PutObject and s3:ListBucket on %s", b), ErrCredential
	case "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired":
		return "check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or whichever source the credentials come from", ErrCredential
	case "RequestTimeTooSkewed":
		return "set this machine's clock", nil
	case minio.AuthorizationHeaderMalformed, minio.InvalidRegion, "PermanentRedirect", "TemporaryRedirect", "IllegalLocationConstraintException":
		if region := b.scrub(answer.Region); region != "" {
			return "the bucket is in another region: write ?region=" + region, nil
		}
		return "the bucket is in another region: write ?region= and its name", nil
	case "QuotaExceeded", "XMinioStorageFull", "XMinioAdminBucketQuotaExceeded":
		return "make room there; the object is as it was before", nil
	}
	switch answer.StatusCode {
	case http.StatusInsufficientStorage:
		return "make room there; the object is as it was before", nil
	case http.StatusForbidden:
		return "check the credentials and what they are allowed", ErrCredential
	case http.StatusMovedPermanently, http.StatusTemporaryRedirect:
		return "check the endpoint and the region", nil
	}
	return "", nil
}

// scrub makes a server's or the library's words fit for a message: one line,
// not too long, and nothing if a credential stands in them.
func (b *Bucket) scrub(text string) string {
	const most = 300
	if value, err := b.client.GetCreds(); err == nil {
		for _, secret := range []string{value.AccessKeyID, value.SecretAccessKey, value.SessionToken} {
			if secret != "" && strings.Contains(text, secret) {
				return ""
			}
		}
	}
	for _, mark := range []string{"Signature=", "X-Amz-Security-Token", "X-Amz-Credential"} {
		if strings.Contains(text, mark) {
			return ""
		}
	}
	text = strings.Join(strings.Fields(text), " ")
	text = strings.TrimRight(text, ". ")
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}
