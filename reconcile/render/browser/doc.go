// Package browser holds the tests of the HTML page in a real Chromium: what a
// reviewer does, and what a hostile name may not. They need chromium on the
// PATH, which .ci/run installs; WXKEEP_SCREENSHOTS=DIR keeps the pictures they
// take of the page.
package browser
