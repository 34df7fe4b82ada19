//! What a trial is made of: the options, the file, the inherited environment; and from them each program that is started.

use std::collections::BTreeMap;
use std::hash::BuildHasher;
use std::time::Instant;

use lab_run::expect::file::{ExpectationFile, ServiceSpec};
use lab_run::requests::made::Ids;

use crate::app::ephemeral::Ephemeral;
use crate::options::run::RunOptions;
use crate::parts::program::environment::{self, Identity};
use crate::parts::program::start::ProgramSpec;

/// A command with its options, before it is run.
pub struct Plan<'a> {
    pub options: &'a RunOptions,
    pub file: &'a ExpectationFile,
    /// The variables that programs inherit.
    pub inherited: &'a BTreeMap<String, String>,
    pub began: Instant,
}

impl Plan<'_> {
    /// The name under which the lines of the command are kept.
    pub fn service_of_command(&self) -> String {
        let told = self.inherited.get("OTEL_SERVICE_NAME").filter(|name| !name.is_empty());
        let program = self.options.command.first().map_or("command", String::as_str);
        told.map_or_else(|| program.rsplit('/').next().unwrap_or(program).to_owned(), Clone::clone)
    }

    pub fn spec(&self, lab: &Ephemeral, run: &Ids, words: Vec<String>, service: (&str, bool)) -> ProgramSpec {
        let (name, is_command) = service;
        let who = Identity { service: (!is_command).then_some(name), trace_id: &run.trace_id, span_id: &run.span_id };
        let changes = environment::changes(self.inherited, &lab.addresses(), who);
        ProgramSpec { service: name.to_owned(), words, changes, is_command }
    }

    /// The URL that answers once the command itself is ready, if it is one that does not end by itself.
    pub fn command_ready(&self) -> Option<&str> {
        let told = self.options.ready.iter().find(|one| one.name.is_none());
        told.map(|one| one.url.as_str()).or(self.file.ready.as_deref())
    }

    /// Every service of the options and of the file.
    pub fn services(&self) -> Vec<ServiceSpec> {
        let ready = |name: &str| {
            self.options.ready.iter().find(|one| one.name.as_deref() == Some(name)).map(|one| one.url.clone())
        };
        let given = self.options.service.iter().map(|service| ServiceSpec {
            name: service.name.clone(),
            command: service.value.clone(),
            ready: None,
            environment: BTreeMap::new(),
        });
        let all = given.chain(self.file.services.iter().cloned());
        all.map(|service| ServiceSpec { ready: ready(&service.name).or(service.ready), ..service }).collect()
    }
}

/// New ids: those of a run's own trace, or of a request.
pub fn new_ids() -> Ids {
    let random = std::hash::RandomState::new();
    // An id of zeros is none.
    let part = |n: u8| random.hash_one(n).max(1);
    Ids { trace_id: format!("{:016x}{:016x}", part(0), part(1)), span_id: format!("{:016x}", part(2)) }
}
