//! `wording mcp`: coding agents as users, over the protocol.

mod client;
mod documents;
mod limits;
mod runs;

use client::Client;
