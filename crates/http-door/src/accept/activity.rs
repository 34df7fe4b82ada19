//! What one connection is doing: from its bytes and its requests follows whether it waits for its client, since
//! when, and how long it still may.

use parking_lot::Mutex;
use tokio::time::Instant;

use crate::accept::limits::Limits;
use crate::accept::registry::Turn;

/// How an HTTP/2 connection begins; no method of HTTP/1.1 does.
const PREFACE: &[u8] = b"PRI ";

/// The state of one connection, shared by its stream, its requests and the accept loop.
#[derive(Debug)]
pub struct Activity {
    state: Mutex<State>,
    /// Where it is said since when the client is waited for.
    turn: Turn,
}

#[derive(Debug)]
struct State {
    /// The first bytes that came, at most as many as [`PREFACE`] has.
    begin: Vec<u8>,
    /// Since when no request runs, or since the connection was accepted.
    quiet_since: Instant,
    /// When the first byte of a head came whose end has not come yet.
    head_since: Option<Instant>,
    /// Requests that are read, handled or answered.
    running: usize,
    /// Of these, those whose handler waits for more of the body.
    starving: usize,
    /// When the last of the running requests began to wait.
    starving_since: Instant,
    /// Since when the client takes nothing of what is written.
    blocked_since: Option<Instant>,
    /// The connection has become a `WebSocket`, or whatever else was agreed on.
    upgraded: bool,
}

/// Why a connection is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Overdue {
    /// Not one byte came.
    FirstByte,
    /// A head did not end.
    Head,
    /// No request came.
    Idle,
    /// The client takes nothing of what is written.
    Unread,
}

impl Activity {
    /// A connection that was accepted now.
    pub(super) fn new(now: Instant, turn: Turn) -> Self {
        let state = State {
            begin: Vec::new(),
            quiet_since: now,
            head_since: None,
            running: 0,
            starving: 0,
            starving_since: now,
            blocked_since: None,
            upgraded: false,
        };
        Self { state: Mutex::new(state), turn }
    }

    /// Bytes have come.
    pub(super) fn read(&self, bytes: &[u8], now: Instant) {
        let mut state = self.state.lock();
        let room = PREFACE.len() - state.begin.len();
        let begin = &bytes[..bytes.len().min(room)];
        state.begin.extend_from_slice(begin);
        if state.running == 0 && state.begin != PREFACE {
            state.head_since.get_or_insert(now);
        }
    }

    /// The client has taken bytes.
    pub(super) fn wrote(&self) {
        self.state.lock().blocked_since = None;
    }

    /// The client takes no more bytes for now.
    pub(super) fn blocked(&self, now: Instant) {
        self.state.lock().blocked_since.get_or_insert(now);
    }

    /// A head was complete.
    pub(super) fn begin_request(&self) {
        self.change(|state| {
            state.head_since = None;
            state.running += 1;
        });
    }

    /// A request is over, its answer included.
    pub(super) fn end_request(&self, now: Instant) {
        self.change(|state| {
            state.running -= 1;
            state.head_since = None;
            state.quiet_since = now;
        });
    }

    /// A handler waits for more of its request's body.
    pub(super) fn starve(&self, now: Instant) {
        self.change(|state| {
            state.starving += 1;
            state.starving_since = now;
        });
    }

    /// It got more, or no longer wants it.
    pub(super) fn feed(&self) {
        self.change(|state| state.starving -= 1);
    }

    /// The connection no longer speaks HTTP.
    pub(super) fn upgrade(&self) {
        self.change(|state| state.upgraded = true);
    }

    /// Changes the state, and says so if from now on the client is waited for since another moment, or no longer.
    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state.lock();
        let before = state.waiting_since();
        change(&mut state);
        let after = state.waiting_since();
        if after != before {
            // While the state is locked, so that what is said last is what is true.
            self.turn.waits(after);
        }
    }

    /// Which limit is exceeded, if any.
    pub(super) fn overdue(&self, limits: &Limits, now: Instant) -> Option<Overdue> {
        let state = self.state.lock();
        let exceeds = |since: Instant, limit| now.saturating_duration_since(since) >= limit;
        if state.upgraded {
            return None;
        }
        if state.blocked_since.is_some_and(|since| exceeds(since, limits.progress)) {
            return Some(Overdue::Unread);
        }
        if state.running > 0 {
            return None;
        }
        // The end of the preface may still be on its way, so the beginning of one is the beginning of a head.
        let (since, limit, overdue) = match state.head_since {
            Some(since) if state.begin != PREFACE => (since, limits.head, Overdue::Head),
            None if state.begin.is_empty() => (state.quiet_since, limits.first_byte, Overdue::FirstByte),
            _ => (state.quiet_since, limits.idle, Overdue::Idle),
        };
        exceeds(since, limit).then_some(overdue)
    }
}

