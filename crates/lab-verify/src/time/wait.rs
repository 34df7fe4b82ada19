//! Waiting for a fact: look again and again until it is there or a stated bound has passed, and then say what was seen.
//!
//! Telemetry arrives late. That something is missing may be said only after having waited as long as it may take, and
//! never because of a fixed age or pause. A server that cannot answer at all is not asked again.

use std::fmt;
use std::time::{Duration, Instant};

use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::stack::endpoint::AskError;

/// The pause between two looks.
const PAUSE: Duration = Duration::from_millis(100);
/// How long the spans and lines of a request may take from its answer to the query that finds them.
const DELIVERY: Duration = Duration::from_secs(15);
/// How much later than its interval a scrape may be on a busy machine.
const SCRAPE_DELAY: Duration = Duration::from_secs(10);

/// How long a fact is waited for: from a moment on, for a stated time, or until the run is stopped.
#[derive(Debug, Clone)]
pub struct Bound {
    began: Instant,
    within: Duration,
    stop: CancellationToken,
}

/// Why a look did not find the fact; `S` says what was seen instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Miss<S = String> {
    /// It may still come.
    NotYet(S),
    /// It cannot come: looking again is useless.
    Never(S),
}

/// The fact that was waited for is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Absent<S = String> {
    /// What the last look saw instead.
    pub seen: S,
    /// How long it was waited for; `None` if it cannot come.
    pub waited: Option<Duration>,
}

impl Bound {
    /// `within` from now on.
    pub fn new(within: Duration, stop: &CancellationToken) -> Self {
        Self::since(Instant::now(), within, stop)
    }

    /// `within` from an earlier moment on.
    pub fn since(began: Instant, within: Duration, stop: &CancellationToken) -> Self {
        Self { began, within, stop: stop.clone() }
    }

    /// The time that spans and lines may take, from now on.
    pub fn of_delivery(stop: &CancellationToken) -> Self {
        Self::new(DELIVERY, stop)
    }

    /// The time that two scrapes may take, from now on: the first may have begun before what it should show.
    pub fn of_scrapes(interval: Duration, stop: &CancellationToken) -> Self {
        Self::new(2 * interval + SCRAPE_DELAY, stop)
    }

    /// The time that the next scrape may take, from now on.
    pub fn of_next_scrape(interval: Duration, stop: &CancellationToken) -> Self {
        Self::new(interval + SCRAPE_DELAY, stop)
    }

    /// The time that everything may take which is on its way now: spans, lines, and samples of the next scrapes.
    pub fn of_everything(interval: Duration, stop: &CancellationToken) -> Self {
        Self::new(DELIVERY.max(2 * interval + SCRAPE_DELAY), stop)
    }

    /// The time since its beginning.
    pub fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// Whether it has passed, or somebody stopped the run.
    pub fn is_over(&self) -> bool {
        self.began.elapsed() >= self.within || self.stop.is_cancelled()
    }

    /// Looks until the fact is there. If the bound is over already, looks once.
    pub async fn until<T, S>(&self, mut look: impl AsyncFnMut() -> Result<T, Miss<S>>) -> Result<T, Absent<S>> {
        loop {
            match look().await {
                Ok(fact) => return Ok(fact),
                Err(Miss::Never(seen)) => return Err(Absent { seen, waited: None }),
                Err(Miss::NotYet(seen)) if self.is_over() => {
                    return Err(Absent { seen, waited: Some(self.elapsed().min(self.within)) });
                }
                Err(Miss::NotYet(_)) => self.pause(PAUSE).await,
            }
        }
    }

    /// Lets some time go by before the next look; a stop ends the pause early.
    pub async fn pause(&self, time: Duration) {
        let _ = timeout(time, self.stop.cancelled()).await;
    }
}

impl<S> Miss<S> {
    /// The fact is there unless something is missing; `seen` says what is there instead.
    pub fn unless_missing(seen: Option<S>) -> Result<(), Self> {
        seen.map_or(Ok(()), |seen| Err(Self::NotYet(seen)))
    }
}

impl<S: From<AskError>> From<AskError> for Miss<S> {
    fn from(error: AskError) -> Self {
        if error.may_pass() { Self::NotYet(error.into()) } else { Self::Never(error.into()) }
    }
}

impl<S: fmt::Display> fmt::Display for Absent<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.seen.fmt(f)?;
        match self.waited {
            Some(waited) => write!(f, " (after having waited for {:.1} s)", waited.as_secs_f64()),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::endpoint::Reason;

    const LONG: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn a_fact_that_comes_later_is_waited_for() {
        let stop = CancellationToken::new();
        let mut looks = 0;
        let third = async || {
            looks += 1;
            if looks == 3 { Ok("all lines") } else { Err(Miss::NotYet(format!("{looks} lines"))) }
        };
        assert_eq!(Bound::new(LONG, &stop).until(third).await, Ok("all lines"));
        assert_eq!(looks, 3);
    }

    #[tokio::test]
    async fn after_the_bound_the_last_look_says_what_was_seen() {
        let mut looks = 0;
        let never = async || {
            looks += 1;
            Err::<(), Miss>(Miss::NotYet(format!("{looks} of 8 lines")))
        };
        let within = Duration::from_millis(300);
        let absent = Bound::new(within, &CancellationToken::new()).until(never).await.expect_err("it never comes");
        assert!(looks > 1, "it looked once");
        assert_eq!(absent, Absent { seen: format!("{looks} of 8 lines"), waited: Some(within) });
        assert_eq!(absent.to_string(), format!("{looks} of 8 lines (after having waited for 0.3 s)"));
    }

    #[tokio::test]
    async fn neither_an_impossible_fact_nor_a_stopped_run_is_waited_for() {
        let (began, stop) = (Instant::now(), CancellationToken::new());
        let refused = async || Err::<(), Miss>(Miss::Never("nothing listens".to_owned()));
        let absent = Bound::new(LONG, &stop).until(refused).await;
        assert_eq!(absent, Err(Absent { seen: "nothing listens".to_owned(), waited: None }));
        let looks = std::cell::Cell::new(0);
        let stopped = async || {
            looks.set(looks.get() + 1);
            stop.cancel();
            Err::<(), Miss>(Miss::NotYet("nothing".to_owned()))
        };
        let absent = Bound::new(LONG, &stop).until(stopped).await;
        assert_eq!(absent.map_err(|absent| absent.seen), Err("nothing".to_owned()));
        assert_eq!(looks.get(), 1);
        assert!(began.elapsed() < LONG);
    }

    #[test]
    fn a_busy_server_is_asked_again_and_an_absent_one_is_not() {
        let miss = |reason| Miss::<AskError>::from(AskError { url: "http://h".to_owned(), reason });
        let status = |status| miss(Reason::Status { status, text: String::new() });
        assert!(matches!(status(503), Miss::NotYet(_)) && matches!(status(429), Miss::NotYet(_)));
        assert!(matches!(status(404), Miss::Never(_)) && matches!(miss(Reason::GivenUp), Miss::Never(_)));
        assert!(matches!(miss(Reason::Unreachable("refused".to_owned())), Miss::Never(_)));
    }
}
