package render

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"wxkeep/reconcile/plan"
)

// JUnitLimit is how many bytes a JUnit file may have. GitLab takes files "smaller
// than 30 MB"; items that would not fit are counted in a case of their own.
//
// Source: docs.gitlab.com, Unit test reports, File requirements.
const JUnitLimit = 30_000_000

// JUnit writes a plan, or what apply did, as the XML that CI systems read as test
// reports: a suite for each account, in it a case for each guard, failed when it
// blocks, and one for each material that apply came to. An account that could not
// be planned or applied has a case with an error. Deleted materials and those that
// were gone already passed; those that were left alone on purpose are skipped;
// what else was not deleted failed.
//
// The elements are those that GitLab, Jenkins and GitHub's publishers agree on.
// Nobody's name stands in system-out, where GitLab looks for [[ATTACHMENT|path]].
func JUnit(w io.Writer, p *plan.Plan) error {
	changes := p.ByAccounts()
	report := junitReport{Name: "wxkeep"}
	left := JUnitLimit - junitFrame
	for _, a := range p.Accounts {
		suite, used := junitSuiteOf(a, changes[a.Name], left)
		left -= used
		report.add(suite)
	}
	return report.write(w)
}

// junitFrame is more than the XML takes besides suites.
const junitFrame = 1_000

type junitReport struct {
	XMLName xml.Name `xml:"testsuites"`
	Name    string   `xml:"name,attr"`
	junitCount
	Suites []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name string `xml:"name,attr"`
	junitCount
	Cases []junitCase `xml:"testcase"`
}

type junitCount struct {
	Tests    int `xml:"tests,attr"`
	Failures int `xml:"failures,attr"`
	Errors   int `xml:"errors,attr"`
	Skipped  int `xml:"skipped,attr"`
}

// A junitCase is told from others by its class and its name. GitLab shows the
// class as the suite.
type junitCase struct {
	Class   string      `xml:"classname,attr"`
	Name    string      `xml:"name,attr"`
	Failure *junitWords `xml:"failure"`
	Error   *junitWords `xml:"error"`
	Skipped *junitWords `xml:"skipped"`
}

// junitWords are what a case says: Jenkins shows the attribute, GitLab the text.
type junitWords struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

func junitSays(text string) *junitWords { return &junitWords{Inert(text), Inert(text)} }

func (r *junitReport) add(s junitSuite) {
	r.Tests += s.Tests
	r.Failures += s.Failures
	r.Errors += s.Errors
	r.Skipped += s.Skipped
	r.Suites = append(r.Suites, s)
}

func (r *junitReport) write(w io.Writer) error {
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(r); err != nil {
		return fmt.Errorf("write JUnit: %w", err)
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// junitSuiteOf is one account in at most left bytes, and how many it takes. What
// failed comes before what did not, so that it is not left out.
func junitSuiteOf(a plan.Account, changes []plan.Change, left int) (junitSuite, int) {
	name := Inert(a.Name)
	s := junitSuite{Name: "wxkeep " + name}
	used := 2*len(name) + junitFrame
	cases := append(junitGuards(a), junitItems(a, changes)...)
	for i, c := range cases {
		n := c.size()
		if used+n > left {
			rest := junitCase{Class: "wxkeep." + name, Name: "not shown", Failure: junitSays(fmt.Sprintf("%d of %d cases had no room in this file", len(cases)-i, len(cases)))}
			s.add(rest)
			return s, used
		}
		used += n
		s.add(c)
	}
	return s, used
}

func (s *junitSuite) add(c junitCase) {
	s.Tests++
	switch {
	case c.Failure != nil:
		s.Failures++
	case c.Error != nil:
		s.Errors++
	case c.Skipped != nil:
		s.Skipped++
	}
	s.Cases = append(s.Cases, c)
}

// size is at least how many bytes a case takes.
func (c junitCase) size() int {
	const tags = 200
	n := tags + inXML(c.Class) + inXML(c.Name)
	for _, words := range []*junitWords{c.Failure, c.Error, c.Skipped} {
		if words != nil {
			n += inXML(words.Message) + inXML(words.Text)
		}
	}
	return n
}

// inXML is at most how many bytes a text takes where five characters are written
// as entities.
func inXML(s string) int {
	n := len(s)
	for i := range len(s) {
		if strings.IndexByte(`"'&<>`, s[i]) >= 0 {
			n += len("&#34;") - 1
		}
	}
	return n
}

// junitGuards are the cases of an account's guards, and of its error.
func junitGuards(a plan.Account) []junitCase {
	class := "wxkeep." + Inert(a.Name) + ".guard"
	var cases []junitCase
	if a.Error != "" {
		cases = append(cases, junitCase{Class: "wxkeep." + Inert(a.Name), Name: "run", Error: junitSays(a.Error)})
	}
	for _, g := range a.Guards {
		c := junitCase{Class: class, Name: Inert(g.Name)}
		if g.Status == plan.Blocked {
			c.Failure = junitSays(g.Message)
		}
		cases = append(cases, c)
	}
	return cases
}

// junitItems are the cases of the materials that apply came to, those that failed
// first.
func junitItems(a plan.Account, changes []plan.Change) []junitCase {
	var failed, rest []junitCase
	for _, c := range changes {
		switch kind := junitItem(a, c); {
		case c.Outcome == "":
		case kind.Failure != nil:
			failed = append(failed, kind)
		default:
			rest = append(rest, kind)
		}
	}
	return append(failed, rest...)
}

func junitItem(a plan.Account, c plan.Change) junitCase {
	item := junitCase{
		Class: fmt.Sprintf("wxkeep.%s.%s", Inert(a.Name), Inert(string(c.Item.Type))),
		Name:  Inert(string(c.Item.ID)) + " " + cut(nameOf(c.Item), 2*nameWidth),
	}
	said := junitSays(fateOf(c))
	switch c.Outcome {
	case plan.Deleted, plan.AlreadyAbsent:
	case plan.Changed, plan.Refused, plan.Deferred:
		item.Skipped = said
	default:
		item.Failure = said
	}
	return item
}
