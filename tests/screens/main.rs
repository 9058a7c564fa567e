//! The session: drawn into a buffer, and the real binary in a pseudo-terminal.

mod drawn;
mod real;
