//! The bare chain: hops as processes of their own, started from this binary.

use std::process::Stdio;

use anyhow::Context as _;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// Running hops; they end when this is dropped.
#[derive(Debug)]
pub struct BareChain {
    url: String,
    // Each holds the stdin whose end is the hop's end.
    _hops: Vec<Child>,
}

impl BareChain {
    /// Starts `length` hops, last first.
    pub async fn start(length: usize) -> anyhow::Result<Self> {
        let program = std::env::current_exe()?;
        let (mut next, mut hops) = (None::<String>, Vec::new());
        for _ in 0..length {
            let mut command = Command::new(&program);
            command.arg("hop").stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
            if let Some(url) = &next {
                command.args(["--next", url]);
            }
            let mut hop = command.spawn().context("a hop of the bare chain")?;
            let stdout = hop.stdout.take().context("the hop's stdout")?;
            next = BufReader::new(stdout).lines().next_line().await?;
            hops.push(hop);
        }
        Ok(Self { url: next.context("a hop without an address")?, _hops: hops })
    }

    /// Where the first hop listens.
    pub fn url(&self) -> &str {
        &self.url
    }
}
