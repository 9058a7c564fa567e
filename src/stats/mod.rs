//! Plain mathematics: intervals, tests, components, agreement. Slices in, structs out; no domain words.
