package sandbox

import (
	"fmt"
	"net/netip"
	"slices"
)

// checkWhitelist reports an entry of an IP whitelist that is no address.
func checkWhitelist(list []string) *misfit {
	for i, s := range list {
		if _, err := netip.ParseAddr(s); err != nil {
			return &misfit{[]any{"ip_whitelist", i}, fmt.Errorf("%q is not an IP address", s)}
		}
	}
	return nil
}

// admitIP returns the errcode for a caller whose address is not in the
// account's IP whitelist, or 0. The message has the address twice, as real ones
// do.
//
// Source: wechat-api.md section 3.
func (c *call) admitIP() int {
	ip := c.callerIP()
	listed := func(s string) bool { return netip.MustParseAddr(s).Unmap() == ip }
	if c.account.whitelist == nil || slices.ContainsFunc(c.account.whitelist, listed) {
		return 0
	}
	c.errmsg = fmt.Sprintf("invalid ip %s ipv6 %s, not in whitelist", ip, netip.AddrFrom16(ip.As16()))
	return 40164
}

// callerIP is the address that the call came from.
func (c *call) callerIP() netip.Addr {
	at, err := netip.ParseAddrPort(c.r.RemoteAddr)
	if err != nil {
		return netip.IPv6Unspecified() // a request that no server took
	}
	return at.Addr().Unmap()
}
