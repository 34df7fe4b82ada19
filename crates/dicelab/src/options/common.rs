//! What every command takes.

use std::path::PathBuf;

use crate::ports::MOST_OFFSET;

/// Options of every command.
#[derive(Debug, Clone, clap::Args)]
pub struct Common {
    /// Read options from this TOML file; its keys are the long names of the options
    #[arg(long, value_name = "FILE", display_order = 900)]
    pub config: Option<PathBuf>,
    /// Add N to every port, so that several labs can run side by side
    #[arg(long, value_name = "N", default_value_t = 0, display_order = 901,
          value_parser = clap::value_parser!(u16).range(..=i64::from(MOST_OFFSET)))]
    pub port_offset: u16,
}
