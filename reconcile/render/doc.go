// Package render makes a document visible. It decides nothing and knows neither the
// engine nor the API.
//
// # Formats of a plan, or of what an apply did
//
//	text      [Text], [Result]: for people, on a terminal
//	json      [JSON]: the plan file
//	markdown  [Markdown]: a comment on a pull request, of at most 65,536 characters
//	html      [HTML]: a page for reviewers, see below
//	junit     [JUnit]: a test report, a case for each guard and each material applied
//	sarif     [FindingsSARIF]: findings at their lines, for code scanning
//	gitlab    [GitLab]: three numbers for a merge request
//	github    [GitHubSummary], [GitHubOutputs], [GitHubAnnotations]: what a step of
//	          GitHub Actions says of itself
//
// What is too long for a place is cut at its end, the most important stands first,
// and how much was cut is said in the document itself.
//
// # Strangers' text
//
// Names of materials are strangers' text, and so is what quotes them. None of it
// may act: not on a terminal, not on the log of a CI job, not as Markdown or a tag.
// [Inert] writes what acts as Go escapes, everywhere. Markdown besides has strangers'
// text in code spans alone, the one place where neither CommonMark nor what GitHub
// and GitLab add to it looks for anything; XML and JSON have their own escapes. A
// fuzz test compares what each format consists of under any name and a harmless one.
//
// # The HTML page
//
// [HTML] writes one file: its style, its script and its data are within. The
// data is JSON in a script element that is not run; the page's script makes
// elements of it with textContent alone, so a name can never become markup, and
// the page's Content-Security-Policy holds even if it did. Only the rows in
// sight are in the document; every row has one height, so the place of each
// follows from its number. What is in html/ is tested in a real Chromium, by
// package browser beside this one.
package render
