package manifests

import "gopkg.in/yaml.v3"

// Options says what a manifest must have beyond what it always must.
type Options struct {
	// NeedAuth makes an account without auth a mistake. Leave it false for
	// work that calls no API, or only a pretend one.
	NeedAuth bool
	// Pack leaves the keep lists packed: see [Account.Unpacked]. It is for work that
	// needs them late, and those of few accounts at a time.
	Pack bool
}

// A Policy is what all manifests of a run say.
type Policy struct {
	Accounts []*Account // in document order
	Files    []string   // every file read, in the order read
}

// Load reads the manifests at paths, which are files or directories.
// Directories are read recursively: *.yaml and *.yml, sorted, hidden ones
// skipped. The parts that an account document names are read as well, wherever
// they are. A file met twice is read once.
//
// The error is a [Problems] that holds every mistake of every file. There is
// no half a Policy: with a mistake anywhere it is nil, because an entry that
// was not understood is a deletion too many.
func Load(paths []string, opts Options) (*Policy, error) {
	l := load(paths, opts)
	if err := l.problems.err(); err != nil {
		return nil, err
	}
	return l.policy(), nil
}

// load reads everything, mistakes or not.
func load(paths []string, opts Options) *loader { return newLoader(opts).load(paths) }

func (l *loader) load(paths []string) *loader {
	if len(paths) == 0 {
		l.problems.add(Position{}, "no manifest was given; name a file or a directory")
	}
	for _, path := range paths {
		l.path(path)
	}
	for _, f := range l.files {
		f.given = true
	}
	l.link()
	return l
}

// A loader collects files, their documents and their problems.
type loader struct {
	opts     Options
	limit    int64             // of bytes in a file
	longRun  int               // entries in a row that are read without the parser; see skim
	instead  map[string][]byte // texts to read in place of what the disk has, by real path
	problems Problems
	files    []*file          // in the order read
	met      map[string]*file // by real path
	walked   map[string]bool  // directories, by real path: a symbolic link may lead back
}

func newLoader(opts Options) *loader {
	return &loader{opts: opts, limit: maxFile, longRun: longRun, met: map[string]*file{}, walked: map[string]bool{}}
}

// A file is one file that was read.
type file struct {
	path      string // as given, or joined to the directory given
	real      string // absolute, without symbolic links
	text      []byte // as read
	given     bool   // named by a PATH, not only by an account's parts
	whole     bool   // all its documents could be read, mistakes in them or not
	documents []*document
}

// accounts returns the account documents in document order.
func (l *loader) accounts() []*document { return l.documents(false) }

// parts returns the documents that are parts, in document order.
func (l *loader) parts() []*document { return l.documents(true) }

func (l *loader) documents(part bool) []*document {
	var ds []*document
	for _, f := range l.files {
		for _, d := range f.documents {
			if d.part == part {
				ds = append(ds, d)
			}
		}
	}
	return ds
}

func (l *loader) policy() *Policy {
	p := &Policy{}
	for _, d := range l.accounts() {
		p.Accounts = append(p.Accounts, d.account)
	}
	for _, f := range l.files {
		p.Files = append(p.Files, f.path)
	}
	return p
}

// decode turns the text of f into documents.
func (l *loader) decode(f *file, text []byte) {
	text, ok := checkText(f.path, text, &l.problems)
	if !ok {
		return
	}
	w := &walker{file: f.path, source: &source{text: text}, problems: &l.problems}
	found, read := 0, 0
	document := func(n *yaml.Node) {
		found++
		if d := w.document(n, l.opts); d != nil {
			read++
			d.from = f
			f.documents = append(f.documents, d)
			if l.opts.Pack {
				d.account.Packed, d.account.Keep = pack(d.account.Keep), nil
			}
		}
	}
	roots, yes := w.skim(l.longRun)
	for _, root := range roots {
		document(root)
	}
	if !yes {
		yes = parse(w, document)
	}
	f.whole = yes && read == found
	if yes && found == 0 {
		l.problems.add(Position{File: f.path}, "holds no document; a manifest begins with apiVersion: %s", version)
	}
}
