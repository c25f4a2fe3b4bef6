package store

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/minio/minio-go/v7/pkg/credentials"
)

// roleTimeout bounds each request for a role's credentials: where there is no
// such service, as on most machines, nothing answers at all.
const roleTimeout = 3 * time.Second

// credentialChain looks for credentials where S3 tools do. The order is part
// of what Open documents.
func credentialChain() *credentials.Credentials {
	return credentials.NewChainCredentials([]credentials.Provider{
		&credentials.EnvAWS{},
		&credentials.EnvMinio{},
		&credentials.FileAWSCredentials{},
		&credentials.IAM{Client: &http.Client{
			Timeout:   roleTimeout,
			Transport: http.DefaultTransport,
		}},
	})
}

// checkCredentials tells early, and in words, when there are none. The library
// would ask anonymously.
func checkCredentials(ctx context.Context, chain *credentials.Credentials) error {
	value, err := chain.GetWithContext(&credentials.CredContext{Client: http.DefaultClient, Context: ctx})
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return fmt.Errorf("%w: %w", ErrCredential, err)
	case value.AccessKeyID == "" && value.SecretAccessKey == "":
		return fmt.Errorf("%w: none found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or fill ~/.aws/credentials, or give this machine a role", ErrCredential)
	case value.AccessKeyID == "" || value.SecretAccessKey == "":
		return fmt.Errorf("%w: only one half is there: set both AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY", ErrCredential)
	}
	return nil
}
