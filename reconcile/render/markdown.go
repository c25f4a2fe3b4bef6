package render

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"wxkeep/reconcile/plan"
)

// MarkdownLimit is how many characters a comment on GitHub may have.
//
// Source: the API's own error, "Body is too long (maximum is 65536 characters)".
// Comments on GitLab may have 1,000,000.
const MarkdownLimit = 65_536

// Marker is the first line of every Markdown document, which a browser does not
// show: a pipeline finds by it the comment to put the next one in the place of. It
// does not depend on the accounts, since those that a change touches may be others
// after the next push. Below it stands a marker for pipelines that run account by
// account: the same with the account's name, if there is but one.
const Marker = "<!-- wxkeep -->"

// Markdown writes a plan, or what apply did, as a comment on a pull request: first
// a line for each account, then why anything is blocked, then what is deleted, and
// all else folded. It is never longer than [MarkdownLimit]; what had no room is
// counted at the top, beside the digest of the whole plan.
//
// It has no pictures: a comment would have them fetched from WeChat's servers,
// which refuse other sites, and their addresses would take the room of the names.
func Markdown(w io.Writer, p *plan.Plan, style Style) error {
	return markdown(w, p, style, sheet{measure: characters, left: MarkdownLimit})
}

// noticeRoom is what is left free for the notice that something had no room: its
// words, a digest, and every subject with two numbers.
const noticeRoom = 1_000

// markdown writes the document into a sheet, and leaves out what has no room.
func markdown(w io.Writer, p *plan.Plan, style Style, s sheet) error {
	digest, err := digestOf(p)
	if err != nil {
		return err
	}
	d := document{plan: p, changes: p.ByAccounts(), all: style.All, digest: digest}
	top, bottom := d.top(), d.bottom()
	s.left -= s.measure(top) + s.measure(bottom)
	if s.left < noticeRoom {
		return fmt.Errorf("there is no room for the Markdown of the plan: %d characters more are needed", noticeRoom-s.left)
	}
	body, notice := s, ""
	d.fill(&body)
	if body.short() {
		body = s
		body.left -= noticeRoom
		d.fill(&body)
		notice = d.cut(&body)
	}
	_, err = io.WriteString(w, top+notice+body.text+bottom)
	return err
}

// A document is a plan that becomes Markdown.
type document struct {
	plan    *plan.Plan
	changes map[string][]plan.Change
	all     bool
	digest  string
}

// fill writes as much as there is room for, the most important first.
func (d document) fill(s *sheet) {
	room := s.left
	s.table(listed("accounts", d.heads(), d.accounts(), room/2))
	s.table(listed("reasons why something is blocked", "> [!CAUTION]\n", d.blocked(), room/4))
	s.table(listed("accounts that were not looked at", "> [!NOTE]\n", d.skipped(), room/4))
	s.table(listed("accounts that were not checked wholly", "> [!WARNING]\n", d.notChecked(), room/4))
	for _, a := range d.plan.Accounts {
		d.deletions(s, a)
	}
	for _, a := range d.plan.Accounts {
		d.details(s, a)
	}
}

// listed is a part that is always seen.
func listed(what, head string, lines []string, share int) table {
	return table{what: what, head: head, foot: "\n", count: len(lines), line: func(i int) string { return lines[i] }, share: share}
}

var plainName = regexp.MustCompile(`\A[a-z0-9-]+\z`)

// top is what every document begins with.
func (d document) top() string {
	marker := Marker + "\n"
	if as := d.plan.Accounts; len(as) == 1 && plainName.MatchString(as[0].Name) {
		marker += fmt.Sprintf("<!-- wxkeep %s -->\n", as[0].Name)
	}
	return marker + "\n## wxkeep " + d.title() + "\n\n"
}

func (d document) title() string {
	if d.plan.Applied() {
		if done := outcomes(outcomesOf(d.plan)); done != "" {
			return "apply: " + done
		}
		return "apply: nothing deleted"
	}
	held := 0
	for _, a := range d.plan.Accounts {
		held += a.Summary.Hold
	}
	title := "plan: " + count(d.plan.Deletions(), "to delete")
	if thisChange, pending, is := based(d.plan); is {
		title = fmt.Sprintf("plan: %s, %s", count(thisChange, "to delete because of this change"), count(pending, pendingTitle))
	}
	if held > 0 {
		title += ", " + count(held, "held")
	}
	return title
}

// cut is the notice that something was left out.
func (d document) cut(s *sheet) string {
	return fmt.Sprintf("> [!WARNING]\n> **THIS IS NOT THE WHOLE PLAN.** It had no room for %s. The whole plan has the digest %s; `wxkeep show --all FILE` shows it.\n\n",
		s.shortages(), code(d.digest))
}

