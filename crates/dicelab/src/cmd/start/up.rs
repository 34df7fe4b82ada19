//! `dicelab up`: the services, the lab and gentle traffic.

use std::process::ExitCode;
use std::time::Instant;

use die_service::Specifications;
use http_door::web_config::source::WebConfig;

use crate::app::run::{self, Plan};
use crate::faults::LabFault;
use crate::options::mistakes::Mistakes;
use crate::options::up::UpOptions;
use crate::ports::Ports;

/// Runs until a signal comes.
pub fn run(options: &UpOptions, began: Instant) -> anyhow::Result<ExitCode> {
    let lab = (!options.no_lab).then(|| options.lab.clone());
    let web = lab.as_ref().and_then(|lab| lab.web_config.as_deref()).map(WebConfig::open).transpose()?;
    let ports = Ports::new(options.lab.bind, options.common.port_offset).behind(web.as_ref());
    run::run(&Plan { up: Some(options.clone()), lab, web, ports, began })
}

/// Notes what is wrong with the options beyond their syntax.
pub(crate) fn check(options: &UpOptions, mistakes: &mut Mistakes) {
    crate::cmd::start::lab::check(&options.lab, mistakes);
    if let Some(file) = &options.services.dice_file {
        mistakes.take("--dice-file", Specifications::load(file));
    }
    for fault in options.fault.iter().filter(|fault| options.no_lab && !matches!(fault, LabFault::OfServices(_))) {
        mistakes.add("--fault", format!("{fault} is a fault of the lab, which --no-lab leaves out"));
    }
}
