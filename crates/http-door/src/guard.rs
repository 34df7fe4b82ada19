//! Who may come in at a door: which host names it answers to, and what a web page of another origin may do.
//!
//! A browser sends requests wherever a page tells it to, also to loopback. Three things tell them apart:
//!
//! - **The host name** ([`host`]). A page may use a name of its own that resolves to loopback (DNS rebinding), and
//!   would then be of the same origin. A door that has a list of names answers to those, to `localhost` and to
//!   addresses only. A request of HTTP/1.1 must have exactly one `Host` (RFC 9112, section 3.2).
//! - **The origin** ([`origin`]). Browsers say by `Origin` and `Sec-Fetch-Site` which page asks. A page of another
//!   origin may do nothing but lead its reader to an HTML page, unless its origin is listed: then it may read, and
//!   send telemetry (CORS, <https://fetch.spec.whatwg.org/#http-cors-protocol>).
//! - **What is asked for** ([`access`]). The door's owner says which requests show a page, read, send or steer.
//!
//! Programs that are no browsers send neither `Origin` nor `Sec-Fetch-Site`, and are let in.

pub mod access;
pub mod answer;
pub mod host;
pub mod origin;
pub mod page_headers;

#[cfg(test)]
mod tests;
