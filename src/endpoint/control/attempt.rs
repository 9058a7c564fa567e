//! One attempt: admitted at a time, and how it ended.

/// Seconds.
pub(crate) type Time = f64;

/// How one attempt ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Ended {
    Answered,
    /// An error that is about the request alone: the server is well.
    Rejected,
    /// Asked to come back later (429, 503, 529), maybe after so many seconds.
    Refused(Option<Time>),
    /// An error of the server, or a cut connection or stream.
    Broken,
    TimedOut,
    /// No connection was made: nothing reached the server.
    Unreached,
    /// Given up by us.
    Abandoned,
}

/// An admitted request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Ticket {
    pub(super) started: Time,
    pub(super) epoch: u32,
    pub(super) is_probe: bool,
}