impl State {
    /// Since when all that happens here is that the client is waited for; `None` while something is done for it.
    fn waiting_since(&self) -> Option<Instant> {
        if self.upgraded {
            return None;
        }
        match self.running {
            0 => Some(self.quiet_since),
            running if running == self.starving => Some(self.starving_since),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::accept::registry::{Place, Registry};

    fn limits() -> Limits {
        let seconds = Duration::from_secs;
        Limits { first_byte: seconds(1), head: seconds(2), idle: seconds(4), progress: seconds(3), ..Limits::default() }
    }

    /// A connection and a clock that is wound by hand.
    async fn connection() -> (Activity, Place, impl Fn(f64) -> Instant) {
        let began = Instant::now();
        let place = Registry::new(9).admit(began, &CancellationToken::new()).await;
        let activity = Activity::new(began, place.turn());
        (activity, place, move |seconds| began + Duration::from_secs_f64(seconds))
    }

    #[tokio::test]
    async fn each_silence_has_its_own_limit() {
        let (one, _place, at) = connection().await;
        assert_eq!(one.overdue(&limits(), at(0.9)), None);
        assert_eq!(one.overdue(&limits(), at(1.0)), Some(Overdue::FirstByte));
        one.read(b"GET / HT", at(0.5));
        one.read(b"TP/1.1\r\n", at(2.0));
        assert_eq!(one.overdue(&limits(), at(2.4)), None);
        assert_eq!(one.overdue(&limits(), at(2.5)), Some(Overdue::Head), "a head that drips is not progress");
        one.begin_request();
        assert_eq!(one.overdue(&limits(), at(100.0)), None, "a running request is not idle");
        one.end_request(at(100.0));
        assert_eq!(one.overdue(&limits(), at(103.9)), None);
        assert_eq!(one.overdue(&limits(), at(104.0)), Some(Overdue::Idle));
    }

    #[tokio::test]
    async fn frames_between_requests_are_no_head_in_http_2() {
        let (one, _place, at) = connection().await;
        one.read(b"PR", at(0.0));
        one.read(b"I * HTTP/2.0\r\n\r\nSM\r\n\r\n", at(0.1));
        one.begin_request();
        one.end_request(at(1.0));
        one.read(b"a ping", at(4.5));
        assert_eq!(one.overdue(&limits(), at(4.9)), None);
        assert_eq!(one.overdue(&limits(), at(5.0)), Some(Overdue::Idle), "pings alone keep nothing open");
    }

    #[tokio::test]
    async fn a_client_that_takes_nothing_is_let_go_even_while_its_answer_is_written() {
        let (one, _place, at) = connection().await;
        one.read(b"GET", at(0.0));
        one.begin_request();
        one.blocked(at(1.0));
        one.blocked(at(3.5));
        assert_eq!(one.overdue(&limits(), at(4.0)), Some(Overdue::Unread));
        one.wrote();
        assert_eq!(one.overdue(&limits(), at(9.0)), None);
    }

    #[tokio::test]
    async fn a_connection_waits_for_its_client_unless_something_is_done_for_it() {
        let (one, _place, at) = connection().await;
        assert_eq!(one.state.lock().waiting_since(), Some(at(0.0)));
        one.begin_request();
        one.begin_request();
        one.starve(at(1.0));
        assert_eq!(one.state.lock().waiting_since(), None, "one of two requests is being handled");
        one.starve(at(2.0));
        assert_eq!(one.state.lock().waiting_since(), Some(at(2.0)), "both wait for their bodies");
        one.feed();
        assert_eq!(one.state.lock().waiting_since(), None);
        one.end_request(at(3.0));
        one.feed();
        one.end_request(at(4.0));
        assert_eq!(one.state.lock().waiting_since(), Some(at(4.0)));
        one.upgrade();
        assert_eq!(one.state.lock().waiting_since(), None, "a WebSocket is not idle");
        assert_eq!(one.overdue(&limits(), at(1000.0)), None);
    }
}
