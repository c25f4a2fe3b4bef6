package reconcile

import "context"

// LoseLease takes the lease away from a run, as unlock does when the run's
// machine is believed dead.
func (d *Decision) LoseLease() { _ = d.lease.Release(context.Background()) }

// Abreast is how many accounts are worked on at once.
const Abreast = abreast
