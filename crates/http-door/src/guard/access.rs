//! What a request is for, as far as the guard cares.

use http::{Method, Uri};

/// What a request does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Shows an HTML page to a person and changes nothing: links of any site may lead here.
    Page,
    Read,
    /// Sends telemetry, or has work done that is the port's trade.
    Send,
    /// Reloads, administers, imports, deletes or steers.
    Steer,
}

/// Tells what a request of this method to this address does.
pub type Classify = fn(&Method, &Uri) -> Access;
