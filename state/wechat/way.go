package wechat

// A Way is one of the ways in which the API is called for an account.
type Way int

// The ways (wechat-api.md sections 3, 4 and 5).
const (
	Own      Way = iota // with the account's own access_token
	Platform            // with an authorizer_access_token, by a third-party platform (第三方平台)
	CloudRun            // by a service of 微信云托管, which adds the token itself, or with a cloudbase_access_token
)
