package material

import "time"

// China is the zone, UTC+8, in which WeChat's days begin, and in which dates are
// read and shown.
//
// Source: wechat-api.md section 6 (quotas begin again at midnight there).
var China = time.FixedZone("UTC+8", 8*60*60)
