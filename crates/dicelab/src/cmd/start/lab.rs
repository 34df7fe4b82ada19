//! `dicelab lab`: the embedded stack alone.

use std::process::ExitCode;
use std::time::Instant;

use http_door::web_config::source::WebConfig;
use lab_metrics::ingest::scrape::config::ScrapeConfig;
use lab_metrics::rules::file::RuleFile;

use crate::app::run::{self, Plan};
use crate::options::common::Common;
use crate::options::lab::LabOptions;
use crate::options::mistakes::Mistakes;
use crate::parts::targets::ruling;
use crate::parts::targets::scraping::{self, Here};
use crate::ports::Ports;

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

/// Runs until a signal comes.
pub fn run(command: &LabCommand, began: Instant) -> anyhow::Result<ExitCode> {
    let web = command.lab.web_config.as_deref().map(WebConfig::open).transpose()?;
    let ports = Ports::new(command.lab.bind, command.common.port_offset).behind(web.as_ref());
    run::run(&Plan { up: None, lab: Some(command.lab.clone()), web, ports, began })
}

/// Notes what is wrong with the lab's options beyond their syntax.
pub(crate) fn check(options: &LabOptions, mistakes: &mut Mistakes) {
    if options.scrape_config.is_some() {
        let here = Here {
            ports: Ports::new(options.bind, 0),
            with_services: true,
            own: None,
            targets_in_file: !options.in_memory,
        };
        let config = mistakes.take("--scrape-config", scraping::config(options, &here, &[]));
        for path in config.iter().flat_map(ScrapeConfig::rule_paths) {
            mistakes.take("--scrape-config", RuleFile::read(&path));
        }
    }
    mistakes.take("--rules", ruling::files(options, &ScrapeConfig::default()));
    mistakes.take("--log-rules", ruling::log_files(options));
    if let Some(folder) = options.dashboards.as_deref().filter(|folder| !folder.is_dir()) {
        mistakes.add("--dashboards", format!("{} is no directory", folder.display()));
    }
    if let Some(file) = &options.web_config {
        mistakes.take("--web-config", WebConfig::open(file));
    }
    options.collect.check(mistakes);
    for host in &options.allowed_host {
        if host.is_empty() || host.contains(['/', ':', ' ']) {
            mistakes.add(
                "--allowed-host",
                format!("expected a name like lab.example without scheme or port, not {host:?}"),
            );
        }
    }
}
