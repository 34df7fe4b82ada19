//! The processes of `up`: the same binary as `service …` three times and once as `traffic`.

use std::ffi::OsString;
use std::iter;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use lab_api::assets;
use lab_supervisor::{Backoff, MoreArgs, ProcessSpec};
use lab_traffic::options::TrafficArgs;

use crate::doors::own::OwnAccess;
use crate::options::up::UpOptions;
use crate::parts::children::collector::container_name;
use crate::ports::{Port, Ports};

/// The compose service of the traffic generator.
pub const TRAFFIC: &str = "traffic-generator-stage4";
/// How long a service may let requests finish. Traffic has stopped by then, so there is little to wait for.
const SERVICE_DRAIN: Duration = Duration::from_millis(1200);
/// How long it may take to end, its last spans and lines included.
const SERVICE_GRACE: Duration = Duration::from_secs(2);
/// How long the traffic generator may wait for its last answers.
const TRAFFIC_GRACE: Duration = Duration::from_millis(2500);
/// Variables by which we, or the user's shell, might speak to the children behind the options' back.
const OURS: &str = "DICELAB_";
const EXPORTER: &str = "OTEL_EXPORTER_";

/// Where the children's spans go.
pub enum SpansGo {
    Nowhere,
    /// To this base URL of an OTLP/HTTP receiver.
    To(String),
    /// To our own lab, by the door of its own parts.
    Home(OwnAccess),
}

/// What all children are told.
pub struct Family<'a> {
    program: PathBuf,
    /// The options of `up`.
    pub options: &'a UpOptions,
    ports: &'a Ports,
    spans: SpansGo,
    faults: MoreArgs,
}

impl<'a> Family<'a> {
    /// Children of this program; the services get the arguments that follow from the faults.
    pub fn new(options: &'a UpOptions, ports: &'a Ports, spans: SpansGo, faults: MoreArgs) -> anyhow::Result<Self> {
        let program = std::env::current_exe()
            .context("cannot find the path of this dicelab program, which has to start the services")?;
        Ok(Self { program, options, ports, spans, faults })
    }

    /// One of the three services.
    pub fn service(&self, port: Port) -> ProcessSpec {
        let services = &self.options.services;
        let mut args = vec!["service".to_owned(), port.what().to_owned()];
        let mut option = |name: &str, value: String| args.extend([format!("--{name}"), value]);
        option("listen", self.ports.address(port).to_string());
        option("shutdown-grace", millis(SERVICE_DRAIN));
        if let SpansGo::To(endpoint) = &self.spans {
            option("otlp-endpoint", endpoint.clone());
        }
        if let Some(warning) = self.ports.warning() {
            option("notice", warning);
        }
        // With a list, however short, a service answers to localhost, addresses and the names on it only.
        for host in iter::once("localhost").chain(self.options.lab.allowed_host.iter().map(String::as_str)) {
            option("allowed-host", host.to_owned());
        }
        for origin in &self.options.lab.cors_origin {
            option("cors-origin", origin.to_string());
        }
        match port {
            Port::DieService => {
                if let Some(file) = &services.dice_file {
                    option("dice-file", file.display().to_string());
                }
            }
            Port::DiceRoller => {
                option("die-service-url", self.ports.url(Port::DieService));
                option("max-delay", millis(services.max_delay));
                option("max-batch", services.max_batch.to_string());
                if let Some(seed) = services.seed {
                    option("seed", seed.to_string());
                }
            }
            _ => {
                option("dice-roller-url", self.ports.url(Port::DiceRoller));
                option("die-service-url", self.ports.url(Port::DieService));
                option("max-delay", millis(services.max_delay));
                option("max-batch", services.max_batch.to_string());
                option("trace-url-template", trace_url(self.ports));
            }
        }
        args.push("--exit-with-parent".to_owned());
        ProcessSpec { more_args: self.faults.clone(), ..self.spec(port.what(), args, SERVICE_GRACE) }
    }

    /// The gentle, endless traffic.
    pub fn traffic(&self) -> ProcessSpec {
        let mut args: Vec<String> = TrafficArgs::GENTLE.map(str::to_owned).to_vec();
        args.extend(["--frontend-url".to_owned(), self.ports.url(Port::Frontend)]);
        if let SpansGo::To(endpoint) = &self.spans {
            args.extend(["--otlp-endpoint".to_owned(), endpoint.clone()]);
        }
        args.push("--exit-with-parent".to_owned());
        self.spec(TRAFFIC, args, TRAFFIC_GRACE)
    }

    fn spec(&self, compose_service: &str, args: Vec<String>, grace: Duration) -> ProcessSpec {
        let foreign = |name: &OsString| {
            let name = name.to_string_lossy();
            name.starts_with(OURS) || name.starts_with(EXPORTER)
        };
        let foreign = std::env::vars_os().map(|(name, _)| name).filter(foreign).map(|name| (name, None));
        let mut env: Vec<(OsString, Option<OsString>)> = foreign.collect();
        if let SpansGo::Home(own) = &self.spans {
            env.extend(own.exporter_variables().map(|(name, value)| (name.into(), Some(value.into()))));
        }
        ProcessSpec {
            name: container_name(compose_service),
            program: self.program.clone(),
            args: args.into_iter().map(OsString::from).collect(),
            more_args: MoreArgs::default(),
            env,
            grace,
            backoff: Backoff::default(),
        }
    }
}

/// Where a trace is seen: as a waterfall on the page, or, in a binary without the page, from the API.
fn trace_url(ports: &Ports) -> String {
    if assets::are_embedded() {
        format!("{}/explore/trace/{{trace_id}}", ports.shown(Port::Dashboards))
    } else {
        format!("{}/api/traces/{{trace_id}}", ports.shown(Port::Traces))
    }
}

fn millis(duration: Duration) -> String {
    format!("{}ms", duration.as_millis())
}
