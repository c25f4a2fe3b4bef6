package state

// A Progress hears how far something long has come.
type Progress interface {
	// Progress may be called from several goroutines at once.
	Progress(Event)
}

// An Event is one step forward.
type Event struct {
	Account string // the account's name
	Stage   string // what is being done, such as "listing image" or "deleting"
	Done    int    // steps done of this stage
	Total   int    // steps in all; 0 when not known
}

// Quiet is a Progress that shows nothing.
type Quiet struct{}

// Progress does nothing.
func (Quiet) Progress(Event) {}
