//! The client and the engine against a real HTTP server that does what a script says.

mod client;
