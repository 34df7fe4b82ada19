//! `dicelab query LANG EXPR`.

use crate::options::common::Common;

/// Arguments of `dicelab query`.
#[derive(Debug, clap::Args)]
pub struct QueryCommand {
    /// What every command takes.
    #[command(flatten)]
    pub common: Common,
}
