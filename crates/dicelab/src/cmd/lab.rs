//! `dicelab lab`: the embedded stack alone.

use crate::cli::mistakes::Mistakes;
use crate::options::common::Common;
use crate::options::lab::LabOptions;

/// Arguments of `dicelab lab`.
#[derive(Debug, clap::Args)]
pub struct LabCommand {
    /// The lab's options.
    #[command(flatten)]
    pub lab: LabOptions,
    /// What every command takes.
    #[command(flatten)]
    pub common: Common,
}

/// Notes what is wrong with the lab's options beyond their syntax.
pub(crate) fn check(_options: &LabOptions, _mistakes: &mut Mistakes) {}
