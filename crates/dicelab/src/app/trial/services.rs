//! The services of a trial: started one after the other, each when the one before is ready.

use lab_run::requests::made::Ids;

use crate::app::ephemeral::Ephemeral;
use crate::app::trial::outcome::{Outcome, Running, cancelled, name_of, until_cancelled};
use crate::app::trial::plan::Plan;
use crate::app::trial::ready::until_ready;
use crate::parts::program::forward::Forwarded;
use crate::parts::program::start::{ended, not_started};
use crate::parts::program::unstartable;

impl Plan<'_> {
    /// Starts the services one after the other, each when the one before is ready.
    pub async fn start_services(
        &self,
        lab: &Ephemeral,
        run: &Ids,
        running: &mut Running,
        signals: &mut Forwarded,
    ) -> Result<(), Outcome> {
        let refused = |code, words| Outcome { code, words, cancelled: false };
        for service in self.services() {
            let words: Vec<String> = service.command.split_whitespace().map(str::to_owned).collect();
            let program = words.first().cloned().unwrap_or_default();
            let mut spec = self.spec(lab, run, words, (&service.name, false));
            // A service has a name of its own, whatever the command inherits.
            spec.changes.set.insert("OTEL_SERVICE_NAME".to_owned(), service.name.clone());
            spec.changes.set.extend(service.environment.clone());
            let started = spec.start(&lab.stores.logs, &mut running.pumps);
            let mut program = started.map_err(|error| {
                refused(
                    not_started(&error),
                    format!(
                        "was not started, because the service {} cannot be started: {}",
                        service.name,
                        unstartable::why(&program, &error)
                    ),
                )
            })?;
            if let Some(url) = &service.ready {
                let why = tokio::select! {
                    ready = until_ready(url) => ready.err(),
                    status = program.child.wait() => Some(match status {
                        Ok(status) => format!("it {}", ended(status).1),
                        Err(error) => error.to_string(),
                    }),
                    signal = until_cancelled(signals) => {
                        running.services.push((service.name.clone(), program));
                        let words = format!("was not started, because {} came before that", name_of(signal));
                        return Err(cancelled(signal, words));
                    }
                };
                if let Some(why) = why {
                    running.services.push((service.name.clone(), program));
                    return Err(refused(
                        125,
                        format!("was not started, because the service {} is not ready: {why}", service.name),
                    ));
                }
            }
            running.services.push((service.name, program));
        }
        Ok(())
    }
}
