//! What the services themselves count of the lines and spans that they send.

use crate::doctor::examination::Examination;
use crate::doctor::hop::{Trouble, trouble};
use crate::doctor::unanswered::said;
use crate::report::numbers::count;
use crate::stack::services::Service;

/// The lines or spans of the services that listen.
pub(super) struct Sent {
    /// Sent by each, and dropped.
    pub(super) by_service: Vec<(Service, u64, u64)>,
}

impl Sent {
    /// Reads a family such as `telemetry_spans_total` at its source.
    pub(super) async fn read(examination: &Examination<'_>, family: &str) -> Result<Self, Trouble> {
        let mut by_service = Vec::new();
        for service in &examination.alive {
            let samples = match examination.stack.services.metrics(*service).await {
                Ok(samples) => samples,
                Err(error) => {
                    return trouble(
                        said(&error),
                        format!("the service counts what it sends in {family} at /metrics, so /metrics must answer"),
                    );
                }
            };
            let counted = |outcome: &str| {
                let of_family = samples.iter().filter(|sample| sample.name() == family);
                of_family.filter(|sample| sample.label("outcome") == outcome).map(|sample| sample.value).sum::<f64>()
                    as u64
            };
            by_service.push((*service, counted("exported"), counted("dropped")));
        }
        if by_service.is_empty() {
            trouble("none of the services listens", "start the services")
        } else {
            Ok(Self { by_service })
        }
    }

    /// `1,234 lines by 3 services; frontend dropped 2`
    pub(super) fn describe(&self, unit: &str) -> String {
        let all: u64 = self.by_service.iter().map(|(_, sent, _)| sent).sum();
        let mut dropped = String::new();
        for (service, _, lost) in self.by_service.iter().filter(|(_, _, lost)| *lost > 0) {
            dropped += &format!("; {service} dropped {}", count(*lost));
        }
        format!("{} {unit} by {} services{dropped}", count(all), self.by_service.len())
    }
}
