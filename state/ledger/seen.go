package ledger

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"wxkeep/state/material"
)

// Seen says since when each orphan has been one without a break. Grace counts
// from there.
type Seen map[material.ID]time.Time

// Merge returns what is seen now: an orphan keeps its earlier time, a new one
// gets now, and what is no orphan any more is dropped, so that it starts again
// when it becomes one. A time after now, from a clock that was wrong, becomes
// now. So no time is ever earlier than the first look at that orphan.
func (s Seen) Merge(orphans material.Set, now time.Time) Seen {
	merged := make(Seen, len(orphans))
	for id := range orphans {
		merged[id] = now.UTC().Round(0)
		if since, ok := s[id]; ok && since.Before(now) {
			merged[id] = since
		}
	}
	return merged
}

type seenObject struct {
	Version int                       `json:"version"`
	Saved   time.Time                 `json:"saved"`
	Orphans map[material.ID]time.Time `json:"orphans"`
}

// Seen returns what was recorded last; nothing when nothing ever was. An object
// that cannot be read is [*Corrupt], not empty.
func (l *Ledger) Seen(ctx context.Context) (Seen, error) {
	data, _, err := l.get(ctx, l.key("seen.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return Seen{}, nil
	}
	if err != nil {
		return nil, err
	}
	return l.decodeSeen(data)
}

func (l *Ledger) decodeSeen(data []byte) (Seen, error) {
	key := l.key("seen.json")
	var o seenObject
	if err := decode(key, data, &o); err != nil {
		return nil, err
	}
	if o.Orphans == nil {
		return nil, corrupt(key, "it has no orphans, not even none")
	}
	for id, since := range o.Orphans {
		if _, err := material.ParseID(string(id)); err != nil || since.IsZero() {
			return nil, corrupt(key, "the orphan %q has no time, or is no media_id", id)
		}
	}
	return o.Orphans, nil
}

// RecordSeen merges the orphans of this run into what was recorded, and returns
// it. The caller holds the lease.
func (l *Ledger) RecordSeen(ctx context.Context, orphans material.Set) (Seen, error) {
	var merged Seen
	err := l.update(ctx, l.key("seen.json"), func(old []byte) ([]byte, error) {
		seen := Seen{}
		if old != nil {
			var err error
			if seen, err = l.decodeSeen(old); err != nil {
				return nil, err
			}
		}
		now := l.now()
		merged = seen.Merge(orphans, now)
		return encode(seenObject{Version: format, Saved: now, Orphans: merged})
	})
	if err != nil {
		return nil, err
	}
	return merged, nil
}
