// Package render makes a document visible: as text for a terminal, or as JSON
// for programs. It decides nothing and knows neither the engine nor the API.
//
// Names of materials are strangers' text. [Inert] makes them harmless before
// they reach a terminal.
package render
