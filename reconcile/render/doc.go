// Package render makes a document visible: as text for a terminal, or as JSON
// for programs. It decides nothing and knows neither the engine nor the API.
//
// Names of materials are strangers' text. [Inert] makes them harmless before
// they reach a terminal.
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
