//! The three services of the dice system.

use std::fmt;

use reqwest::Method;

use crate::stack::endpoint::{Answer, AskError, Endpoint};
use crate::stack::sample::Sample;

pub(crate) mod exposition;

/// One of the three.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// The page and the public API.
    Frontend,
    DiceRoller,
    /// Keeps the die specifications.
    DieService,
}

#[derive(Debug, Clone)]
pub struct Services {
    frontend: Endpoint,
    dice_roller: Endpoint,
    die_service: Endpoint,
}

impl Service {
    /// All of them, in the order of the call chain.
    pub const ALL: [Self; 3] = [Self::Frontend, Self::DiceRoller, Self::DieService];

    /// Its position in [`Service::ALL`].
    pub fn place(self) -> usize {
        self as usize
    }

    /// `service.name` of its spans and `service` of its lines.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Frontend => "frontend",
            Self::DiceRoller => "dice-roller",
            Self::DieService => "die-service",
        }
    }

    /// Its `job` in metrics and its `container_name` in logs.
    pub fn stage4(self) -> &'static str {
        match self {
            Self::Frontend => "frontend-stage4",
            Self::DiceRoller => "dice-roller-stage4",
            Self::DieService => "die-service-stage4",
        }
    }

    /// The service of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|service| service.name() == name)
    }

    /// The service of this job or container.
    pub fn of_stage4(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|service| service.stage4() == name)
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Services {
    /// The services behind these endpoints.
    pub fn new(frontend: Endpoint, dice_roller: Endpoint, die_service: Endpoint) -> Self {
        Self { frontend, dice_roller, die_service }
    }

    /// The address of one.
    pub fn base(&self, service: Service) -> &str {
        self.endpoint(service).base()
    }

    /// `GET`, whatever the status of the answer.
    pub async fn get(&self, service: Service, path: &str, query: &[(&str, &str)]) -> Result<Answer, AskError> {
        self.endpoint(service).get(path, query).await
    }

    /// Any method without a body; `path` may have a query, `/roll?die=fair` for example.
    pub async fn ask(&self, service: Service, method: Method, path: &str) -> Result<Answer, AskError> {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let pairs: Vec<(&str, &str)> = query.split('&').filter_map(|pair| pair.split_once('=')).collect();
        self.endpoint(service).ask(method, path, &pairs).await
    }

    /// What it counts right now, at the source.
    pub async fn metrics(&self, service: Service) -> Result<Vec<Sample>, AskError> {
        let answer = self.get(service, "/metrics", &[]).await?.good()?;
        exposition::read(&answer.text()).map_err(|why| answer.unexpected(why.to_string()))
    }

    fn endpoint(&self, service: Service) -> &Endpoint {
        match service {
            Service::Frontend => &self.frontend,
            Service::DiceRoller => &self.dice_roller,
            Service::DieService => &self.die_service,
        }
    }
}
