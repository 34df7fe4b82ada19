//! Log lines that nobody pushes: files that are followed, and syslog.

pub mod files;
pub mod follow;
pub mod pattern;
pub mod syslog;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::options::lab::{DEFAULT_SYSLOG, LabOptions};
use crate::parts::storage::stores::Stores;
use crate::parts::targets::collection::files::Files;
use crate::parts::targets::collection::syslog::Syslog;
use crate::ports::Ports;

/// Starts what the options ask for, until `stop` fires.
pub fn start(
    options: &LabOptions,
    ports: &Ports,
    stores: &Stores,
    tasks: &mut JoinSet<()>,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    if !options.logs_from.is_empty() {
        let folder = (!options.in_memory).then_some(options.data_dir.as_path());
        let files = Files::new(options.logs_from.clone(), stores.logs.clone(), folder);
        tasks.spawn(files.run(stop.clone()));
    }
    if let Some(address) = options.syslog {
        let syslog = Syslog::bind(ports.moved(address, DEFAULT_SYSLOG))?;
        tasks.spawn(syslog.run(stores.logs.clone(), stop.clone()));
    }
    Ok(())
}
