//! The client and the engine against a real HTTP server that does what a script says.

mod ask;
mod changed_model;
mod client;
mod compressed;
mod cuts;
mod dialects;
mod equal;
mod faults;
mod files;
mod lasting;
mod limits;
mod pause;
mod retries;
mod tls;
mod wire;
