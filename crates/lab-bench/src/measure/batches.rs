//! dice-roller's batches of ten against a bare hop.

use serde::Serialize;

use crate::http::load::Load;
use crate::programs::bare_chain::BareChain;
use crate::programs::lab::Lab;

/// What was found.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Batches {
    /// Batches of ten per second.
    pub dicelab_per_second: f64,
    /// Requests per second of one bare hop.
    pub bare_per_second: f64,
}

/// Takes turns with the bare hop.
pub async fn measure(lab: &Lab, load: Load) -> anyhow::Result<Batches> {
    let bare = BareChain::start(1).await?;
    let url = lab.url(8107, "/roll-async?die=fair&times=10");
    let (theirs, ours) = load.in_turns(bare.url(), &url).await?;
    Ok(Batches { dicelab_per_second: ours.per_second(), bare_per_second: theirs.per_second() })
}
