package ledger

import (
	"fmt"
	"os"
	"os/user"
	"time"
)

// A Holder is the process that holds, or held, the lease.
type Holder struct {
	Host   string `json:"host"`
	User   string `json:"user"`
	PID    int    `json:"pid"`
	Wxkeep string `json:"wxkeep,omitempty"` // its version

	// What tells the process from every other that has had this pid. Empty
	// where the system does not say (all but Linux).
	Boot      string `json:"boot,omitempty"`          // boot id of the kernel
	Namespace string `json:"pid_namespace,omitempty"` // in which the pid counts
	Start     string `json:"start,omitempty"`         // of the process, in the kernel's ticks since boot
}

// String is the holder in words.
func (h Holder) String() string {
	s := fmt.Sprintf("%s@%s, pid %d", h.User, h.Host, h.PID)
	if h.Wxkeep != "" {
		s += ", wxkeep " + h.Wxkeep
	}
	return s
}

// here reports whether h runs, or ran, where other's pid means the same: the
// same host since its last start, and the same pid namespace.
func (h Holder) here(other Holder) bool {
	return h.Boot != "" && h.Namespace != "" && h.Start != "" &&
		h.Host == other.Host && h.Boot == other.Boot && h.Namespace == other.Namespace
}

// self is this process.
func self(version string) Holder {
	h := Holder{PID: os.Getpid(), Wxkeep: version, User: fmt.Sprintf("uid %d", os.Getuid())}
	h.Host, _ = os.Hostname() // "" is a host that cannot be named
	if u, err := user.Current(); err == nil {
		h.User = u.Username
	}
	h.identify()
	return h
}

// Locked means that another run holds the lease. Nothing was changed.
type Locked struct {
	Account string // the account's name
	ID      string // of the lease: what unlock asks for
	Holder  Holder
	Run     string        // the run it is held for, once that began
	Since   time.Time     // when it was acquired, by the holder's clock
	Renewed time.Time     // when it was last renewed, by the holder's clock
	Age     time.Duration // since then, by this clock; negative when the clocks differ
	Alive   bool          // the process was seen alive on this host
}

func (e *Locked) Error() string {
	s := fmt.Sprintf("%s is locked by %s, since %s", e.Account, e.Holder, e.Since.UTC().Format(time.RFC3339))
	if e.Run != "" {
		s += ", run " + e.Run
	}
	s += fmt.Sprintf(", renewed %s ago: ", e.Age.Round(time.Second))
	if e.Alive {
		s += "it is running here; "
	}
	return s + fmt.Sprintf("wait for it, or if it is dead: wxkeep unlock %s %s", e.Account, e.ID)
}
