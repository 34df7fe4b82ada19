//! Which routes are served on which port of the lab.

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use lab_api::grafana::{
    self,
    state::{GrafanaState, Stores},
};

use lab_api::assets;
use lab_api::loki::{self, state::LokiState};
use lab_api::otlp::transport::router::{loki_router, otlp_router};
use lab_api::prometheus::{
    self,
    state::{About, PrometheusState, Reload, SelfMetrics},
};
use lab_api::room::bodies::{self, Bodies, Refuse};
use lab_api::tempo::{self, state::TempoState};
use lab_dashboards::{Library, Notes};
use lab_metrics::outgoing::alertmanager::Notifier;

use crate::app::log;
use crate::app::signals;
use crate::doors::places;
use crate::pages::faults::FaultRoutes;
use crate::pages::runs::compared;
use crate::pages::runs::expect;
use crate::pages::runs::proofs;
use crate::pages::runs::recording::{self, Recorder};
use crate::pages::{collector, control, faults, report, start, traffic};
use crate::parts::clock;
use crate::parts::stall;
use crate::parts::status::snapshot::Sources;
use crate::ports::{Port, Ports};

/// What the routes are made from.
pub struct Routes {
    /// All that is behind the APIs.
    pub sources: Sources,
    /// What Prometheus' status endpoints tell.
    pub about: About,
    /// The lab's own metrics, as `status/self_metrics` shows them.
    pub self_metrics: SelfMetrics,
    /// Who is told of alerts.
    pub notifier: Arc<Notifier>,
    /// What `/-/reload` does.
    pub reload: Reload,
    pub library: Arc<Library>,
    /// The page that compares two runs that are shown.
    pub compared: Option<Arc<str>>,
    /// Annotations, folders and silences.
    pub notes: Arc<Notes>,
    /// Where everything listens.
    pub ports: Ports,
    pub listening: Vec<Port>,
    /// When the lab began, in nanoseconds since the Unix epoch.
    pub began_ns: i64,
}

impl Routes {
    /// The routes of a port. All share one budget for the bodies of requests.
    pub fn of(&self, port: Port) -> Router {
        let refuse = match port {
            Port::Logs => Refuse::TooManyRequests,
            Port::OtlpGrpc | Port::OtlpHttp => Refuse::Otlp,
            _ => Refuse::Unavailable,
        };
        let bodies = Bodies::new(self.sources.stores.bodies.clone(), refuse);
        self.routes(port).layer(from_fn_with_state(bodies, bodies::hold))
    }

    fn routes(&self, port: Port) -> Router {
        match port {
            Port::Dashboards => self.dashboards(),
            Port::Metrics => self.prometheus().merge(places::router(assets::are_embedded().then_some(self.ports))),
            Port::Logs => self.loki(),
            Port::Traces => self.tempo(),
            Port::OtlpGrpc | Port::OtlpHttp => self.stalling(otlp_router(self.sources.receiver.clone())),
            Port::Collector => self.collector(),
            // The services' ports are theirs.
            Port::DieService | Port::DiceRoller | Port::Frontend => Router::new(),
        }
    }

    /// The page, if this binary has it inside, else a start page; and Grafana's API either way.
    fn dashboards(&self) -> Router {
        let state = GrafanaState {
            library: self.library.clone(),
            notes: self.notes.clone(),
            stores: Stores { prometheus: self.prometheus(), loki: self.loki(), tempo: self.tempo() },
            notifier: Some(self.notifier.clone()),
            clock: clock::system(),
            scheme: self.ports.scheme(Port::Dashboards),
            version: env!("CARGO_PKG_VERSION"),
        };
        let page = if assets::are_embedded() {
            assets::router()
        } else {
            start::router(start::Start { ports: self.ports, listening: self.listening.clone() })
        };
        let status = control::router(self.sources.clone())
            .merge(traffic::router("/api/lab", self.sources.traffic.clone()))
            .merge(report::page_router(self.sources.last_report.clone()));
        let asked = expect::router(self.ports, self.began_ns).merge(proofs::router(self.tempo()));
        let compared = compared::router(self.compared.clone());
        grafana::router(state).merge(status).merge(asked).merge(compared).merge(page)
    }

    /// The collector's page, and what steers the lab.
    fn collector(&self) -> Router {
        let faults = FaultRoutes {
            control: self.sources.faults.clone(),
            processes: self.sources.processes.clone(),
            reload: self.reload.clone(),
        };
        let steering = traffic::router("/api/v0", self.sources.traffic.clone()).merge(faults::router(faults));
        let report = report::router(self.sources.last_report.clone());
        let recorder = Recorder::new(self.sources.stores.clone(), self.library.clone());
        let recording = recording::router(recorder);
        collector::router(self.sources.clone())
            .merge(steering)
            .merge(report)
            .merge(recording)
            .merge(expect::router(self.ports, self.began_ns))
            .merge(proofs::router(self.tempo()))
    }

    /// A receiver that stalls when it is told to.
    fn stalling(&self, receiver: Router) -> Router {
        receiver.layer(from_fn_with_state(self.sources.faults.stall(), stall::hold))
    }

    fn prometheus(&self) -> Router {
        let store = self.sources.stores.metrics.clone();
        let state =
            PrometheusState::new(store, Some(self.sources.scraper.clone()), self.about.clone(), clock::system());
        let state = state.with_ruler(self.sources.ruler.clone()).with_otlp(self.sources.receiver.clone());
        let state = state.with_memory(self.sources.stores.queries.clone());
        let state = state.with_self_metrics(self.self_metrics.clone()).with_notifier(self.notifier.clone());
        prometheus::router(state.with_reload(self.reload.clone()).with_quit(Arc::new(signals::ask_to_end)))
    }

    fn loki(&self) -> Router {
        let stores = &self.sources.stores;
        let state = LokiState::new(stores.logs.clone(), clock::system()).with_memory(stores.queries.clone());
        let state = state.with_rules(self.sources.log_rules.clone()).with_deletions(self.sources.deletions.clone());
        let state = state.with_log_level(log::to_stderr());
        loki::router(state).merge(loki_router(self.sources.receiver.clone()))
    }

    fn tempo(&self) -> Router {
        let stores = &self.sources.stores;
        tempo::router(TempoState::new(stores.traces.clone(), clock::system()).with_memory(stores.queries.clone()))
    }
}
