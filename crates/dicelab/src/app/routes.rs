//! Which routes are served on which port of the lab.

use axum::Router;

use crate::app::status::Sources;
use crate::pages::{collector, start};
use crate::ports::{Port, Ports};

/// The routes of each port.
pub fn routes(sources: &Sources, ports: Ports, listening: &[Port]) -> impl Fn(Port) -> Router {
    let (sources, listening) = (sources.clone(), listening.to_vec());
    move |port| match port {
        Port::Collector => collector::router(sources.clone()),
        Port::Dashboards => start::router(start::Start { ports, listening: listening.clone() }),
        _ => Router::new(),
    }
}
