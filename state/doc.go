// Package state is what is there: it lists the live material of an account and
// says how far that list can be trusted.
//
// # What a listing proves
//
// An item missing from a listing only means fewer deletions, so a listing has
// to be honest rather than perfect. [Observe] asks get_materialcount once and
// then for each page once, ⌈n/20⌉ of them for n items. Ids seen are live,
// however the list moves under the pages. A type is listed once more, and both
// passes joined, when its pages cannot be trusted:
//
//   - a whole page repeats another one (a server that ignores the offset),
//   - a page is longer than asked for (a server that ignores the count),
//   - there are more than 1 % fewer distinct ids than were counted.
//
// When it is still short after that the listing is incomplete, and nothing of
// that account is deleted. A page that ends early is continued where it ended.
// More ids than counted are uploads made meanwhile: a finding, not an error.
//
// A type may be asked for whole ([Options].Whole), as news is when it is a
// reference: an article that is not seen might use anything.
//
// # What a search proves
//
// A place is searched by a [Searcher]: those of the API are in package wechat,
// local files are searched by [Files]. A search has to be complete, for a use
// that is overlooked deletes a material: whatever cannot be read is an error.
//
// # Conditions
//
// The errors of the outside world are sorted into the few conditions that a
// caller acts on; see [ErrBusy] and its neighbours. Test for them with
// errors.Is.
package state
