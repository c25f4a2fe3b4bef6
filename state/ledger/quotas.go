package ledger

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"time"

	"wxkeep/state/material"
)

// A Quota is what was last known about the calls of one API path. It counts for
// the day, in WeChat's zone, on which it was asked for.
type Quota struct {
	Limit         int       `json:"limit"`                    // calls a day
	Left          int       `json:"left"`                     // when it was written: what WeChat said, less the run's own calls since
	CallCount     int       `json:"call_count,omitempty"`     // calls in any RefreshSecond seconds; 0 when that is not known
	RefreshSecond int       `json:"refresh_second,omitempty"` // 0 when that is not known
	Asked         time.Time `json:"asked"`                    // when WeChat said so
}

type quotasObject struct {
	Version int              `json:"version"`
	Quotas  map[string]Quota `json:"quotas"` // by path
}

// Quotas returns by path what is remembered of the present day: midnight UTC+8
// begins another. An object that cannot be read is [*Corrupt], not empty.
func (l *Ledger) Quotas(ctx context.Context) (map[string]Quota, error) {
	data, _, err := l.get(ctx, l.key("quotas.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return map[string]Quota{}, nil
	}
	if err != nil {
		return nil, err
	}
	all, err := l.decodeQuotas(data)
	if err != nil {
		return nil, err
	}
	now := l.now()
	for path, q := range all {
		if q.Asked.After(now) || dayOf(q.Asked) != dayOf(now) {
			delete(all, path)
		}
	}
	return all, nil
}

// dayOf names the day of t in WeChat's zone.
func dayOf(t time.Time) string { return t.In(material.China).Format(time.DateOnly) }

func (l *Ledger) decodeQuotas(data []byte) (map[string]Quota, error) {
	key := l.key("quotas.json")
	var o quotasObject
	if err := decode(key, data, &o); err != nil {
		return nil, err
	}
	if o.Quotas == nil {
		return nil, corrupt(key, "it has no quotas, not even none")
	}
	for path, q := range o.Quotas {
		if !strings.HasPrefix(path, "/") || q.Limit <= 0 || q.Left < 0 || q.Asked.IsZero() {
			return nil, corrupt(key, "the quota of %q has no limit or no time, or is of no path", path)
		}
	}
	return o.Quotas, nil
}

// RecordQuotas replaces what is remembered; none forgets it. The caller holds the
// lease.
func (l *Ledger) RecordQuotas(ctx context.Context, quotas map[string]Quota) error {
	return l.update(ctx, l.key("quotas.json"), func(old []byte) ([]byte, error) {
		if old != nil {
			if _, err := l.decodeQuotas(old); err != nil {
				return nil, err
			}
		}
		if quotas == nil {
			quotas = map[string]Quota{}
		}
		return encode(quotasObject{Version: format, Quotas: quotas})
	})
}
