//! Log lines that nobody pushes: files that are followed, and syslog.

pub mod counts;
pub mod files;
pub mod follow;
pub mod lines;
pub mod pattern;
pub mod position;
pub mod syslog;
pub mod taking;
pub mod wanted;

use std::net::SocketAddr;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::options::collect::DEFAULT_SYSLOG;
use crate::options::lab::LabOptions;
use crate::parts::storage::stores::Stores;
use crate::parts::targets::collection::counts::Counts;
use crate::parts::targets::collection::files::{Files, Waiting};
use crate::parts::targets::collection::syslog::{Knocker, Syslog};
use crate::parts::targets::collection::wanted::Wanted;
use crate::ports::Ports;

/// What collects lines at present.
#[derive(Debug, Default)]
pub struct Collection {
    files: Option<mpsc::Sender<Waiting>>,
    syslog: Option<Knocker>,
}

impl Collection {
    /// Starts what the options ask for, until `stop` fires.
    pub fn start(
        options: &LabOptions,
        ports: &Ports,
        (stores, counts): (&Stores, Counts),
        tasks: &mut JoinSet<()>,
        stop: &CancellationToken,
    ) -> anyhow::Result<Self> {
        let (collect, mut started) = (&options.collect, Self::default());
        if !collect.logs_from.is_empty() {
            let folder = (!options.in_memory).then_some(options.data_dir.as_path());
            let wanted = Wanted {
                patterns: collect.logs_from.as_slice().into(),
                rules: collect.logs_first_line.clone(),
                only_new: collect.only_new,
            };
            let files = Files::new(wanted, stores.logs.clone(), folder, counts);
            let (who, waiting) = mpsc::channel(1);
            tasks.spawn(files.run(waiting, stop.clone()));
            started.files = Some(who);
        }
        if let Some(address) = collect.syslog {
            let syslog = Syslog::bind(ports.moved(address, DEFAULT_SYSLOG))?;
            started.syslog = Some(syslog.knocker()?);
            tasks.spawn(syslog.run(stores.logs.clone(), stop.clone()));
        }
        Ok(started)
    }

    /// Where syslog is taken, if it is.
    pub fn syslog(&self) -> Option<SocketAddr> {
        self.syslog.as_ref().map(Knocker::address)
    }

    /// Waits, at most `within`, until everything has been taken that was written to the files and sent by syslog. Names what
    /// had not been taken by then.
    pub async fn arrived(&self, within: Duration) -> Vec<&'static str> {
        let files = async {
            let Some(files) = &self.files else { return };
            let (who, told) = oneshot::channel();
            if files.send(who).await.is_ok() {
                // Without an answer the files are no longer followed.
                let _ = told.await;
            }
        };
        let syslog = async {
            if let Some(knocker) = &self.syslog {
                knocker.arrived().await;
            }
        };
        let (files, syslog) = tokio::join!(timeout(within, files), timeout(within, syslog));
        let late = [(files, "lines of log files"), (syslog, "messages of syslog")];
        late.into_iter().filter(|(arrived, _)| arrived.is_err()).map(|(_, name)| name).collect()
    }
}