// bottom is what every document ends with: what an apply can be bound to, and the
// line that text ends with.
func (d document) bottom() string {
	last := planned(d.plan)
	if d.plan.Applied() {
		last = done(d.plan)
	}
	digests := fmt.Sprintf("digest %s", code(d.digest))
	if d.plan.Deletions() > 0 {
		digests += fmt.Sprintf("<br>changes digest %s", code(cut(d.plan.ChangesDigest, 2*nameWidth+len("sha256:"))))
	}
	return digests + "\n\n**" + last + "**\n"
}

// heads are those of the table of accounts.
func (d document) heads() string {
	if d.plan.Applied() {
		return row("account", "planned", "outcome", "") + row(":--", "--:", ":--", ":--")
	}
	heads := []string{"account", "delete", "hold", "in use", "keep", "missing", "live", ""}
	lines := []string{":--", "--:", "--:", "--:", "--:", "--:", "--:", ":--"}
	if _, _, is := based(d.plan); is {
		heads[1] = "delete in all"
		heads, lines = slices.Insert(heads, 1, "delete because of this change"), slices.Insert(lines, 1, "--:")
	}
	return row(heads...) + row(lines...)
}

func (d document) accounts() []string {
	var lines []string
	for _, a := range d.plan.Accounts {
		n := a.Summary
		switch {
		case !d.plan.Applied():
			lines = append(lines, row(d.planned(a)...))
		case a.Result == nil:
			lines = append(lines, row(accountCell(a), number(n.Delete), "–", inWords(a.Status)))
		default:
			lines = append(lines, row(accountCell(a), number(n.Delete), outcomes(a.Result.Outcomes), inWords(a.Status)))
		}
	}
	return lines
}

// planned are the cells of an account in a plan.
func (d document) planned(a plan.Account) []string {
	n := a.Summary
	cells := []string{accountCell(a), number(n.Delete), number(n.Hold), number(n.InUse), number(n.Keep), number(n.Missing), number(n.Live), inWords(a.Status)}
	if _, _, is := based(d.plan); is {
		thisChange := "–"
		if a.Base != nil {
			thisChange = number(a.Base.ThisChange)
		}
		cells = slices.Insert(cells, 1, thisChange)
	}
	if a.Skipped != "" {
		for i := range cells[1:] {
			cells[i+1] = "–"
		}
		cells[len(cells)-1] = "not looked at"
	}
	return cells
}

func accountCell(a plan.Account) string { return code(a.Name) + " " + code(a.AppID) }

func number(n int) string { return fmt.Sprint(n) }

// inWords is an exit status in words.
func inWords(s plan.Status) string {
	if s == plan.Done {
		return "ok"
	}
	word, known := statusWords[s]
	if !known {
		word = "stopped"
	}
	return fmt.Sprintf("**%s** (%d)", word, s)
}

var statusWords = map[plan.Status]string{
	plan.Error: "error", plan.HasDeletions: "has deletions", plan.Incomplete: "some failed", plan.Foreign: "wrong account",
	plan.Locked: "locked", plan.Denied: "credentials refused", plan.GuardBlocked: "blocked", plan.Stale: "stale plan",
	plan.Unseen: "incomplete listing", plan.QuotaUsed: "quota used up", plan.Interrupted: "interrupted",
}

// blocked is why accounts cannot be applied, or what went wrong with them.
func (d document) blocked() []string {
	var lines []string
	for _, a := range d.plan.Accounts {
		if a.Error != "" {
			lines = append(lines, quoted(fmt.Sprintf("%s: %s", code(a.Name), code(a.Error))))
		}
		for _, g := range a.Guards {
			if g.Status == plan.Blocked {
				lines = append(lines, quoted(fmt.Sprintf("%s is **blocked** by %s: %s", code(a.Name), code(g.Name), code(g.Message))))
			}
		}
	}
	return lines
}

// skipped is why accounts were not looked at.
func (d document) skipped() []string {
	var lines []string
	for _, a := range skipped(d.plan) {
		lines = append(lines, quoted(fmt.Sprintf("%s was not looked at: %s", code(a.Name), code(a.Skipped))))
	}
	return lines
}

// quoted is an item of a list in a quotation.
func quoted(s string) string { return "> - " + s + "\n" }

func (d document) notChecked() []string {
	var lines []string
	for _, a := range d.plan.Accounts {
		places := notChecked(a)
		for i, p := range places {
			places[i] = code(p)
		}
		if places != nil {
			lines = append(lines, quoted(fmt.Sprintf("%s: **NOT CHECKED** for uses: %s", code(a.Name), strings.Join(places, ", "))))
		}
	}
	return lines
}
