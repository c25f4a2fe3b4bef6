package sandbox_test

import (
	"fmt"
	"strings"
	"testing"

	"wxkeep/state/wechat/sandbox"
)

func TestATokenIsFetchedFromAListedAddressAlone(t *testing.T) {
	t.Parallel()
	const said = "invalid ip 127.0.0.1 ipv6 ::ffff:127.0.0.1, not in whitelist"
	tests := map[string]struct {
		list []string
		want int
	}{
		"no whitelist":         {nil, 0},
		"the address":          {[]string{"203.0.113.7", "127.0.0.1"}, 0},
		"the address, as IPv6": {[]string{"::ffff:127.0.0.1"}, 0},
		"another address":      {[]string{"203.0.113.7"}, 40164},
		"an empty whitelist":   {[]string{}, 40164},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := call(t, sandbox.Account{IPWhitelist: tt.list, Secret: "pretend-secret"})
			stable := c.send("POST", sandbox.StableToken, fmt.Sprintf(`{"grant_type":"client_credential","appid":%q,"secret":"pretend-secret"}`, appid), "")
			plain := c.send("GET", sandbox.Token+"?grant_type=client_credential&secret=pretend-secret&appid="+appid, "", "")
			for _, a := range []answer{stable, plain} {
				if got := a.code(t); got != tt.want || strings.Contains(a.Body, said) != (got == 40164) {
					t.Errorf("got %d, want %d: %s", got, tt.want, a.Body)
				}
			}
			if got := c.get(sandbox.Count).code(t); got != 0 {
				t.Errorf("a token that is there is taken from everywhere: got %d", got)
			}
		})
	}
}
