package wechat

import (
	"context"
	"fmt"
	"time"

	"wxkeep/state"
)

// placeholder stands in the token's file until WeChat has pushed the first one.
const placeholder = "default-tcb-wx-access-token"

const (
	cloudTokenLife = 10 * time.Minute // after that a renewed one is there; each lives for 30
	cloudWait      = 2 * time.Second  // for the token that replaces the placeholder
	cloudWaits     = 30
)

// A CloudToken gives the cloudbase_access_token (微信令牌) of a container in
// 微信云托管, which WeChat renews every 10 minutes by itself.
//
// Source: wechat-api.md section 5.
type CloudToken struct {
	read  func(context.Context) (string, error)
	sleep func(context.Context, time.Duration) error
	cache tokenCache
	known bool // a token was read before; of the fetch under way
}

// NewCloudToken returns a source of the token that read gives, from
// /.tencentcloudbase/wx/cloudbase_access_token or what was made of the header
// X-WX-CLOUDBASE-ACCESS-TOKEN. It is read again when 10 minutes are over, and
// when it was refused. Until there is one, the file holds a placeholder: it is
// waited for, 30 times 2 seconds; then the error is [state.ErrCredential]. Of c,
// Now and Sleep are used.
func NewCloudToken(c Config, read func(context.Context) (string, error)) (*CloudToken, error) {
	if err := c.fill(); err != nil {
		return nil, err
	}
	t := &CloudToken{read: read, sleep: c.Sleep}
	t.cache = tokenCache{fetch: t.fetch, now: c.Now, lasting: true}
	return t, nil
}

// Token returns the token; see [TokenSource].
func (t *CloudToken) Token(ctx context.Context, refused string) (string, error) {
	return t.cache.Token(ctx, refused)
}

// fetch reads until there is a token. Once there was one, a file that cannot be
// read is one that is being replaced.
func (t *CloudToken) fetch(ctx context.Context) (string, time.Duration, error) {
	for n := 0; ; n++ {
		token, err := readSecret(ctx, "cloudbase_access_token", t.read)
		switch {
		case err == nil && token != placeholder:
			t.known = true
			return token, cloudTokenLife, nil
		case ctx.Err() != nil, err != nil && !t.known:
			return "", 0, err
		case n == cloudWaits && err != nil:
			return "", 0, err
		case n == cloudWaits:
			return "", 0, fmt.Errorf("%w: the cloudbase_access_token is still the placeholder %s after %s: switch on 微信令牌 at %s and build a new version",
				state.ErrCredential, placeholder, cloudWaits*cloudWait, whereOpenAPI)
		}
		if err := t.sleep(ctx, cloudWait); err != nil {
			return "", 0, fmt.Errorf("waiting for the cloudbase_access_token: %w", err)
		}
	}
}
