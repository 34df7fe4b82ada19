//! The load generator: each connection asks again as soon as it has its answer, for a bounded time.

use std::time::Duration;

use serde::Serialize;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::http::connection::Connection;

/// Requests before the clock starts, on each connection.
const WARM_UP_REQUESTS: u32 = 50;

/// Turns that two sides take.
const TURNS: u32 = 8;

/// How much load.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// Connections that are kept open, each with one request at a time.
    pub connections: u32,
    /// How long for each side.
    pub duration: Duration,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Served {
    /// Requests answered by 200, warm-up included.
    pub all: u64,
    /// Requests answered by 200 while the clock ran.
    pub timed: u64,
    /// Seconds on the clock.
    pub seconds: f64,
}

impl Served {
    /// Requests per second while the clock ran.
    pub fn per_second(self) -> f64 {
        if self.seconds > 0.0 { self.timed as f64 / self.seconds } else { 0.0 }
    }

    /// Two turns as one.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { all: self.all + other.all, timed: self.timed + other.timed, seconds: self.seconds + other.seconds }
    }
}

impl Load {
    /// Loads two URLs in turns, each for the whole duration in sum: a machine that is disturbed for a moment disturbs
    /// both. The first one's figures come first.
    pub async fn in_turns(self, first: &str, second: &str) -> anyhow::Result<(Served, Served)> {
        let turn = Self { duration: self.duration / TURNS, ..self };
        let mut served = (Served::default(), Served::default());
        for _turn in 0..TURNS {
            served.0 = served.0.and(turn.on(first).await?);
            served.1 = served.1.and(turn.on(second).await?);
        }
        Ok(served)
    }

    /// Loads one URL; an answer other than 200 is an error, because it would make the figure worthless.
    async fn on(self, url: &str) -> anyhow::Result<Served> {
        let mut opening = Vec::new();
        for _ in 0..self.connections {
            opening.push(warm(url).await?);
        }
        let start = Instant::now();
        let end = start + self.duration;
        let mut running = JoinSet::new();
        for connection in opening {
            running.spawn(drive(connection, end));
        }
        let mut served = Served::default();
        while let Some(one) = running.join_next().await {
            served.timed += one??;
        }
        served.seconds = start.elapsed().as_secs_f64();
        served.all = served.timed + u64::from(self.connections * WARM_UP_REQUESTS);
        Ok(served)
    }
}

async fn warm(url: &str) -> anyhow::Result<Connection> {
    let mut connection = Connection::open(url).await?;
    for _ in 0..WARM_UP_REQUESTS {
        good(&mut connection).await?;
    }
    Ok(connection)
}

async fn drive(mut connection: Connection, end: Instant) -> anyhow::Result<u64> {
    let mut count = 0;
    while Instant::now() < end {
        good(&mut connection).await?;
        count += 1;
    }
    Ok(count)
}

async fn good(connection: &mut Connection) -> anyhow::Result<()> {
    let (status, body) = connection.get().await?;
    anyhow::ensure!(status == 200, "{status}: {}", String::from_utf8_lossy(&body));
    Ok(())
}
