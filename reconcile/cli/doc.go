// Package cli is the command line: flags and wiring, one file a command.
//
// The rules of the interface:
//
//   - the result goes to standard output, everything meant for a person on the
//     way there to standard error, with a "wxkeep:" prefix;
//   - nothing is deleted without a plan on the screen and a yes, or the flag
//     --auto-approve;
//   - an error names the thing, its place and what to do next, without a capital
//     and a full stop;
//   - settings that decide about deletions live in the manifest, where they are
//     reviewed, never in a flag or the environment;
//   - the exit status is made in one place, from [plan.Status]; a message or a
//     Pushgateway that fails is a warning and no status: a chat that is down must
//     not look like an account in trouble.
package cli
